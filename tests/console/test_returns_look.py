"""Returns and the board report in Chromium: submitted, corrected, and looked at by axe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from api.config import Config
from api.models.base import Database
from tests.console.conftest import person
from tests.console.screen import Screen, looks_right
from tests.filling import Made, fill, invented
from tests.journeys.served import Served
from tests.service import SECRET

LIST = "/console/returns/eeast"
PREVIEW = f"{LIST}/2026/1/preview"
BOARD = "/console/board/eeast"


@pytest.fixture(scope="module")
def filled(served: Served) -> Database:
    """The served database with a year and a half of invented cases."""
    database = Database(Config(served.database_url, SECRET))
    fill(database, "eeast", invented(3, 300, date(2025, 4, 1), date(2026, 9, 30)))
    return database


@pytest.mark.ordeal
def test_it_works(served: Served, screen: Screen, filled: Database) -> None:
    screen.sign_in(person(served, "administrator-1"))
    looks_right(screen, LIST)
    looks_right(screen, PREVIEW)
    assert "not classified" in screen.page.locator("main").inner_text()
    screen.press("Submit these numbers")
    assert "Look at the numbers, and confirm them." in screen.page.locator(".summary").inner_text()
    screen.page.get_by_label("I have looked at these numbers").check()
    screen.press("Submit these numbers")
    screen.page.get_by_text("The return was submitted.").wait_for()
    looks_right(screen, f"{LIST}/2026/1/1")
    late = Made(
        date(2026, 5, 5), codes={"element": ("detriment",), "professional_group": ("own",)}
    )
    fill(filled, "eeast", [late])
    looks_right(screen, PREVIEW)
    screen.page.get_by_label("What is corrected, and why").fill("One was recorded late.")
    screen.page.get_by_label("I have looked at these numbers").check()
    screen.press("Submit these numbers")
    screen.page.get_by_text("The return was submitted.").wait_for()
    for page in ("/2026/1/2", "/2026/1/1", ""):
        looks_right(screen, LIST + page)
        assert "One was recorded late." in screen.page.locator("main").inner_text()
    with screen.page.expect_download() as saved:
        screen.goto(f"{LIST}/2026/1/2").get_by_role("link", name="Download as XLSX").click()
    assert saved.value.suggested_filename == "return-eeast-2026-Q1-2.xlsx"


@pytest.mark.ordeal
def test_a_handler(served: Served, screen: Screen, filled: Database, tmp_path: Path) -> None:
    screen.sign_in(person(served, "handler-3"))
    looks_right(screen, BOARD)
    screen.page.get_by_label("Themes and learning").fill("An invented theme.")
    with screen.page.expect_download() as saved:
        screen.press("Make the PDF")
    saved.value.save_as(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert saved.value.suggested_filename.startswith("board-report-eeast-")
    # The page stays, with what was written.
    assert screen.page.get_by_label("Themes and learning").input_value() == "An invented theme."


@pytest.mark.ordeal
def test_nothing_yet(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "handler-5"))
    looks_right(screen, "/console/board/elsewhere")
    assert "yet." in screen.page.locator(".empty").inner_text()
