"""When a case is due: acknowledgement in working days, feedback in months, later checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta
from holidays import HolidayBase, country_holidays
from sqlalchemy import ColumnElement, and_, case, exists, or_, select

from api.models.base import Work
from api.models.case import Case, CaseCheck
from api.models.organisation import Organisation
from api.rules import organisations

CHECK_MONTHS = (3, 6, 12)
"""Months after closing at which a handler asks whether there was detriment."""


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


def for_new(organisation: Organisation, opened_on: date) -> dict[str, date]:
    """`acknowledge_by` and `feedback_by` of a case opened on this day."""
    settings = organisations.settings(organisation)
    return {
        "acknowledge_by": add_working_days(opened_on, settings["acknowledge_days"]),
        "feedback_by": opened_on + relativedelta(months=settings["feedback_months"]),
    }


def overdue(found: Case, today: date) -> str | None:
    """What is overdue: `acknowledge`, `feedback`, or nothing."""
    if found.status == "new" and found.acknowledge_by < today:
        return "acknowledge"
    if found.status != "closed" and found.feedback_on is None and found.feedback_by < today:
        return "feedback"
    return None


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


def _days(db: Work, among: Iterable[Organisation]) -> Iterator[tuple[int, date, date]]:
    for one in among:
        today = organisations.today(db, one)
        soon = timedelta(days=organisations.settings(one)["due_soon_days"])
        yield one.id, today, today + soon


def conditions(
    db: Work, among: Iterable[Organisation]
) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """SQL for cases of these organisations: overdue; due soon; a check for detriment is due."""
    days = list(_days(db, among))
    epoch = date(1970, 1, 1)
    today = case(*((Case.organisation_id == one, day) for one, day, _ in days), else_=epoch)
    soon = case(*((Case.organisation_id == one, day) for one, _, day in days), else_=epoch)
    unacknowledged = Case.status == "new"
    waiting = and_(Case.status != "closed", Case.feedback_on.is_(None))
    late = or_(
        and_(unacknowledged, Case.acknowledge_by < today),
        and_(waiting, Case.feedback_by < today),
    )
    near = or_(
        and_(unacknowledged, Case.acknowledge_by <= soon),
        and_(waiting, Case.feedback_by <= soon),
    )
    check = exists().where(
        CaseCheck.case_id == Case.id, CaseCheck.done_on.is_(None), CaseCheck.due_on <= today
    )
    return late, and_(near, ~late), check
