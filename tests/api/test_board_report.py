"""Board reports by the call: a PDF of what is published, for everybody of the organisation."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from api.rules import board_report, organisations
from shared.errors import NotFound
from tests.api.checks import nothing_stored, refused
from tests.api.clients import client
from tests.api.test_newcomers import waiting
from tests.filling import Made, fill, invented
from tests.service import Service

PATH = "/board-report"
BODY = {"organisation": "eeast", "from": "2025-Q1", "to": "2025-Q4"}


@pytest.fixture
def year(service: Service) -> Service:
    """A year of invented cases, published."""
    fill(service.database, "eeast", invented(7, 300, date(2025, 4, 1), date(2026, 3, 31)))
    make(service)
    return service


def make(service: Service, who: str = "handler-1", **fields: Any) -> str:
    """The words of a report."""
    answer = service.post(PATH, BODY | fields, service.handler(who))
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return " ".join(" ".join(one.extract_text() for one in pages).split())


def test_it_works(year: Service) -> None:
    said = {name: f"An invented text about {name}." for name, _heading in board_report.TEXTS}
    bearer = year.handler("analyst-1")
    with nothing_stored(year):
        answer = year.post(PATH, BODY | said, bearer)
    assert answer.status_code == 200
    words = make(year, "administrator-1", **said)
    for name, heading in board_report.TEXTS:
        assert heading in words
        assert said[name] in words
    assert make(year, "handler-3", **said) == words


def test_a_case_that_somebody_is_kept_out_of(year: Service) -> None:
    before = make(year)
    fill(year.database, "eeast", [Made(date(2025, 5, 5), kept=True, codes={})] * 1)
    assert make(year) == before


def test_names_as_they_come(year: Service) -> None:
    def rename(db: Any) -> None:
        organisations.find(db, "eeast").name = "#let *x* = [\\] $a$ 信任 " + "W" * 150

    year.database.write(rename)
    words = make(year, introduction="= No heading\n#pagebreak()\n" + "X" * 3000)
    assert "#let *x* = [\\] $a$" in words
    assert "#pagebreak()" in words
    assert "CJK UNIFIED IDEOGRAPH" in words


def test_many_quarters(service: Service) -> None:
    fill(service.database, "eeast", invented(7, 900, date(2023, 4, 1), date(2026, 3, 31)))
    words = make(service, **{"from": "2020-Q1"})
    # The newest eight of twelve.
    assert "April to June 2024 to January to March 2026" in words
    with pytest.raises(NotFound):
        client(service).board_report(BODY | {"from": "2020-Q1", "to": "2020-Q2"},
                                     service.handler())  # fmt: skip
    made = client(service).board_report(BODY, service.handler())
    assert made.startswith(b"%PDF-")


def test_nothing_that_is_shown(service: Service) -> None:
    fill(service.database, "eeast", [Made(date(2026, 1, 5), codes={"region": ("essex",)})] * 1)
    words = make(service)
    assert "January to March 2026: hidden" in words
    assert "All of it is hidden" in words


@pytest.mark.parametrize(
    "wrong",
    [{"from": "2026-Q1"}, {"to": "2025-Q5"}, {"from": None}, {"organisation": ""},
     {"themes": "x" * 6001}, {"themes": "\x00"}, {"other": "1"}],
)  # fmt: skip
def test_what_does_not_fit(service: Service, wrong: dict[str, Any]) -> None:
    refused(service, "POST", PATH, BODY | wrong, service.handler(), status=422, code="invalid")


def test_outsiders(year: Service) -> None:
    for name in ("handler-5", waiting(year, "analyst", "elsewhere")):
        refused(year, "POST", PATH, BODY, year.handler(name), status=404, code="not_found")
    newcomer = year.handler(waiting(year))
    refused(year, "POST", PATH, BODY, newcomer, status=403, code="not_allowed")
    reporter = year.reporter(year.open_case()[1])
    refused(year, "POST", PATH, BODY, reporter, status=401, code="sign_in")
