"""The one script: the quick exit, forms sent once, nothing shown again by the browser's *back*."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from api.web import look
from api.web.visits import BURIED, LEFT
from tests.web.samples import begins
from tests.web.screen import Place

ESCAPE = "Escape"


@pytest.fixture
def leaving(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The quick exit leads to a page of this machine."""
    database = place.service.database
    there = replace(database.config, leave_to=f"{place.url}/cookies")
    monkeypatch.setattr(database, "config", there)
    return place


def cookies(place: Place) -> list[str]:
    """What opens something: neither the mark of a visit that was left nor that of leaving."""
    found = place.screen.context.cookies()
    return [one["name"] for one in found if one["value"] != BURIED and one["name"] != LEFT]


def test_it_works(leaving: Place) -> None:
    begins(leaving)
    first = leaving.path
    leaving.press()
    assert leaving.path != first
    leaving.page.locator("#leave").click()
    leaving.page.wait_for_url("**/cookies")
    assert not cookies(leaving)
    leaving.page.go_back()  # not to the page that was left, but to the one before, which has ended
    assert leaving.path == first
    assert leaving.page.locator("form textarea").count() == 0


@pytest.mark.ordeal
def test_the_page_is_hidden_before_anything_answers(leaving: Place) -> None:
    leaving.go("/o/eeast")
    at_once = leaving.page.evaluate(
        "document.getElementById('leave').click() ?? [document.body.hidden, document.title]"
    )
    assert at_once == [True, ""]
    leaving.page.wait_for_url("**/cookies")


@pytest.mark.parametrize(
    ("keys", "leaves"),
    [
        ((ESCAPE,) * 3, True),
        ((ESCAPE,) * 2, False),
        ((ESCAPE, ESCAPE, "a", ESCAPE), False),
        (("a", ESCAPE, ESCAPE, ESCAPE), True),
    ],
    ids=["three", "two", "broken", "after-a-letter"],
)
def test_escape_three_times(leaving: Place, keys: tuple[str, ...], leaves: bool) -> None:
    begins(leaving)
    leaving.page.locator("textarea").first.focus()
    for one in keys:
        leaving.page.keyboard.press(one)
    if leaves:
        leaving.page.wait_for_url("**/cookies")
    else:
        assert not leaving.page.evaluate("document.body.hidden")
    assert bool(cookies(leaving)) != leaves


@pytest.mark.ordeal
def test_slow_presses_do_not_count(leaving: Place) -> None:
    leaving.go("/o/eeast")
    leaving.page.evaluate(
        """() => {
      for (const time of [0, 1500, 3000]) {
        const press = new KeyboardEvent("keydown", { key: "Escape" });
        Object.defineProperty(press, "timeStamp", { value: 1e9 + time });
        dispatchEvent(press);
      }
    }"""
    )
    assert not leaving.page.evaluate("document.body.hidden")


@pytest.mark.ordeal
def test_the_keys_are_told_where_they_work(place: Place) -> None:
    place.page.set_viewport_size({"width": 1280, "height": 800})
    place.go("/")
    assert place.page.get_by_text("or press Esc three times").is_visible()
    place.page.set_viewport_size({"width": 390, "height": 800})
    assert not place.page.get_by_text("or press Esc three times").is_visible()
    place.script = False
    place.fresh()
    place.page.set_viewport_size({"width": 1280, "height": 800})
    place.go("/")
    assert not place.page.get_by_text("or press Esc three times").is_visible()


_PRESS = """(times) => {
  const refused = [];
  const form = document.querySelector("main form");
  const look = (event) => { refused.push(event.defaultPrevented); event.preventDefault(); };
  addEventListener("submit", look);
  for (let i = 0; i < times; i += 1) { form.requestSubmit(); }
  removeEventListener("submit", look);
  return refused;
}"""


def test_a_form_is_sent_once(place: Place) -> None:
    place.page.clock.install()
    place.go("/o/eeast/begin")
    assert place.page.evaluate(_PRESS, 3) == [False, True, True]
    place.page.clock.fast_forward(6_000)  # no answer came: it can be pressed again
    assert place.page.evaluate(_PRESS, 2) == [False, True]


@pytest.mark.ordeal
def test_a_page_that_back_brings_is_asked_for_again(place: Place) -> None:
    begins(place)
    hidden = place.page.evaluate("dispatchEvent(new Event('pagehide')) && document.body.hidden")
    assert hidden
    with place.page.expect_navigation():
        place.page.evaluate(
            "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
        )
    assert place.page.locator("h1").is_visible()


def test_the_summary_of_faults_has_the_focus(place: Place) -> None:
    pages = begins(place)
    place.go(f"{pages}/3")
    place.press()
    assert place.page.evaluate("document.activeElement.id") == "summary"
    place.page.keyboard.press("Tab")
    place.page.keyboard.press("Enter")
    expect(place.page.locator("#story")).to_be_focused()


def test_it_keeps_and_asks_nothing() -> None:
    script = look.SCRIPT.plain.decode()
    assert len(script) < 2_048
    code = re.sub(r"//.*", "", script)
    assert not re.search(
        r"storage|cookie|indexedDB|fetch|XMLHttp|beacon|WebSocket|import|eval|HTML|https?:",
        code,
        re.I,
    )


def test_without_a_line_nothing_is_sent_and_nothing_lost(place: Place) -> None:
    begins(place)
    place.press()
    place.press()
    place.page.locator("textarea#story").fill("An invented story.")
    here = place.path
    place.screen.context.set_offline(True)
    place.page.locator("form .primary").click()
    told = place.page.locator("#offline")
    told.wait_for()
    assert "Nothing was sent, and nothing is lost" in told.inner_text()
    assert (place.path, place.page.locator("textarea#story").input_value()) == (
        here, "An invented story.",
    )  # fmt: skip
    place.screen.context.set_offline(False)
    place.press()
    assert place.path != here
