"""The page of figures in Chromium, day and night, 390 and 1280 wide: axe, charts, the CSV."""

from __future__ import annotations

from datetime import date

import pytest

from api.config import Config
from api.models.base import Database
from tests.console.conftest import person
from tests.console.screen import Screen, looks_right
from tests.filling import fill, invented
from tests.journeys.served import Served
from tests.service import SECRET

PAGE = "/console/figures/eeast"


@pytest.fixture(scope="module", autouse=True)
def filled(served: Served) -> None:
    """A year and a half of invented cases."""
    database = Database(Config(served.database_url, SECRET))
    fill(database, "eeast", invented(3, 600, date(2025, 4, 1), date(2026, 9, 30)))
    database.engine.dispose()


@pytest.mark.ordeal
def test_it_works(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "analyst-1"))
    for query in ("", "?from=2026-Q2", "?from=2025-Q1&to=2026-Q2"):
        looks_right(screen, PAGE + query)
        charts = screen.page.locator("main img")
        assert charts.count() > 8
        drawn = charts.evaluate_all("all => all.every(one => one.complete && one.naturalWidth)")
        assert drawn, query
        alone = screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert alone, query
    assert "Cases opened" in screen.page.locator("main").inner_text()
    assert screen.page.locator("main script").count() == 0


@pytest.mark.ordeal
def test_quarters_are_chosen_and_downloaded(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "handler-1"))
    page = screen.goto(PAGE)
    page.get_by_label("From").select_option("2025-Q4")
    page.get_by_label("To", exact=True).select_option("2026-Q1")
    screen.press("Show")
    assert page.locator("main table").first.locator("tbody tr").count() == 3
    with page.expect_download() as saved:
        page.get_by_role("link", name="As CSV").click()
    assert saved.value.suggested_filename == "figures-eeast.csv"
    lines = saved.value.path().read_text("utf-8").splitlines()
    assert {one.split(",")[1] for one in lines[1:]} == {"2025-Q4", "2026-Q1"}


@pytest.mark.ordeal
def test_nothing_is_published_yet(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "handler-5"))
    looks_right(screen, "/console/figures/elsewhere")
    assert "No quarter is published yet." in screen.page.locator(".empty").inner_text()
