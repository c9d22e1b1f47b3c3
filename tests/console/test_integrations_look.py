"""The pages of webhooks and keys in a browser, empty, filled and in trouble."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.console.conftest import person
from tests.console.screen import WIDTHS, Screen, axe_clean, fits, looks_right
from tests.journeys.served import Served

HOME = "/console/organisation/eeast"
PICTURES = os.environ.get("PICTURES", "")
"""A directory: then pictures of the pages are put there."""


def take(screen: Screen, name: str) -> None:
    """The page as it is, at both widths and in both colours; axe finds nothing."""
    for width in WIDTHS:
        screen.page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            screen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            axe_clean(screen.page)
            if PICTURES:
                path = Path(PICTURES) / f"{name}-{width}-{scheme}.png"
                screen.page.screenshot(path=path, full_page=True)
        fits(screen.page)


@pytest.mark.ordeal
def test_it_works(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "administrator-1"))
    page = screen.page
    screen.goto(f"{HOME}/webhooks/new")
    take(screen, "webhook-new")
    page.get_by_label("Name").fill("The case system of the people directorate")
    page.get_by_label("Address").fill("https://receiver.invalid/" + "wren/" * 20)
    page.get_by_label("a case was opened").check()
    page.get_by_role("button", name="Make the webhook").click()
    assert page.locator("#secret").input_value().startswith("whsec_")
    take(screen, "webhook-made")
    page.get_by_role("link", name="Done").click()
    page.get_by_role("button", name="Send a test").click()
    assert "The test ended: the host's name leads nowhere" in page.inner_text("body")
    assert "It does not arrive" in page.inner_text("main")
    take(screen, "webhook-one")
    looks_right(screen, page.url.removeprefix(served.url))
    page.get_by_role("link", name="New secret").click()
    take(screen, "webhook-secret")
    screen.goto(f"{HOME}/webhooks")
    take(screen, "webhooks")
    looks_right(screen, f"{HOME}/webhooks")


@pytest.mark.ordeal
def test_keys(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "administrator-1"))
    page = screen.page
    screen.goto(f"{HOME}/keys/new")
    take(screen, "key-new")
    page.get_by_label("Name").fill("The nightly export of figures")
    for scope in ("follow the statuses", "read the published figures"):
        page.get_by_label(scope).check()
    page.get_by_role("button", name="Make the key").click()
    assert page.locator("#key").input_value().startswith("wk_")
    take(screen, "key-made")
    page.get_by_role("link", name="Done").click()
    take(screen, "keys")
    looks_right(screen, f"{HOME}/keys")
