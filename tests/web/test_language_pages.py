"""No English is left on any page in another language, but names and what people wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.web import language
from tests.web.hands import Hands
from tests.web.marked import CODE, marked, unmarked
from tests.web.test_language_texts import collected

NAMES = ("Wren", "Cymraeg", "The eeast trust", "The elsewhere trust", "handler-1", "handler-2")


@pytest.fixture
def pages(page_hands: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """A browser that reads everything in the invented language."""
    monkeypatch.setattr(language, "DOMAIN", marked(collected(tmp_path), tmp_path / "marked"))
    return Hands(page_hands.service, CODE)


def look(pages: Hands) -> None:
    """Nothing of this page is left in English."""
    assert not unmarked(pages.page.text, NAMES), pages.path


def test_it_works(pages: Hands) -> None:
    assert unmarked("<p>Go on</p><p title='Help'>⟦Ymlaen⟧ 12 Wren</p><p dir=auto>It</p>") == [
        "Go on",
        "Help",
        "12 Wren",
    ]
    assert not unmarked("<p>⟦a ⟦b⟧ c⟧, 1 Mai</p><p lang='en-GB'>Ours</p><script>x y</script>")
    for path in ("/", "/o/eeast", "/o/eeast/begin"):
        pages.go(path)
        look(pages)
