"""No English is left on any page in another language, but names and what people wrote.

The script is off: all pages are there without it, and in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask_babel import Domain
from sqlalchemy import select

from api.models.base import Work
from api.models.organisation import Desk
from api.rules import organisations
from api.web import asking, language, steps
from tests.web.marked import CODE, marked, unmarked
from tests.web.samples import everything
from tests.web.screen import Place, sound
from tests.web.test_language_texts import collected

NAMES = (
    "Wren",
    "Cymraeg",
    "The eeast trust",
    "The elsewhere trust",
    "wren verify",
    "__Host-w-language",
    "__Host-w-left",
    "__Host-w-",
    "KB",
    "Invented",
    "what-was-said.txt",
    ".png",
    *(f"handler-{number}" for number in range(1, 7)),
)


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    """The invented language, as pages look it up."""
    where = tmp_path_factory.mktemp("marked")
    return marked(collected(where), where)


def forget() -> None:
    """What was put into a language once for all pages is put into it again."""
    steps._in_words.cache_clear()
    asking._options.cache_clear()


@pytest.fixture
def marked_place(place: Place, domain: Domain, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A window of somebody who reads everything in the invented language, without script."""
    monkeypatch.setattr(language, "DOMAIN", domain)
    place.language, place.script = CODE, False
    place.go(f"/?lang={CODE}")
    forget()
    yield place
    forget()


@pytest.mark.ordeal
@pytest.mark.timeout(900)
def test_it_works(marked_place: Place, subtests: pytest.Subtests) -> None:
    for name in everything(marked_place):
        with subtests.test(name):
            sound(marked_place)  # with the script off: the same pages in the same order
            page = marked_place.page.content()
            assert f'<html lang="{CODE}"' in page
            assert not unmarked(page, NAMES)


def test_english_would_be_found() -> None:
    found = "<p>Go on</p><p title='Help'>⟦Ymlaen⟧ 12 Wren</p><p dir=auto>Ours</p><br>⟦a ⟦b⟧⟧ c d"
    assert unmarked(found, NAMES) == ["Go on", "Help"]
    assert unmarked("<p>⟦a ⟦b⟧⟧ left over, 1 Mai</p>") == ["left over, 1 Mai"]
    assert not unmarked("<p>⟦a ⟦b⟧ c⟧, 1 Mai</p><p lang='en-GB'>Ours</p><script>x y</script>")


def test_what_an_organisation_wrote_is_marked(place: Place) -> None:
    """Its own texts stand on Welsh pages as they are, as English, and break no attribute."""

    def edit(db: Work) -> None:
        found = organisations.find(db, "eeast")
        edited = dict(found.directory)
        for listed, name in (("concerns", "name"), ("concerns", "about"), ("channels", "name"),
                             ("contacts", "name"), ("contacts", "detail"),
                             ("guidance", "title"), ("guidance", "text")):  # fmt: skip
            edited[listed] = [one | {name: f"Ours & <{name}>"} for one in edited[listed]]
        found.directory = edited
        for desk in db.scalars(select(Desk).where(Desk.organisation_id == found.id)):
            desk.name, desk.about = "Ours & <desk>", "Ours & <about>"

    place.service.database.write(edit)
    place.go("/?lang=cy")
    place.go("/o/eeast")
    check_ours(place, 8)
    place.go("/o/eeast/begin")
    place.press()
    check_ours(place, 8)
    place.press()
    check_ours(place, 5)
    pages = place.path.rpartition("/")[0]
    place.go(f"{pages}/6")
    check_ours(place, 2)


def check_ours(place: Place, least: int) -> None:
    """What is the organisation's own is in an element that says that it is English."""
    found = place.page.evaluate(
        """() => {
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
          while (walk.nextNode()) {
            if (walk.currentNode.data.includes("Ours")) {
              found.push(walk.currentNode.parentElement.closest("[lang]").lang);
            }
          }
          const said = [...document.querySelectorAll("*")].flatMap((one) =>
            [...one.attributes].map((each) => each.value));
          return [found, said.filter((each) => /<span|&lt;/.test(each))];
        }"""
    )
    assert len(found[0]) >= least, found
    assert set(found[0]) == {"en-GB"}
    assert found[1] == []
