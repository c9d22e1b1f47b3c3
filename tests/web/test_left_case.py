"""A case that was left: the browser's *back*, and sending again, show nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.web.cases import HOUR
from tests.web.samples import SEND, opens
from tests.web.screen import Place
from tests.web.test_left import back

STORY = "An invented story that nobody else may see"
REPLY = "An invented reply that nobody else may see"


@pytest.fixture(
    params=[True, pytest.param(False, marks=pytest.mark.ordeal)], ids=["script", "no-script"]
)
def leaving(
    place: Place, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Place:
    """A browser with script or without; the quick exit leads to a page of this machine."""
    database = place.service.database
    there = replace(database.config, leave_to=f"{place.url}/cookies")
    monkeypatch.setattr(database, "config", there)
    place.script = request.param
    place.fresh()
    return place


def pages_behind(place: Place, count: int) -> Iterator[str]:
    """Leaves, and goes back page by page, sending again what the browser would send again."""
    place.page.locator("#leave").click()
    place.page.wait_for_url("**/cookies")
    for _page in range(count):
        if place.page.evaluate("history.length") and place.page.url != "about:blank":
            back(place.page)
        yield place.page.content()


def shown(place: Place, *words: str, count: int = 6) -> list[str]:
    """Which of these words any page shows that lies behind."""
    pages = "".join(pages_behind(place, count))
    return [one for one in words if one in pages]


def test_it_works(leaving: Place) -> None:
    """The session ended while a reply was typed; the words were typed again, the reply sent."""
    _, words = leaving.service.open_case(content={"story": STORY})
    opens(leaving, words)
    leaving.type("text", REPLY)
    leaving.service.clock.now += HOUR
    leaving.press(SEND)
    assert REPLY in leaving.page.content()
    leaving.type("words", words)
    leaving.press()
    assert STORY in leaving.page.content()
    assert leaving.page.locator("#text").input_value() == REPLY
    leaving.press(SEND)
    assert "Sent." in leaving.page.content()
    assert shown(leaving, STORY, REPLY, words) == []


def test_a_misspelt_word_that_was_mended(leaving: Place) -> None:
    _, words = leaving.service.open_case(content={"story": STORY})
    leaving.go("/return")
    seven = words.rsplit(" ", 1)[0]
    leaving.type("words", f"{seven} qqqq")
    leaving.press()
    assert seven in leaving.page.content()
    leaving.type("words", words)
    leaving.press()
    assert STORY in leaving.page.content()
    assert shown(leaving, STORY, seven) == []


def test_a_reply_that_was_too_long(leaving: Place) -> None:
    _, words = leaving.service.open_case(content={"story": STORY})
    opens(leaving, words)
    leaving.type("text", REPLY + "x" * 20_000)
    leaving.press(SEND)
    assert REPLY in leaving.page.content()
    assert shown(leaving, STORY, REPLY, words) == []
