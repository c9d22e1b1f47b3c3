"""Counts: in the quarter in which a case was opened, never below zero, each organisation's own."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from api.models.tally import Tally
from api.rules import organisations, tally
from tests.api.handling import at, change, quarters
from tests.api.handling import tally as counted
from tests.service import Service


def classify(service: Service, reference: str) -> None:
    """Classifies a case by the national list."""
    body = {"id": str(uuid4()), "content": {"national": "2026", "local": 0}}
    path = f"/cases/{reference}/classification"
    assert service.call("PUT", path, body, service.handler()).status_code == 201


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        ("2026-03-31", "2025-Q4"),
        ("2026-04-01", "2026-Q1"),
        ("2026-06-30", "2026-Q1"),
        ("2026-07-01", "2026-Q2"),
        ("2026-09-30", "2026-Q2"),
        ("2026-10-01", "2026-Q3"),
        ("2026-12-31", "2026-Q3"),
        ("2027-01-01", "2026-Q4"),
        ("2028-02-29", "2027-Q4"),
    ],
)
def test_it_works(day: str, quarter: str) -> None:
    assert tally.quarter_of(date.fromisoformat(day)) == quarter


def test_a_case_counts_where_it_was_opened(service: Service) -> None:
    # In London it is April already, in UTC not yet.
    at(service, "2026-04-01 00:30")
    reference, _ = service.open_case()
    at(service, "2026-07-02 12:00")
    classify(service, reference)
    change(service, reference, status="closed", outcome="referred")
    assert quarters(service) == {"2026-Q1"}


def test_the_day_before_is_another_quarter(service: Service) -> None:
    at(service, "2026-03-31 23:59:59")
    classify(service, service.open_case()[0])
    assert quarters(service) == {"2025-Q4"}


def test_how_long_it_took_counts_once(service: Service) -> None:
    reference, _ = service.open_case()
    change(service, reference, status="closed", outcome="referred")
    before = counted(service)
    assert before["days_to_acknowledge", "0"] == 1
    change(service, reference, status="in_progress")
    change(service, reference, status="closed", outcome="referred")
    assert counted(service) == before


def move(service: Service, *moves: tuple[str | None, str | None], slug: str = "eeast") -> None:
    """Moves counts of one field."""
    service.database.write(
        lambda db: tally.move(
            db,
            organisations.find(db, slug).id,
            "2026-Q1",
            [{"field": "element", "from_": before, "to": after} for before, after in moves],
        )
    )


def test_moves(service: Service) -> None:
    move(service, (None, "a"), (None, "a"), (None, "b"))
    assert counted(service) == {("element", "a"): 2, ("element", "b"): 1}
    move(service, ("a", "b"), ("b", "b"), (None, None))
    assert counted(service) == {("element", "a"): 1, ("element", "b"): 2}
    move(service, ("a", None), ("a", None), ("never", None))
    assert counted(service) == {("element", "b"): 2}
    with service.database.read() as db:
        assert min(db.scalars(select(Tally.count))) == 0
    move(service, (None, "a"))
    assert counted(service)[("element", "a")] == 1


def test_each_organisation_has_its_own(service: Service) -> None:
    move(service, (None, "a"))
    move(service, (None, "a"), slug="elsewhere")
    move(service, ("a", None))
    assert (counted(service), counted(service, "elsewhere")) == ({}, {("element", "a"): 1})
