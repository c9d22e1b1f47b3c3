"""The app's translations are whole: of every text, with its blanks, and compiled."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.support import Translations

from api.web.texts import texts as brought
from mobile.collecting import python
from mobile.language import NAMES, NOT_YET_READ, WHERE
from tests.mobile.texts import ROOT, collected, translated

OTHERS = sorted(set(NAMES) - {"en"})
BLANK = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return collected(tmp_path_factory.mktemp("texts") / "app.pot")


def english(one: Message) -> tuple[str, ...]:
    return one.id if isinstance(one.id, tuple) else (one.id,)


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
    compiled = (WHERE / code / "LC_MESSAGES" / "app.mo").read_bytes()
    assert made.getvalue() == compiled, "make languages"


@pytest.mark.parametrize("code", OTHERS)
def test_blanks_are_kept(code: str) -> None:
    for one in messages(translated(code)):
        blanks = set(BLANK.findall(" ".join(english(one))))
        for text in forms(one):
            found = set(BLANK.findall(text))
            # "Once" may leave its number out, in any language.
            assert found == blanks or (one.pluralizable and found == blanks - {"{n}"}), text
            text.format(**{name[1:-1]: "" for name in blanks})


@pytest.mark.parametrize("code", OTHERS)
def test_sentences_stay_sentences(code: str) -> None:
    """Paragraphs are those of the English; what ends with a stop or a colon still does."""
    for one in messages(translated(code)):
        first = english(one)[-1]
        for text in forms(one):
            assert text == text.strip()
            assert text.count("\n") == first.count("\n"), text
            for end in ".:?\u2026":
                assert first.endswith(end) == text.endswith(end), text


@pytest.mark.parametrize("code", OTHERS)
def test_every_plural_has_its_form(code: str) -> None:
    """As many forms as CLDR has for whole numbers, each for the same numbers."""
    rule = Locale(code).plural_form
    number_of = Translations.load(WHERE, [code], domain="app").plural
    chosen = {(rule(number), number_of(number)) for number in range(200)}
    kinds = {kind for kind, _form in chosen}
    assert len(chosen) == len(kinds) == len({form for _kind, form in chosen})
    found = translated(code)
    assert found.num_plurals == len(kinds)
    assert all(len(forms(one)) == len(kinds) for one in messages(found) if one.pluralizable)


@pytest.mark.parametrize(
    "text",
    [
        "Quick exit",  # kv's
        "Received on {day}.",  # of a module's table
        "Would I speak up again? {answer}.",  # looked up at once
        "The service can't be reached. Nothing is lost: try again when you have signal.",
        "This is too long: use at most {most} characters.",  # the service's, with a number
        "These eight words do not belong together. Check each, and their order.",
        "Another desk can be asked once a day that was promised has passed.",
    ],
)
def test_all_kinds_of_texts_are_collected(text: str, sources: Catalog) -> None:
    assert text in sources


def test_what_wren_brings_is_collected(sources: Catalog) -> None:
    import json

    for name in ("england", "eeast"):
        data = json.loads((ROOT / "api/data" / f"{name}.json").read_text("utf-8"))
        assert all(text in sources for text in brought(data))
    assert "System and Process" not in sources  # a category: the guardian's


def test_nothing_else_is(sources: Catalog) -> None:
    found = " ".join(str(one.id) for one in sources)
    for other in ("An invented", "Raises", "not_found", "roster signs", "Open a case"):
        assert other not in found


def test_the_same_text_is_the_same_on_the_web_pages() -> None:
    """Where both say the same, they say it in the same words in each language."""
    from babel.messages.pofile import read_po

    from api.web.language import DIRECTORY

    for code in OTHERS:
        ours = translated(code)
        with (DIRECTORY / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
            theirs = read_po(file, locale=code)
        same = [one for one in messages(theirs) if one.id in ours and isinstance(one.id, str)]
        assert len(same) > 200
        assert [one.id for one in same if one.string != ours[one.id].string] == []


def test_first_translations_are_marked_as_such() -> None:
    assert set(NOT_YET_READ) <= set(OTHERS)
    assert all((WHERE / code / "LC_MESSAGES" / "app.mo").exists() for code in OTHERS)


def test_a_text_with_values_in_it_is_no_text() -> None:
    """It would never be found again in a catalogue."""
    with pytest.raises(ValueError):
        list(python(io.BytesIO(b'_(f"Word {n}")'), (), (), {}))


def test_polish_gives_nobody_a_gender() -> None:
    """Not "napisałeś", "zgłosiłaś": nobody is asked who they are, by grammar neither."""
    gendered = re.compile(
        r"\b\w+[aeiouy]ł[ea][śm]\b|\bpowinien[eś]\w*|\bpowinnaś\b", re.IGNORECASE
    )
    for one in messages(translated("pl")):
        for text in forms(one):
            assert not gendered.search(text), text


def test_a_place_for_each_language() -> None:
    assert sorted(one.name for one in Path(WHERE).iterdir() if one.is_dir()) == OTHERS
