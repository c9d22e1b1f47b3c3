"""What tests of returns share: counts as if they had come about, and a quarter that is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from api.models.base import Work
from api.rules import organisations, returns, tally
from tests.service import Service

LAST = "2025-Q4"
"""A quarter that ended before any test began."""

COUNTS = {
    ("left", "guardian"): 12,
    ("case", "classified"): 10,
    ("confidentiality", "anonymous"): 9,
    ("confidentiality", "open"): 3,
    ("element", "patient_safety"): 7,
    ("element", "detriment"): 1,
    ("professional_group", "ambulance"): 6,
    ("professional_group", "not-known"): 1,
    ("speak_up_again", "yes"): 2,
}
"""Twelve cases that are gone by now, ten of them classified."""


def count(
    service: Service,
    counts: Mapping[tuple[str, str], int],
    quarter: str = LAST,
    slug: str = "eeast",
) -> None:
    """Puts counts into the tally, or adds to those that are there."""

    def put(db: Work) -> None:
        organisation = organisations.find(db, slug).id
        for (field, value), by in counts.items():
            moves = [{"field": field, "from_": None, "to": value}] * by
            tally.move(db, organisation, quarter, moves)

    service.database.write(put)


def this_quarter(service: Service) -> str:
    """The quarter that the clock stands in."""
    with service.database.read() as db:
        return tally.quarter_of(organisations.today(db, organisations.find(db, "eeast")))


def end(service: Service, quarter: str, late: int = 0) -> None:
    """Moves the clock to noon of the day from which on the quarter's return can be made."""
    noon = datetime.combine(returns.due(quarter), time(12), UTC).timestamp()
    service.clock.now = noon + late * 24 * 3600


def path(quarter: str = LAST, kind: str = "", number: int | None = None) -> str:
    """The address of a return."""
    year, _, which = quarter.partition("-Q")
    more = "" if number is None else f"&number={number}"
    return f"/returns/{year}/{which}{kind}?organisation=eeast{more}"


def get(
    service: Service, who: str = "administrator-1", quarter: str = LAST, number: int | None = None
) -> dict[str, Any]:
    """A return, or the preview."""
    answer = service.get(path(quarter, number=number), service.handler(who))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def rows(found: Mapping[str, Any]) -> dict[str, int]:
    """`elements/detriment` and the like -> count."""
    return {f"{one['section']}/{one['code']}": one["count"] for one in found["rows"]}


def body(found: Mapping[str, Any], why: str = "") -> dict[str, Any]:
    """What submits this preview."""
    return {
        "organisation": found["organisation"],
        "number": found["number"],
        "digest": found["digest"],
    } | ({"why": why} if why else {})


def submit(
    service: Service, who: str = "administrator-1", quarter: str = LAST, why: str = ""
) -> dict[str, Any]:
    """Submits what there is now."""
    wanted = body(get(service, who, quarter, 0), why)
    answer = service.post(path(quarter).partition("?")[0], wanted, service.handler(who))
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())
