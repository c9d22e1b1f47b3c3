"""A second language, as docs/adding.md has it: collected, translated, chosen by the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po, write_po

from api.console import start
from tests.service import Service

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented translation of everything: each text, with a mark before it."""
    made = tmp_path_factory.mktemp("console")
    pot, where = made / "console.pot", made / "translations"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        _run("extract", "-F", "pyproject.toml", "-k", "_l", "-o", str(pot), ".")
    _run("init", "-i", str(pot), "-d", str(where), "-l", "cy")
    po = where / "cy" / "LC_MESSAGES" / "messages.po"
    with po.open("rb") as file:
        catalog = read_po(file, locale="cy")
    for one in catalog:
        if one.id and not one.pluralizable:
            one.string = f"\N{BLACK STAR}{one.id}"
    with po.open("wb") as file:
        write_po(file, catalog)
    _run("compile", "-d", str(where))
    return where


@pytest.fixture
def translations(invented: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same where the console looks for it."""
    monkeypatch.setattr(start, "_TRANSLATIONS", invented)
    return invented


def _run(*words: str) -> None:
    CommandLineInterface().run(["pybabel", "-q", *words])  # type: ignore[no-untyped-call]


@pytest.fixture
def translated(translations: Path, service: Service) -> Iterator[Service]:
    """An application that is made where the translation is: it is then that it looks for any."""
    made = Service(service.database_url, service.handlers)
    yield made
    made.close()


def test_it_works(translated: Service) -> None:
    http = translated.app.test_client()
    page = http.get("/console/sign-in", headers={"Accept-Language": "cy"}).text
    assert '<html lang="cy"' in page
    assert "\N{BLACK STAR}Sign in" in page
    refused = http.get("/console/nothing", headers={"Accept-Language": "cy, en"}).text
    assert "\N{BLACK STAR}There is nothing here that you can see." in refused
    for other in ("en-GB", "de", ""):
        page = http.get("/console/sign-in", headers={"Accept-Language": other}).text
        assert ('<html lang="en-GB"' in page, "\N{BLACK STAR}" in page) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "Sign in",  # a template
        "What you found",  # a field's label
        "The note is kept.",  # what a page says
        "Not found",  # the title of a refusal
        "There is nothing here that you can see.",  # its sentence
        "Only a handler of the roster signs it, never an administrator.",  # a rule's
        "Choose somebody who reads this case.",  # beside a field
        "Write something here.",  # a schema's
        "This is too long: use at most {most} characters.",  # one with a value
    ],
)
def test_all_kinds_of_texts_are_collected(translations: Path, text: str) -> None:
    assert catalog(translations)[text].string == f"\N{BLACK STAR}{text}"


def test_nothing_else_is(translations: Path) -> None:
    found = " ".join(one.id for one in catalog(translations) if isinstance(one.id, str))
    for other in ("Raises", "not_found", "internal", "pragma", "sha256", '"""'):
        assert other not in found


def catalog(where: Path) -> Catalog:
    """The texts as translated."""
    with (where / "cy" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="cy")
