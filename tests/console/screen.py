"""Chromium on the console, as a handler uses it. No request may leave this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from tests.journeys.browser import FLAGS

WIDTHS = (390, 1280)
_AXE = Axe().axe_script
_CODES: dict[tuple[str, str], int] = {}


@dataclass
class Screen:
    """An open window, the hosts that it asked, and what it complained of."""

    url: str
    context: BrowserContext
    page: Page
    scripted: bool = True
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def goto(self, path: str) -> Page:
        """Looks at a page of the console."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def press(self, name: str, exact: bool = True) -> None:
        """Presses the button of this name; a page that it leads to is whole then."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()
        self.page.wait_for_load_state()

    def sign_in(self, who: Mapping[str, str]) -> None:
        """Signs in through the form: `username`, `password` and `totp_secret`."""
        if self.page.get_by_label("User name").count() == 0:
            self.goto("/console/sign-in")
        self.page.get_by_label("User name").fill(who["username"])
        self.page.get_by_label("Password").fill(who["password"])
        self.page.get_by_label("Code", exact=True).fill(next_code(who["totp_secret"], self.url))
        self.press("Sign in")
        self.page.locator(".menu").wait_for()

    def check(self) -> None:
        """Fails if anything left this machine, or if the browser found a fault."""
        assert self.hosts <= {"127.0.0.1"}
        assert self.complaints == []


def next_code(secret: str, url: str = "") -> str:
    """Six digits of a step that was not used at this server yet.

    Now's, or the next one's, which is taken too; of more than two in half a minute each waits.
    """
    step = max(int(time.time()) // 30, _CODES.get((url, secret), 0) + 1)
    _CODES[url, secret] = step
    while step > int(time.time()) // 30 + 1:
        time.sleep(0.5)
    return pyotp.TOTP(secret).at(step * 30)


@contextmanager
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, started once for many windows."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            yield started
        finally:
            started.close()


def window(
    started: Browser,
    url: str,
    width: int = 1280,
    height: int = 900,
    locale: str = "en-GB",
    **more: Any,
) -> Screen:
    """A new window with cookies of its own."""
    size: Any = {"width": width, "height": height}
    context = started.new_context(viewport=size, locale=locale, **more)
    screen = Screen(url, context, context.new_page(), more.get("java_script_enabled", True))

    def asked(request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            screen.hosts.add(str(urlsplit(request.url).hostname))

    def said(message: ConsoleMessage) -> None:
        # The browser itself notes each refused request; that is no fault of the page.
        if message.type in ("error", "warning") and "the server responded" not in message.text:
            screen.complaints.append(message.text)

    screen.page.on("request", asked)
    screen.page.on("console", said)
    screen.page.on("pageerror", lambda error: screen.complaints.append(str(error)))
    return screen


def axe_clean(page: Page, colours_alone: bool = False) -> None:
    """Fails if axe finds anything at all on the page as it is, by any of its rules.

    `colours_alone` leaves it at the rules about colours, for a page that was looked at whole in
    the other ones.
    """
    of_colours = {"runOnly": {"type": "tag", "values": ["cat.color"]}}
    faults = axe_faults(page, of_colours if colours_alone else {})
    assert faults == [], f"{page.url}: " + "\n".join(faults)


def axe_faults(page: Page, options: Mapping[str, Any]) -> list[str]:
    """What axe finds on the page as it is. A page gets its half a megabyte of script once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    found = page.evaluate(
        "async (options) => (await axe.run(options)).violations",
        {"resultTypes": ["violations"], **options},
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def fits(page: Page) -> None:
    """Fails if anything is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    viewport = page.viewport_size
    assert viewport is not None
    assert wide <= viewport["width"], f"{page.url} is {wide} wide"


_BROKEN = """() =>
  [...document.querySelectorAll(".btn, .mark, .number, .count, h1, h2, th, td, label")].filter(
    (one) => one.checkVisibility() && !one.closest(".visually-hidden")
      && one.closest("thead")?.offsetWidth !== 1).flatMap((one) => {
    const broken = [], nodes = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
      for (const word of nodes.currentNode.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(nodes.currentNode, word.index);
        range.setEnd(nodes.currentNode, word.index + word[0].length);
        if (range.getClientRects().length > 1) { broken.push(word[0]); }
      }
    }
    return broken;
  })"""


def words_are_whole(page: Page) -> None:
    """Fails if a word of a button, mark, count or heading goes on in the next line."""
    broken = page.evaluate(_BROKEN)
    assert broken == [], f"{page.url}: {broken}"


def looks_right(screen: Screen, path: str) -> None:
    """Looks at a page at both widths and in both colours, and at 320 for its width alone."""
    page = screen.goto(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            axe_clean(page, colours_alone=scheme == "dark")
        fits(page)
        words_are_whole(page)
    page.set_viewport_size({"width": 320, "height": 900})
    fits(page)
    screen.check()
