"""When a case is due: acknowledgement in working days, feedback in months, later checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from dateutil.relativedelta import relativedelta
from holidays import HolidayBase, country_holidays
from sqlalchemy import ColumnElement, and_, false, or_, select

from api.models.base import Work
from api.models.case import Case, CaseCheck
from api.models.organisation import Organisation
from api.rules import organisations

CHECK_MONTHS = (3, 6, 12)
"""Months after closing at which a handler asks whether there was detriment."""

NOTICE_DAYS = 30
"""Days between the announcement and the day on which a closed case is deleted."""


@cache
def _bank_holidays() -> HolidayBase:
    return country_holidays("GB", subdiv="ENG")


def add_working_days(start: date, days: int) -> date:
    """The day that is so many working days of England after `start`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in _bank_holidays():
            days -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days of England after `start`, up to and with `end`; 0 if there is none."""
    days = (start + timedelta(days=one) for one in range(1, (end - start).days + 1))
    return sum(day.weekday() < 5 and day not in _bank_holidays() for day in days)


def taken(opened: date, acknowledged: date | None, feedback: date | None) -> dict[str, int]:
    """`days_to_acknowledge` (working days) and `days_to_feedback`, each once it was done."""
    found = {}
    if acknowledged is not None:
        found["days_to_acknowledge"] = working_days_between(opened, acknowledged)
    if feedback is not None:
        found["days_to_feedback"] = (feedback - opened).days
    return found


def for_new(organisation: Organisation, opened_on: date) -> dict[str, date]:
    """`acknowledge_by` and `feedback_by` of a case opened on this day."""
    settings = organisations.settings(organisation)
    return {
        "acknowledge_by": add_working_days(opened_on, settings["acknowledge_days"]),
        "feedback_by": opened_on + relativedelta(months=settings["feedback_months"]),
    }


def answer_by(db: Work, case_id: UUID) -> date | None:
    """The day by which a case should be acknowledged; None if there is no such case."""
    return db.scalar(select(Case.acknowledge_by).where(Case.id == case_id))


def overdue(found: Case, today: date) -> str | None:
    """What is overdue: `acknowledge`, `feedback`, or nothing."""
    if found.status == "new" and found.acknowledge_by < today:
        return "acknowledge"
    if found.status != "closed" and found.feedback_on is None and found.feedback_by < today:
        return "feedback"
    return None


def put_off(found: Case, today: date) -> None:
    """What a reporter writes to a case that is announced to go is there for `NOTICE_DAYS`.

    And so it is for whom they let in. Else it might be deleted before anybody has read it. From
    the day on which handlers are shown it: they see this day move, and would learn when it was
    written. `retention` deletes nothing that waits to be shown.
    """
    if found.goes_on is not None:
        found.goes_on = max(found.goes_on, today + timedelta(days=NOTICE_DAYS))


def start_checks(db: Work, found: Case, today: date) -> None:
    """Begins the checks for detriment of a case that closes today, in place of earlier ones."""
    stop_checks(db, found)
    done = set(db.scalars(select(CaseCheck.months).where(CaseCheck.case_id == found.id)))
    db.store(
        CaseCheck,
        *(
            {"case_id": found.id, "months": months, "due_on": today + relativedelta(months=months)}
            | {"done_on": None}
            for months in CHECK_MONTHS
            if months not in done
        ),
    )


def stop_checks(db: Work, found: Case) -> None:
    """Takes back the checks that were not made yet: the case goes on."""
    db.flush()
    db.connection().execute(
        CaseCheck.__table__.delete().where(  # type: ignore[attr-defined]
            CaseCheck.case_id == found.id, CaseCheck.done_on.is_(None)
        )
    )


@dataclass(frozen=True, slots=True)
class Due:
    """Conditions in SQL on cases: overdue; due soon; a check for detriment is due."""

    late: ColumnElement[bool]
    soon: ColumnElement[bool]
    check: ColumnElement[bool]


def conditions(db: Work, among: Iterable[Organisation]) -> Due:
    """The conditions for cases of these organisations, each by its own day and settings.

    Written out by organisation, so that a database can use the indexes of the days.
    """
    late: list[ColumnElement[bool]] = []
    near: list[ColumnElement[bool]] = []
    checks: list[ColumnElement[bool]] = []
    for one in among:
        today, of_one = organisations.today(db, one), Case.organisation_id == one.id
        soon = today + timedelta(days=organisations.settings(one)["due_soon_days"])
        late += _before(of_one, today - timedelta(days=1))
        near += _before(of_one, soon)
        due = select(CaseCheck.case_id).where(
            CaseCheck.done_on.is_(None), CaseCheck.due_on <= today
        )
        checks.append(and_(of_one, Case.id.in_(due)))
    is_late = or_(false(), *late)
    return Due(is_late, and_(or_(false(), *near), ~is_late), or_(false(), *checks))


def _before(of_one: ColumnElement[bool], day: date) -> list[ColumnElement[bool]]:
    return [
        and_(of_one, Case.status == "new", Case.acknowledge_by <= day),
        and_(of_one, Case.status != "closed", Case.feedback_on.is_(None), Case.feedback_by <= day),
    ]
