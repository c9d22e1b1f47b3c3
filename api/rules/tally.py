"""Counts that move in the same transaction as what they count, so no case need be opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists, select, update

from api.models.base import Work
from api.models.case import Case, CaseExcluded
from api.models.organisation import Organisation
from api.models.tally import Tally
from api.rules import deadlines

TIMES = ("days_to_acknowledge", "days_to_feedback")
"""Fields whose values are numbers of days."""

KEPT = "kept."
"""Before a field: of cases from which the reporter kept somebody out, who may see the others."""


def quarter_of(day: date) -> str:
    """The quarter of the NHS year that a day is in: `2026-Q1` is April to June 2026.

    January to March is the fourth quarter of the year before (NHS England's returns).
    """
    year, quarter = (day.year, (day.month - 1) // 3) if day.month > 3 else (day.year - 1, 4)
    return f"{year}-Q{quarter}"


def days_of(quarter: str) -> tuple[date, date]:
    """The first and the last day of a quarter (`2026-Q4`: 1 January to 31 March 2027)."""
    year, _, number = quarter.partition("-Q")
    month = int(number) * 3 + 1
    first = date(int(year) + (month > 12), (month - 1) % 12 + 1, 1)
    return first, (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)


def after(quarter: str) -> str:
    """The quarter that comes next."""
    return quarter_of(days_of(quarter)[1] + timedelta(days=1))


def is_apart(organisation: Organisation, quarter: str) -> bool:
    """Whether all of a quarter's kept-out cases are counted under `KEPT`, as they are now.

    Where a former version counted some, nobody can tell which of its counts are theirs: they are
    sealed. So it depends on the quarter alone, never on whether it has such a case.
    """
    return organisation.apart_since is None or quarter >= organisation.apart_since


def of_case(db: Work, case: Case, moves: Iterable[Mapping[str, Any]]) -> None:
    """Moves counts of the quarter in which the case was opened; as `move`."""
    moves = list(moves)
    if db.scalar(select(exists().where(CaseExcluded.case_id == case.id))):
        moves = [one | {"field": KEPT + one["field"]} for one in map(dict, moves)]
    move(db, case.organisation_id, quarter_of(case.opened_on), moves)


def count_times(db: Work, case: Case) -> None:
    """Counts once how long acknowledgement (working days) and feedback (days) took."""
    if case.times_counted:
        return
    taken = deadlines.taken(case.opened_on, case.acknowledged_on, case.feedback_on)
    of_case(
        db,
        case,
        [{"field": field, "from_": None, "to": str(days)} for field, days in taken.items()],
    )
    case.times_counted = True
    # Who locks the case in the same unit reads it again.
    db.flush()


def move(db: Work, organisation: int, quarter: str, moves: Iterable[Mapping[str, Any]]) -> None:
    """Moves counts: each of `moves` has `field`, `from_` and `to`, either of which may be None.

    A count never goes below zero. What a former version counted together with all others is taken
    from there, so that the sum of both is right.
    """
    for one in moves:
        if one["from_"] == one["to"]:
            continue
        for value, by in ((one["from_"], -1), (one["to"], 1)):
            if value is not None:
                _add(db, organisation, quarter, one["field"], value, by)


def _add(db: Work, organisation: int, quarter: str, field: str, value: str, by: int) -> None:
    place = {"organisation_id": organisation, "quarter": quarter, "field": field, "value": value}
    found = update(Tally).filter_by(**place)
    if by < 0:
        found = found.where(Tally.count > 0)
    changed = db.connection().execute(found.values(count=Tally.count + by))
    if changed.rowcount:
        return
    if by > 0:
        db.store(Tally, place | {"count": 1})
    elif field.startswith(KEPT) and not is_apart(db.get_one(Organisation, organisation), quarter):
        _add(db, organisation, quarter, field.removeprefix(KEPT), value, by)
