"""No English is left on any page in another language, but names and what people wrote."""

from __future__ import annotations

import pytest
from flask_babel import Domain

from api.web import language
from tests.web.marked import CODE, marked, unmarked
from tests.web.samples import SCENES, Scene
from tests.web.screen import Place
from tests.web.test_language_texts import collected

NAMES = (
    "Wren",
    "Cymraeg",
    "The eeast trust",
    "The elsewhere trust",
    "wren verify",
    "__Host-w-language",
    "__Host-w-",
    *(f"handler-{number}" for number in range(1, 7)),
)


@pytest.fixture(scope="module")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    """The invented language, as pages look it up."""
    where = tmp_path_factory.mktemp("marked")
    return marked(collected(where), where)


@pytest.fixture
def marked_place(place: Place, domain: Domain, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A window of somebody who reads everything in the invented language, without script."""
    monkeypatch.setattr(language, "DOMAIN", domain)
    place.language, place.script = CODE, False
    place.fresh()
    place.go(f"/?lang={CODE}")
    return place


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.__name__)
def test_it_works(marked_place: Place, scene: Scene, subtests: pytest.Subtests) -> None:
    for name in scene(marked_place):
        with subtests.test(name):
            page = marked_place.page.content()
            assert f'<html lang="{CODE}"' in page
            assert not unmarked(page, NAMES)


def test_english_would_be_found() -> None:
    found = "<p>Go on</p><p title='Help'>⟦Ymlaen⟧ 12 Wren</p><p dir=auto>Ours</p><br>⟦a ⟦b⟧⟧ c d"
    assert unmarked(found, NAMES) == ["Go on", "Help"]
    assert unmarked("<p>⟦a ⟦b⟧⟧ left over, 1 Mai</p>") == ["left over, 1 Mai"]
    assert not unmarked("<p>⟦a ⟦b⟧ c⟧, 1 Mai</p><p lang='en-GB'>Ours</p><script>x y</script>")
