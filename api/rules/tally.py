"""Counts that move in the same transaction as what they count, so no case need be opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import update

from api.models.base import Work
from api.models.organisation import Organisation
from api.models.tally import Tally


def quarter_of(day: date) -> str:
    """The quarter of the NHS year that a day is in: `2026-Q1` is April to June 2026.

    January to March is the fourth quarter of the year before (NHS England's returns).
    """
    year, quarter = (day.year, (day.month - 1) // 3) if day.month > 3 else (day.year - 1, 4)
    return f"{year}-Q{quarter}"


def move(
    db: Work,
    organisation: Organisation,
    quarter: str,
    moves: Iterable[Mapping[str, Any]],
) -> None:
    """Moves counts: each of `moves` has `field`, `from_` and `to`, either of which may be None.

    A count never goes below zero.
    """
    for one in moves:
        if one["from_"] == one["to"]:
            continue
        for value, by in ((one["from_"], -1), (one["to"], 1)):
            if value is not None:
                _add(db, organisation.id, quarter, one["field"], value, by)


def _add(db: Work, organisation: int, quarter: str, field: str, value: str, by: int) -> None:
    place = {"organisation_id": organisation, "quarter": quarter, "field": field, "value": value}
    found = update(Tally).filter_by(**place)
    if by < 0:
        found = found.where(Tally.count > 0)
    changed = db.connection().execute(found.values(count=Tally.count + by))
    if changed.rowcount == 0 and by > 0:
        db.store(Tally, place | {"count": 1})
