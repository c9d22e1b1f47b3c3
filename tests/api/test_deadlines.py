"""Deadlines: working days of England, months, what is overdue, what is due soon."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from api.rules import deadlines, inbox
from tests.api.checks import refused
from tests.api.handling import at, change, change_settings, join_elsewhere
from tests.service import OUTSIDERS, Service


def item(service: Service, reference: str, name: str = "handler-1") -> dict[str, Any]:
    """A case as the inbox shows it."""
    items = service.get("/cases?limit=200", service.handler(name)).get_json()["items"]
    return next(one for one in items if one["reference"] == reference)


def found(service: Service, query: str, name: str = "handler-1") -> set[str]:
    """The references in an inbox that was narrowed."""
    answer = service.get(f"/cases?{query}", service.handler(name))
    assert answer.status_code == 200, answer.text
    return {one["reference"] for one in answer.get_json()["items"]}


def test_it_works(service: Service) -> None:
    at(service, "2026-06-01 12:00")
    reference, token = service.open_case()
    shown = service.get("/case", service.reporter(token)).get_json()
    assert (shown["acknowledge_by"], shown["feedback_by"]) == ("2026-06-03", "2026-09-01")
    assert shown["overdue"] is None
    one = item(service, reference)
    assert (one["due"], one["overdue"]) == ("acknowledge", False)
    at(service, "2026-06-03 23:59:59")
    assert not item(service, reference)["overdue"]
    assert service.get("/case", service.reporter(token)).get_json()["overdue"] is None
    at(service, "2026-06-04 00:00")
    assert item(service, reference)["overdue"]
    assert service.get("/case", service.reporter(token)).get_json()["overdue"] == "acknowledge"
    path = f"/cases/{reference}/status"
    assert service.get(path, service.handler()).get_json()["overdue"] == "acknowledge"
    assert found(service, "overdue=true") == found(service, "due=overdue") == {reference}
    for name in OUTSIDERS:
        assert found(service, "overdue=true", name) == set()

    shown = change(service, reference, status="acknowledged")
    assert (shown["acknowledged_on"], shown["overdue"]) == ("2026-06-04", None)
    one = item(service, reference)
    assert (one["due"], one["overdue"]) == ("feedback", False)
    at(service, "2026-09-01 12:00")
    assert not item(service, reference)["overdue"]
    assert service.get("/case", service.reporter(token)).get_json()["overdue"] is None
    at(service, "2026-09-02 12:00")
    assert service.get("/case", service.reporter(token)).get_json()["overdue"] == "feedback"
    assert item(service, reference)["overdue"]
    shown = change(service, reference, feedback_given=True)
    assert (shown["feedback_on"], shown["overdue"]) == ("2026-09-02", None)
    one = item(service, reference)
    assert (one["due"], one["overdue"]) == (None, False)
    assert found(service, "overdue=true") == set()
    assert found(service, "overdue=false") == {reference}


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-06-01", "2026-06-03"),  # Monday
        ("2026-06-04", "2026-06-08"),  # Thursday
        ("2026-06-05", "2026-06-09"),  # Friday
        ("2026-06-06", "2026-06-09"),  # Saturday
        ("2026-06-07", "2026-06-09"),  # Sunday
        ("2026-12-23", "2026-12-29"),  # Christmas on a Friday, Boxing Day on Monday instead
        ("2026-12-24", "2026-12-30"),
        ("2026-12-31", "2027-01-05"),  # New Year's Day on a Friday
        ("2021-12-24", "2021-12-30"),  # Christmas and Boxing Day on a weekend
        ("2026-04-01", "2026-04-07"),  # Good Friday and Easter Monday
        ("2026-04-02", "2026-04-08"),
        ("2026-08-28", "2026-09-02"),  # the summer bank holiday
        ("2026-05-01", "2026-05-06"),  # the early May bank holiday
        ("2026-05-22", "2026-05-27"),  # the spring bank holiday
    ],
)
def test_two_working_days(opened: str, due: str) -> None:
    start, end = date.fromisoformat(opened), date.fromisoformat(due)
    assert deadlines.add_working_days(start, 2) == end
    assert deadlines.working_days_between(start, end) == 2
    assert deadlines.working_days_between(start, start) == 0


def test_scotlands_holidays_are_none_of_englands() -> None:
    # 2 January is a bank holiday in Scotland; in 2026 it was a Friday.
    assert deadlines.add_working_days(date(2026, 1, 1), 1) == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("opened", "months", "due"),
    [
        ("2026-01-31", 3, "2026-04-30"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-15", 3, "2027-03-15"),
        ("2026-10-31", 1, "2026-11-30"),
    ],
)
def test_months_at_their_ends(service: Service, opened: str, months: int, due: str) -> None:
    change_settings(service, feedback_months=months)
    at(service, f"{opened} 12:00")
    reference, _ = service.open_case()
    assert item(service, reference)["feedback_by"] == due


def test_each_organisation_has_its_own_settings(service: Service) -> None:
    change_settings(service, acknowledge_days=1, feedback_months=1)
    change_settings(service, "elsewhere", acknowledge_days=10, feedback_months=12)
    at(service, "2026-06-01 12:00")
    here, _ = service.open_case()
    there, _ = service.open_case("elsewhere")
    one, other = item(service, here), item(service, there, "handler-5")
    assert (one["acknowledge_by"], one["feedback_by"]) == ("2026-06-02", "2026-07-01")
    assert (other["acknowledge_by"], other["feedback_by"]) == ("2026-06-15", "2027-06-01")
    # A change of the settings is for cases to come.
    change_settings(service, acknowledge_days=5)
    assert item(service, here)["acknowledge_by"] == "2026-06-02"


def test_a_handler_of_both_has_each_by_its_own(service: Service) -> None:
    join_elsewhere(service, "handler-1")
    change_settings(service, due_soon_days=1)
    change_settings(service, "elsewhere", acknowledge_days=3, due_soon_days=30)
    at(service, "2026-06-01 12:00")
    here, _ = service.open_case()
    there, _ = service.open_case("elsewhere")
    assert found(service, "due=soon") == {there}
    assert found(service, "due=soon&organisation=eeast") == set()
    at(service, "2026-06-04 12:00")
    assert (found(service, "due=overdue"), found(service, "due=soon")) == ({here}, {there})
    at(service, "2026-06-05 12:00")
    assert found(service, "overdue=true") == {here, there}
    assert found(service, "overdue=true&organisation=elsewhere") == {there}


def test_what_is_due_soon(service: Service) -> None:
    at(service, "2026-06-01 12:00")
    reference, _ = service.open_case()
    assert found(service, "due=soon") == {reference}
    change_settings(service, due_soon_days=1)
    assert found(service, "due=soon") == set()
    at(service, "2026-06-02 12:00")
    assert found(service, "due=soon") == {reference}
    at(service, "2026-06-04 12:00")
    # What is overdue is not soon any more.
    assert (found(service, "due=soon"), found(service, "due=overdue")) == (set(), {reference})
    change(service, reference, status="in_progress")
    assert found(service, "due=soon") == set()
    at(service, "2026-08-31 12:00")
    assert found(service, "due=soon") == {reference}
    change(service, reference, feedback_given=True)
    assert found(service, "due=soon") == set()


def test_a_closed_case_is_due_for_nothing(service: Service) -> None:
    at(service, "2026-06-01 12:00")
    reference, token = service.open_case()
    at(service, "2026-06-05 12:00")
    shown = change(service, reference, status="closed")
    assert (shown["overdue"], shown["closed_on"]) == (None, "2026-06-05")
    at(service, "2027-01-01 12:00")
    assert service.get("/case", service.reporter(token)).get_json()["overdue"] is None
    assert found(service, "overdue=true") == set()
    # Opened again it is late for what was never given.
    change(service, reference, status="in_progress")
    assert found(service, "overdue=true") == {reference}
    assert service.get(f"/cases/{reference}", service.handler()).get_json()["closed_on"] is None


def test_counts(service: Service) -> None:
    def counts(name: str = "handler-1", organisation: str | None = None) -> dict[str, int]:
        who = service.handlers[name].id
        with service.database.read() as db:
            found = inbox.counts(db, who, organisation)
        return {one: found[one] for one in ("new", "overdue", "soon", "checks", "mine")}

    assert set(counts().values()) == {0}
    at(service, "2026-06-01 12:00")
    late, _ = service.open_case()
    service.open_case("elsewhere")
    at(service, "2026-06-04 12:00")
    service.open_case()
    change(service, late, assigned_to=str(service.handlers["handler-1"].id))
    assert counts() == {"new": 2, "overdue": 1, "soon": 1, "checks": 0, "mine": 1}
    assert counts("handler-2")["mine"] == 0
    assert counts("handler-5") == {"new": 1, "overdue": 1, "soon": 0, "checks": 0, "mine": 0}
    assert counts("handler-1", "elsewhere")["new"] == 0
    for name in ("handler-3", "administrator-1", "analyst-1"):
        assert set(counts(name).values()) == {0}


def test_filters_that_are_none(service: Service) -> None:
    bearer = service.handler()
    for query in ("due=late", "due=", "overdue=perhaps", "assigned=handler-1", "assigned="):
        told = refused(service, "GET", f"/cases?{query}", bearer=bearer, status=422,
                       code="invalid")  # fmt: skip
        assert set(told["errors"]) == {query.partition("=")[0]}
