"""The translations are whole: of every text, with its places for values, and compiled."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from api.web.language import DIRECTORY, LANGUAGES, NOT_YET_READ
from api.web.texts import texts

ROOT = Path(__file__).parents[2]
OTHERS = sorted(set(LANGUAGES) - {"en"})
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%?")


def collected(where: Path) -> Catalog:
    """The texts that are in the sources now, as `make languages` collects them."""
    made = where / "web.pot"
    words = ["extract", "-F", "api/web/babel.toml", "-k", "_l", "-o", str(made), "."]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        CommandLineInterface().run(["pybabel", "-q", *words])  # type: ignore[no-untyped-call]
    with made.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return collected(tmp_path_factory.mktemp("texts"))


def translated(code: str) -> Catalog:
    with (DIRECTORY / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def forms(one: Message) -> tuple[str, ...]:
    """What the text is translated to; several where it counts something."""
    return one.string if isinstance(one.string, tuple) else (one.string,)


def messages(catalog: Catalog) -> list[Message]:
    return [one for one in catalog if one.id]


@pytest.mark.parametrize("code", OTHERS)
def test_it_works(code: str, sources: Catalog) -> None:
    found = translated(code)
    missing = [one.id for one in messages(sources) if one.id not in found]
    assert not missing, "make languages, then translate these"
    assert not [one.id for one in messages(found) if one.id not in sources], "make languages"
    assert not [one.id for one in messages(found) if not all(forms(one)) or one.fuzzy]
    assert not found.obsolete


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_compiled_is_what_is_translated(code: str) -> None:
    made = io.BytesIO()
    write_mo(made, translated(code))
    compiled = (DIRECTORY / code / "LC_MESSAGES" / "messages.mo").read_bytes()
    assert made.getvalue() == compiled, "make languages"


@pytest.mark.parametrize("code", OTHERS)
def test_places_for_values_are_kept(code: str) -> None:
    for one in messages(translated(code)):
        english = one.id if isinstance(one.id, tuple) else (one.id,)
        places = sorted(PLACE.findall(english[-1]))
        for text in forms(one):
            # "One day" may leave its number out, in any language.
            found = sorted(PLACE.findall(text))
            assert found == places or (one.pluralizable and set(found) <= set(places)), text
            assert not re.search(r"[<>&]", text), "translations are no HTML"
            if any(file.startswith("api/templates/") for file, _line in one.locations):
                # Jinja puts values into every text: a percent sign is doubled.
                text % dict.fromkeys(re.findall(r"%\((\w+)\)", text), "")


@pytest.mark.parametrize("code", OTHERS)
def test_sentences_stay_sentences(code: str) -> None:
    """Paragraphs are those of the English; what ends with a stop or a colon still does."""
    for one in messages(translated(code)):
        english = one.id[-1] if isinstance(one.id, tuple) else one.id
        for text in forms(one):
            assert text == text.strip()
            assert text.count("\n") == english.count("\n"), text
            for end in ".:?":
                assert english.endswith(end) == text.endswith(end), text


@pytest.mark.parametrize("code", OTHERS)
def test_every_plural_has_its_form(code: str) -> None:
    """As many forms as CLDR has for whole numbers, each for the same numbers."""
    rule, number_of = Locale(code).plural_form, Translations.load(DIRECTORY, [code]).plural
    chosen = {(rule(number), number_of(number)) for number in range(200)}
    kinds = {kind for kind, _form in chosen}
    assert len(chosen) == len(kinds) == len({form for _kind, form in chosen})
    found = translated(code)
    assert found.num_plurals == len(kinds)
    assert all(len(forms(one)) == len(kinds) for one in messages(found) if one.pluralizable)


def test_what_wren_brings_is_collected(sources: Catalog) -> None:
    for name in ("england", "eeast"):
        data = json.loads((ROOT / "api/data" / f"{name}.json").read_text("utf-8"))
        found = list(texts(data))
        assert found
        assert all(text in sources for text in found)
    assert "Bullying" in sources
    assert "System and Process" not in sources  # a category: the guardian's


@pytest.mark.parametrize(
    "text",
    [
        "Not found",  # the title of a refusal
        "There is nothing here that you can see.",  # its sentence
        "This is too long: use at most {most} characters.",  # one with a value
        "Choose another desk of the directory.",  # a rule's
        "Leave this site",  # a template's
        "This form is not whole. Open the page again.",  # a page's
        "This form was sent by another site. Nothing was stored.",  # the contract's
    ],
)
def test_all_kinds_of_texts_are_collected(text: str, sources: Catalog) -> None:
    assert text in sources


def test_nothing_else_is(sources: Catalog) -> None:
    found = " ".join(str(one.id) for one in sources)
    for other in ("An invented", "Raises", "not_found", "roster signs", "sha256", "Open a case"):
        assert other not in found


def test_first_translations_are_marked_as_such() -> None:
    assert set(NOT_YET_READ) <= set(OTHERS)
    assert all((DIRECTORY / code / "LC_MESSAGES" / "messages.mo").exists() for code in OTHERS)
