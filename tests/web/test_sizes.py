"""What a page costs on the line: bytes as transferred by `wren serve`, and requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from api.web import look
from tests.console.screen import window
from tests.journeys.served import Served, serving

MOST = 60_000
"""Bytes of a page with everything, at the first load."""

FIRST = ("/", "/o/eeast", "/o/eeast/begin", "/return", "/accessibility", "/cookies")


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A running `wren serve` on a filled database."""
    with serving(request, "sqlite", tmp_path_factory.mktemp("web") / "server") as one:
        yield one


class Line:
    """What went over the line for a window: each address with its bytes, headers included."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self._known: dict[str, str] = {}
        self.bytes = 0
        cdp = page.context.new_cdp_session(page)
        cdp.send("Network.enable")
        cdp.on("Network.responseReceived", self._answered)
        cdp.on("Network.loadingFinished", self._finished)

    def _answered(self, event: dict[str, Any]) -> None:
        self._known[event["requestId"]] = event["response"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        size = event["encodedDataLength"]  # none for what the browser has already
        if size and event["requestId"] in self._known:
            self.asked.append(self._known[event["requestId"]])
        self.bytes += size

    def taken(self) -> tuple[list[str], int]:
        """What came since it was last asked."""
        found = self.asked, int(self.bytes)
        self.asked, self.bytes = [], 0
        return found


@pytest.mark.ordeal
@pytest.mark.parametrize("path", FIRST)
def test_it_works(served: Served, chromium: Browser, path: str) -> None:
    screen = window(chromium, served.url)
    line = Line(screen.page)
    screen.page.goto(f"{served.url}{path}", wait_until="networkidle")
    asked, size = line.taken()
    parts = {path, f"/look/{look.STYLE.name}", f"/look/{look.SCRIPT.name}"}
    assert {one.removeprefix(served.url) for one in asked} == parts
    assert len(asked) == 3
    assert 16 * 1024 < size < MOST
    screen.context.close()


@pytest.mark.ordeal
def test_a_page_is_one_request(served: Served, chromium: Browser) -> None:
    """Besides what is kept: the style sheet and the script are asked for once."""
    screen = window(chromium, served.url)
    page, line = screen.page, Line(screen.page)
    page.goto(f"{served.url}/o/eeast", wait_until="networkidle")
    line.taken()
    page.get_by_role("link", name="Tell somebody").click()
    page.wait_for_load_state("networkidle")
    asked, size = line.taken()
    assert [one.removeprefix(served.url) for one in asked] == ["/o/eeast/begin"]
    assert 16 * 1024 < size < 17 * 1024
    page.get_by_role("button").click()  # sent, and answered with where to go on
    page.wait_for_load_state("networkidle")
    asked, _ = line.taken()
    assert len(asked) == 1
    screen.context.close()


def test_what_is_kept_is_small() -> None:
    assert len(look.STYLE.packed) < 8 * 1024
    assert len(look.SCRIPT.plain) < 2 * 1024
