"""Chromium on the reporter's pages, and what must be true of a page however it is looked at.

The application answers over a socket of this process, so that a test can do meanwhile what
happens on the other side. No request may leave this machine.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.console.screen import Screen, axe_faults, fits, window
from tests.service import Service

SMALLEST = 320
"""Also what is left of 1280 pixels when a page is enlarged to 400 % (WCAG 2.2, 1.4.10)."""

TARGETS = {"": 24, ".button, .exit, summary, .choice, textarea": 44}
"""Pixels that what is pressed has at least, each way: anything (WCAG 2.2, 2.5.8), and these."""

_LOCALES = {"en": "en-GB"}


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def listening(service: Service) -> Iterator[str]:
    """The application at an address of this machine, which is given back."""
    server = make_server("127.0.0.1", 0, service.app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Place:
    """A service with a window on it. `seen` has the routes of all pages that were shown.

    `ordinary`: people write what people write, and nothing that tries a page.
    """

    service: Service
    browser: Browser
    url: str
    language: str = "en"
    script: bool = True
    ordinary: bool = False
    seen: set[str] = field(default_factory=set)
    screens: list[Screen] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        """The window in use. Without one, a first is opened: that takes half a second."""
        if not self.screens:
            self.fresh()
        return self.screens[-1]

    @property
    def page(self) -> Page:
        """What it shows."""
        return self.screen.page

    @property
    def path(self) -> str:
        """Where it is."""
        return self.page.url.removeprefix(self.url).partition("?")[0].partition("#")[0]

    def fresh(self) -> None:
        """Another person's window, without cookies."""
        made = window(
            self.browser,
            self.url,
            390,
            locale=_LOCALES.get(self.language, self.language),
            java_script_enabled=self.script,
            reduced_motion="reduce",
        )
        self.screens.append(made)

    def go(self, path: str) -> None:
        """Opens an address."""
        self.screen.goto(path)

    def follow(self, ending: str) -> None:
        """Follows the first link of the page's own part whose address ends like this."""
        with self.page.expect_navigation():
            self.page.locator(f'main a[href$="{ending}"]').first.click()

    def press(self, selector: str = "main form button.button:not(.secondary)") -> None:
        """Presses a button, by what it is and not by its words: they are of many languages."""
        with self.page.expect_navigation():  # whole: a click alone returns before it is asked for
            self.page.locator(selector).first.click()

    def type(self, name: str, words: str) -> None:
        """Fills in a field."""
        self.page.locator(f'[name="{name}"]').first.fill(words)

    def tick(self, name: str, value: str | None = None) -> None:
        """Ticks or chooses."""
        of = f'[value="{value}"]' if value else ""
        self.page.locator(f'[name="{name}"]{of}').first.check()

    def note(self) -> None:
        """Remembers which page this is."""
        self.seen.add(rule_of(self.service, self.path))

    def close(self) -> None:
        """Closes all windows. Fails if a page asked elsewhere, or if the browser complained."""
        for one in self.screens:
            one.context.close()
            one.check()


def rule_of(service: Service, path: str) -> str:
    """The route of an address; of one that is not there: nowhere."""
    adapter = service.app.url_map.bind("wren.example")
    try:
        return str(adapter.match(path, return_rule=True)[0].rule)
    except Exception:  # noqa: BLE001 - whatever it is, it is no page
        return "nowhere"


# --- what is true of every page -------------------------------------------------------------

_SOUND = """() => {
  const all = (these) => [...document.querySelectorAll(these)];
  return {
    language: document.documentElement.lang,
    title: document.title,
    headings: all("h1").length,
    mains: all("main").length,
    exits: all("a#leave").filter((one) => one.checkVisibility()).length,
    ids: all("[id]").map((one) => one.id),
    described: all("[aria-describedby]").flatMap(
      (one) => one.getAttribute("aria-describedby").split(" ")),
  };
}"""

_WHOLE = """() =>
  [...document.querySelectorAll("h1, h2, h3, .button, legend, label, dt, .exit, footer a")]
  .filter((one) => one.checkVisibility()).flatMap((one) => {
    const broken = [], nodes = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
      if (nodes.currentNode.parentElement.closest(".hidden, .break")) { continue; }
      for (const word of nodes.currentNode.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(nodes.currentNode, word.index);
        range.setEnd(nodes.currentNode, word.index + word[0].length);
        if (range.getClientRects().length > 1) { broken.push(word[0]); }
      }
    }
    return broken;
  })"""

_SMALL = """([these, least]) =>
  [...document.querySelectorAll(these || "a, button, input, textarea, select, summary")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility())
  .filter((one) => !one.closest(".skip, .hidden"))
  .filter((one) => {
    // A link within a sentence is as high as its line.
    const alone = getComputedStyle(one).display !== "inline";
    const box = one.getBoundingClientRect();
    return alone && (box.width < least || box.height < least);
  }).map((one) => one.outerHTML.slice(0, 120))"""

_CLIPPED = """() =>
  [...document.querySelectorAll("main *, header *, footer *")]
  .filter((one) => one.checkVisibility() && !one.closest(".hidden, svg, textarea, input"))
  .filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && (box.left < -1 || box.right > innerWidth + 1);
  }).map((one) => one.outerHTML.slice(0, 120))"""

_FITS = f"""(targets) => ({{
  clipped: ({_CLIPPED})(),
  broken: ({_WHOLE})(),
  small: targets.map(([these, least]) => [least, ({_SMALL})([these, least])]),
}})"""

_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""


def sound(place: Place) -> None:
    """Fails unless the page says its language and its name, and has one heading."""
    page, url = place.page, place.page.url
    found = page.evaluate(_SOUND)
    assert found["language"] == _LOCALES.get(place.language, place.language), url
    assert re.fullmatch(r"\S.* – Wren", found["title"]), found["title"]
    assert found["headings"] == found["mains"] == found["exits"] == 1, (url, found)
    assert len(found["ids"]) == len(set(found["ids"])), f"{url}: an id is there twice"
    missing = set(found["described"]) - set(found["ids"])
    assert missing == set(), f"{url}: nothing has these ids"


def fits_at(place: Place, width: int) -> None:
    """Fails if at this width something is cut off, broken, too small, or wider than the window."""
    page = place.page
    page.set_viewport_size({"width": width, "height": 800})
    fits(page)
    found = page.evaluate(_FITS, list(TARGETS.items()))
    assert found["clipped"] == [], f"{page.url} at {width}: cut off"
    assert found["broken"] == [], f"{page.url} at {width}: broken"
    for least, small in found["small"]:
        assert small == [], f"{page.url} at {width}: less than {least} pixels"


def spaced(place: Place) -> None:
    """Fails if wider spaces between letters, words and lines break the page (1.4.12)."""
    place.page.evaluate(_SPACED)
    fits_at(place, SMALLEST)
    place.page.evaluate("document.adoptedStyleSheets = []")


def clean(place: Place, scheme: str, *, width: int = 390, colours_alone: bool = False) -> None:
    """Fails if axe finds anything at this width, by day or night colours."""
    found = faults(place, scheme, width=width, colours_alone=colours_alone)
    assert found == [], f"{place.page.url}: " + "\n".join(found)


def faults(
    place: Place, scheme: str, *, width: int = 390, colours_alone: bool = False
) -> list[str]:
    """What axe finds, by any of its rules or by that of contrast alone."""
    place.page.set_viewport_size({"width": width, "height": 800})
    place.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    return axe_faults(place.page, {"runOnly": ["color-contrast"]} if colours_alone else {})
