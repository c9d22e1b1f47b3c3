"""The whole way with the keyboard alone; the focus is seen, and the bar does not cover it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.web.cases import says
from tests.web.screen import Place

MOST = 80
"""Presses of the tab key after which something counts as out of reach."""

_SHOWN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  // A link of several lines is looked at in its first.
  const line = one.getClientRects()[0] ?? box;
  const style = getComputedStyle(one);
  const bar = document.querySelector("header");
  const over = bar.contains(one) || one.matches(".skip") ? 0 : bar.getBoundingClientRect().bottom;
  return {
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    free: line.bottom > over && line.top < innerHeight,
    what: one.outerHTML.slice(0, 100),
  };
}"""


def to(page: Page, selector: str, key: str = "Tab") -> None:
    """Presses the tab key until this has the focus; everything on the way is seen to have it."""
    for _ in range(MOST):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement === document.body"):
            continue
        shown = page.evaluate(_SHOWN)
        assert shown["ring"], shown["what"]
        assert shown["free"], shown["what"]
        if page.evaluate("of => document.activeElement.matches(of)", selector):
            return
    raise AssertionError(f"{selector} is out of reach on {page.url}")


def press(page: Page, selector: str) -> None:
    """Goes there and presses Enter; waits for the page that comes."""
    to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


GO_ON = "main form button.button:not(.secondary)"


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.ordeal), 320])
def test_it_works(place: Place, width: int) -> None:
    page = place.page
    page.set_viewport_size({"width": width, "height": 600})
    place.go("/")
    press(page, 'main a[href="/o/eeast"]')
    press(page, 'a[href="/o/eeast/begin"]')
    press(page, GO_ON)
    to(page, '[name="concerns"]')
    page.keyboard.press("Space")
    press(page, GO_ON)
    to(page, '[name="channel"]')
    page.keyboard.press("ArrowDown")
    press(page, GO_ON)
    to(page, '[name="story"]')
    page.keyboard.type("An invented story, typed with a keyboard.")
    for _ in range(4):
        press(page, GO_ON)
    assert place.path.endswith("/7")
    press(page, 'a[href$="/3"]')
    to(page, '[name="when"]')
    page.keyboard.type("In the spring")
    press(page, GO_ON)
    press(page, GO_ON)
    words = page.locator("ol.words li").all_inner_texts()
    assert len(words) == 8
    press(page, GO_ON)
    for name in ("first", "second"):
        asked = re.search(r"\d+", page.locator(f'label[for="{name}"]').inner_text())
        assert asked is not None
        to(page, f'[name="{name}"]')
        page.keyboard.type(words[int(asked[0]) - 1])
    press(page, GO_ON)
    press(page, '[name="finish"]')
    place.go("/return")
    to(page, '[name="words"]')
    page.keyboard.type(" ".join(words))
    press(page, GO_ON)
    assert "An invented story, typed with a keyboard." in page.locator("main").inner_text()
    to(page, '[name="text"]')
    page.keyboard.type("An invented word more.")
    press(page, GO_ON)
    assert "An invented word more." in page.locator(".thread").inner_text()


def test_the_content_and_the_exit_are_the_first_stops(place: Place) -> None:
    for path in ("/", "/o/eeast", "/o/eeast/begin", "/return"):
        place.go(path)
        stops = []
        for _ in range(3):
            place.page.keyboard.press("Tab")
            stops.append(place.page.evaluate("document.activeElement.getAttribute('href')"))
        assert stops == ["#main", "/", "/leave"]
    place.go("/")
    place.page.keyboard.press("Tab")
    assert place.page.locator(".skip").evaluate("one => one.getBoundingClientRect().top") >= 0
    place.page.keyboard.press("Enter")
    place.page.keyboard.press("Tab")
    assert place.page.evaluate("document.activeElement.closest('main') !== null")


def test_everything_of_a_conversation_is_in_reach(place: Place) -> None:
    reference, token = place.service.open_case()
    for number in range(12):
        says(place.service, reference, f"An invented answer, number {number}.")
    place.page.set_viewport_size({"width": 1280, "height": 500})
    place.go("/return")
    place.type("words", token)
    press(place.page, GO_ON)
    for selector in ('[name="text"]', GO_ON, 'a[href$="/people"]', 'a[href$="/file"]',
                     'a[href$="/end"]', "footer a"):  # fmt: skip
        to(place.page, selector)


@pytest.mark.ordeal
def test_the_bar_covers_nothing_on_the_way_back(place: Place) -> None:
    for width, height in ((1280, 400), (320, 256)):  # 320 by 256 is 1280 by 1024 at 400 %
        place.page.set_viewport_size({"width": width, "height": height})
        place.go("/o/eeast")
        to(place.page, 'footer a[href="/cookies"]')
        to(place.page, "main .button", "Shift+Tab")
