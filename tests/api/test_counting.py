"""Exact counts of a quarter: of each case once, also when it is gone; kept ones apart."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, update

from api.models.base import Work
from api.models.case import CaseAccess
from api.models.organisation import Organisation
from api.models.tally import Tally
from api.rules import counting, organisations, tally
from tests.api.handling import at, by_hours, change, person
from tests.service import Service

QUARTER = "2025-Q2"


@pytest.fixture(autouse=True)
def summer(service: Service) -> None:
    at(service, "2025-07-02 12:00")


def counts(service: Service, *, kept: bool = True, slug: str = "eeast") -> dict[str, Any]:
    """What is counted, without fields that nothing is counted of."""
    with service.database.read() as db:
        found = counting.counts(db, organisations.find(db, slug), QUARTER, kept=kept)
    assert tuple(found) == counting.FIELDS
    return {field: dict(values) for field, values in found.items() if values}


def classify(service: Service, reference: str, **more: Any) -> None:
    content = {"national": "2026", "local": 0, "elements": ["detriment"]} | more
    body = {"id": str(uuid4()), "content": content}
    path = f"/cases/{reference}/classification"
    assert service.call("PUT", path, body, service.handler()).status_code == 201


def withdraw(service: Service, token: str) -> None:
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200


def test_it_works(service: Service) -> None:
    first, _ = service.open_case()
    service.open_case(desk="senior-manager")
    classify(service, first, channel="feed", professional_group="ambulance")
    change(service, first, status="acknowledged", confidentiality="open")
    assert counts(service) == {
        "case": {"opened": 2, "open": 2, "classified": 1},
        "desk": {"guardian": 1, "senior-manager": 1},
        "confidentiality": {"open": 1, "anonymous": 1},
        "element": {"detriment": 1},
        "channel": {"feed": 1},
        "professional_group": {"ambulance": 1},
        "days_to_acknowledge": {"0": 1},
    }
    assert counts(service, slug="elsewhere") == {}
    at(service, "2025-07-14 12:00")
    change(service, first, status="closed", outcome="referred", feedback_given=True)
    found = counts(service)
    assert found["case"] == {"opened": 2, "open": 1, "closed": 1, "classified": 1}
    assert found["outcome"] == {"referred": 1}
    # Once it is closed the tally has it: no day is counted twice.
    assert (found["days_to_acknowledge"], found["days_to_feedback"]) == ({"0": 1}, {"12": 1})


@pytest.mark.parametrize("classified", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_a_case_that_is_deleted_stays_counted(
    service: Service, classified: bool, closed: bool
) -> None:
    reference, token = service.open_case()
    if classified:
        classify(service, reference)
    if closed:
        change(service, reference, status="closed", feedback_given=True)
    before = counts(service)
    withdraw(service, token)
    after = counts(service)
    opened, gone = before.pop("case"), after.pop("case")
    assert gone == {name: one for name, one in opened.items() if name != "open"} | {"closed": 1}
    assert after == before


def test_what_is_not_released_is_not_counted(service: Service) -> None:
    by_hours(service, "2025-07-02 08:15")
    _, token = service.open_case()
    assert counts(service) == {}
    withdraw(service, token)
    at(service, "2025-07-02 13:01")
    assert counts(service) == {}
    service.open_case()
    at(service, "2025-07-02 19:01")
    service.get("/cases", service.handler())
    assert counts(service)["case"] == {"opened": 1, "open": 1}


def test_a_case_that_nobody_reads_any_more_stays_counted(service: Service) -> None:
    service.open_case()
    before = counts(service)
    service.database.write(lambda db: db.execute(delete(CaseAccess)))
    assert counts(service) == before != {}


def test_cases_that_keep_somebody_out_are_apart(service: Service) -> None:
    kept, token = service.open_case(excluded=[person(service, "handler-2")])
    plain, _ = service.open_case()
    for reference in (kept, plain):
        classify(service, reference, region=None)
        change(service, reference, status="closed", outcome="referred", feedback_given=True)
        change(service, reference, confidentiality="open")
    reporter = service.reporter(token)
    answer = {"id": str(uuid4()), "answer": "yes", "content": {"comment": ""}}
    told = service.post("/case/feedback", answer, reporter)
    assert told.status_code == 201, told.text
    every, others = counts(service), counts(service, kept=False)
    assert every["case"] == {"opened": 2, "closed": 2, "classified": 2}
    assert others["case"] == {"opened": 1, "closed": 1, "classified": 1}
    for field, values in others.items():
        assert dict.fromkeys(values, 1) == values, field
    withdraw(service, token)
    assert counts(service) == every
    assert counts(service, kept=False) == others


def counted_together(service: Service) -> None:
    """As after an upgrade from a version that counted kept-out cases with the others."""

    def put(db: Work) -> None:
        kept = func.substr(Tally.field, len(tally.KEPT) + 1)
        db.execute(update(Tally).where(Tally.field.startswith(tally.KEPT)).values(field=kept))
        db.execute(update(Organisation).values(apart_since="2025-Q3"))

    service.database.write(put)


def test_a_case_that_a_former_version_counted_counts_once_when_it_changes(
    service: Service,
) -> None:
    kept, _ = service.open_case(excluded=[person(service, "handler-2")])
    plain, _ = service.open_case()
    classify(service, kept, channel="feed", professional_group="ambulance")
    counted_together(service)
    classify(service, plain, channel="feed")
    assert counts(service)["channel"] == {"feed": 2}
    classify(service, kept, elements=["patient_safety"], professional_group="ambulance")
    change(service, kept, confidentiality="open")
    found = counts(service)
    assert found["element"] == {"detriment": 1, "patient_safety": 1}
    assert found["channel"] == {"feed": 1}
    assert found["professional_group"] == {"ambulance": 1, "not-known": 1}
    assert found["confidentiality"] == {"anonymous": 1, "open": 1}
    assert found["case"] == {"opened": 2, "open": 2, "classified": 2}


def test_since_then_nothing_is_taken_from_the_others(service: Service) -> None:
    kept, _ = service.open_case(excluded=[person(service, "handler-2")])
    classify(service, kept, channel="feed")
    counted_together(service)
    service.database.write(lambda db: db.execute(update(Organisation).values(apart_since=QUARTER)))
    classify(service, kept)
    assert counts(service, kept=False)["channel"] == {"feed": 1}


@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [
        ("2025-Q1", "2025-04-01", "2025-06-30"),
        ("2025-Q2", "2025-07-01", "2025-09-30"),
        ("2025-Q3", "2025-10-01", "2025-12-31"),
        ("2025-Q4", "2026-01-01", "2026-03-31"),
    ],
)
def test_the_days_of_a_quarter(quarter: str, first: str, last: str) -> None:
    days = tally.days_of(quarter)
    assert days == (date.fromisoformat(first), date.fromisoformat(last))
    assert {tally.quarter_of(day) for day in days} == {quarter}
    assert tally.quarter_of(days[1] + timedelta(days=1)) == tally.after(quarter) != quarter
