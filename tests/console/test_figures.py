"""The page of figures: quarters to choose, a table beside each chart, CSV; what charts hold."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import update

from api.console import figures
from api.models.organisation import Desk
from api.rules import charts
from tests.api.handling import at
from tests.api.test_statistics import some
from tests.console.hands import Hands
from tests.filling import fill
from tests.service import Service

Make = Callable[..., Hands]
PAGE = "/console/figures/eeast"
AUTUMN = date(2025, 11, 1)


@pytest.fixture(autouse=True)
def early(service: Service) -> None:
    at(service, "2025-10-20 12:00")


def drawn(html: str) -> list[str]:
    """The charts of a page, as SVG."""
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    return [base64.b64decode(one).decode() for one in found]


def published(service: Service) -> None:
    """The summer has fifteen cases, three of them at the other desk; the autumn has twenty."""
    fill(service.database, "eeast", some(12) + some(3, desk="senior-manager"))
    fill(service.database, "eeast", some(20, AUTUMN, acknowledged=4))
    at(service, "2026-01-21 12:00")


def test_it_works(service: Service, hands: Make) -> None:
    published(service)
    for name in ("analyst-1", "administrator-1", "handler-1", "handler-3"):
        page = hands(name).get("/console/figures", follow=True)
        assert "July to September 2025 (Q2) 15" in page.words
        assert "October to December 2025 (Q3) 20" in page.words
        assert "Sum 35" in page.words
        assert "Senior manager – hidden" in page.words
        assert "Next: January to March 2026 (Q4), on 21 April 2026" in page.words
        assert "Median – hidden 3" in page.words
    assert len(drawn(page.answer.text)) == 3


def test_before_the_first_quarter(hands: Make) -> None:
    page = hands("analyst-1").get(PAGE)
    assert "No quarter is published yet." in page.words
    assert "The figures of October to December 2025 (Q3) are published on 21 January" in page.words
    assert "<img" not in page.answer.text.partition("<main")[2]


def test_quarters_can_be_chosen(service: Service, hands: Make) -> None:
    published(service)
    page = hands("analyst-1").get(f"{PAGE}?from=2025-Q2&to=2025-Q2")
    assert "Sum" not in page.words
    assert "July to September 2025 (Q2) 15" in page.words
    assert page.form("from").fields["from"] == "2025-Q2"
    answer = hands("analyst-1").get(f"{PAGE}/csv?from=2025-Q3").answer
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "figures-eeast.csv" in answer.headers["Content-Disposition"]
    lines = answer.text.splitlines()
    assert lines[1] == "eeast,2025-Q3,2026-01-21,opened,,,20,no"
    assert {line.split(",")[1] for line in lines[1:]} == {"2025-Q3"}


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/csv"])
def test_what_is_refused(service: Service, hands: Make, path: str) -> None:
    published(service)
    for query in ("?from=nonsense", "?from=2025-Q3&to=2025-Q2"):
        assert hands("analyst-1").get(path + query).status == 422
    for name in ("handler-5", "handler-6"):
        assert hands(name).get(path).status == 404


def test_charts_hold_no_script_no_time_and_no_id(service: Service, hands: Make) -> None:
    published(service)
    page = hands("analyst-1").get(PAGE)
    for svg in drawn(page.answer.text):
        assert not re.search(r"<script|<!--|\bid=|https?://(?!www\.w3\.org)|20\d\d-|\.js", svg)
    again = hands("analyst-1").get(PAGE)
    assert drawn(again.answer.text) == drawn(page.answer.text)


def test_names_are_text_in_a_chart_too(service: Service, hands: Make) -> None:
    fill(service.database, "eeast", some(12) + some(9, desk="senior-manager"))
    name = '</text><script>alert("1")</script>'
    change = update(Desk).where(Desk.slug == "guardian").values(name=name)
    service.database.write(lambda db: db.execute(change))
    at(service, "2025-10-21 12:00")
    page = hands("analyst-1").get(PAGE)
    assert "<script>alert" not in page.answer.text
    assert any("&lt;/text&gt;&lt;script" in svg for svg in drawn(page.answer.text))
    assert all("<script" not in svg for svg in drawn(page.answer.text))


def test_a_chart_of_what_is_hidden_has_a_gap() -> None:
    svg = charts.lines(("a", "b", "c", "d"), {"One": (5, None, 7, 9)})
    assert svg.count("<circle") == 3
    assert charts.columns({"a": 5, "b": None}).count('class="rect') == 1


def test_where_not_all_have_a_line_the_whole_ones_do() -> None:
    def row(name: str, *counts: int | None) -> dict[str, object]:
        return {"name": name, "counts": [(True, one) for one in counts]}

    times = ("a", "b", "c")
    lone = row("Lone", None, 90, None)
    whole = [row(f"Whole {at}", at + 5, at + 6, at + 7) for at in range(charts.MOST)]
    chart, kind = figures._chart(times, [lone, *whole])
    (svg,) = drawn(f'src="{chart}"')
    assert (kind, "Lone" in svg, "Whole 0" in svg) == ("some", False, True)
    chart, kind = figures._chart(times, [lone, *whole[1:]])
    (svg,) = drawn(f'src="{chart}"')
    assert (kind, "Lone" in svg) == ("line", True)
