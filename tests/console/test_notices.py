"""The pages of notices in a browser: an address, its code, another one, and none any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.console.conftest import person
from tests.console.screen import Screen, looks_right, window
from tests.journeys.mails import Outside, outside
from tests.journeys.served import Served, serving

PAGE, CODE = "/console/account/notices", "/console/account/notices/code"
ADDRESS = "somebody.with.a.long.name@ambulance-service.example"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Outside]:
    """A mail server."""
    with outside(tmp_path / "outside") as one:
        yield one


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path, told: Outside) -> Iterator[Served]:
    """A running `wren serve` that sends mail."""
    with serving(request, "sqlite", tmp_path / "server", **told.settings) as one:
        yield one


def words(screen: Screen) -> str:
    """What the page says."""
    return screen.page.locator("main").inner_text()


@pytest.mark.ordeal
def test_it_works(served: Served, told: Outside, chromium: Browser) -> None:
    screen = window(chromium, served.url)
    screen.sign_in(person(served, "handler-1"))
    page = screen.goto(CODE)
    assert "No code is waited for" in words(screen)
    assert page.get_by_label("Code").count() == 0
    screen.goto(PAGE)
    page.get_by_label("Email address").fill(ADDRESS)
    screen.press("Send a code")
    assert ADDRESS in words(screen)
    looks_right(screen, CODE)
    code = told.code(ADDRESS)
    page.get_by_label("Code").fill("000000" if code != "000000" else "111111")
    screen.press("Confirm")
    assert "not the code that was sent" in words(screen)
    looks_right(screen, PAGE)
    assert "Not confirmed yet" in words(screen)
    screen.goto(CODE)
    page.get_by_label("Code").fill(f"{code[:3]} {code[3:]}")
    screen.press("Confirm")
    assert page.url.endswith("/console/account")
    assert ADDRESS in words(screen)
    looks_right(screen, PAGE)
    assert page.get_by_label("Another email address").count() == 1
    assert "Not confirmed yet" not in words(screen)
    _shown_to_nobody_else(served, chromium)
    screen.goto(PAGE)
    screen.press("No notices any more")
    assert ADDRESS not in words(screen)
    screen.context.close()


def _shown_to_nobody_else(served: Served, chromium: Browser) -> None:
    """A colleague of the desk, and an organisation's administrator."""
    for who, paths in (
        ("handler-2", (PAGE, "/console/account", "/console/people/eeast")),
        ("administrator-1", (PAGE, "/console/people/eeast")),
    ):
        other = window(chromium, served.url)
        other.sign_in(person(served, who))
        for path in paths:
            other.goto(path)
            assert ADDRESS not in other.page.content()
        other.context.close()
