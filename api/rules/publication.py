"""When a quarter's figures are published, and what of later changes is shown.

A quarter is published once, some days after its end, and its table is frozen. On the day of each
later quarter the earlier ones are looked at again, and what may be shown of changes becomes a
revision (`api.rules.disclosure`). So each answer is made of frozen tables, whatever is asked, and
on whatever day.

A table of a day that is still to come was made while a clock was ahead: it is not there. When its
quarter's day comes it is set aside, and what is told then tells nothing by the difference.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from api.models.audit import AuditEntry
from api.models.base import Database, Work
from api.models.case import Case
from api.models.figures import PublishedFigures
from api.models.organisation import Organisation
from api.models.tally import Tally
from api.rules import counting, disclosure, locking, naming, organisations, tally

Cells = dict[str, Any]

REVISED = 8
"""So many earlier quarters are looked at again when one is published."""

AT_ONCE, TURNS = 4, 25
"""Quarters that are published in one transaction, and how many of these follow each other: what is
more than 25 years is left for the next day."""


def run(database: Database) -> None:
    """Publishes what is due for every organisation: the worker does it daily."""
    with database.read() as db:
        slugs = db.scalars(select(Organisation.slug)).all()
    for slug in slugs:
        of_one(database, slug)


def of_one(database: Database, slug: str) -> None:
    """Publishes what is due for an organisation. One cheap look when nothing is."""
    for _ in range(TURNS):
        with database.read() as db:
            if not waiting(db, organisations.find(db, slug)):
                return
        database.write(lambda db: _publish(db, organisations.find(db, slug)))


# --- when ---------------------------------------------------------------------------------


def published_on(organisation: Organisation, quarter: str) -> date:
    """The day from which a quarter is published: so many days after its end."""
    days = organisations.settings(organisation)["figures_after_days"]
    return tally.days_of(quarter)[1] + timedelta(days=1 + days)


def waiting(db: Work, organisation: Organisation) -> list[str]:
    """The quarters that are due and not yet published, oldest first: `AT_ONCE` at most."""
    next_one, today = upcoming(db, organisation), organisations.today(db, organisation)
    found = list[str]()
    while len(found) < AT_ONCE and published_on(organisation, next_one) <= today:
        found.append(next_one)
        next_one = tally.after(next_one)
    return found


def out(db: Work, organisation: Organisation) -> list[ColumnElement[bool]]:
    """What a row of an organisation is that is shown: neither set aside nor of a day to come."""
    return [
        PublishedFigures.organisation_id == organisation.id,
        PublishedFigures.revision > 0,
        PublishedFigures.day <= organisations.today(db, organisation),
    ]


def upcoming(db: Work, organisation: Organisation) -> str:
    """The quarter after the newest published one, or the first."""
    newest = db.scalar(select(func.max(PublishedFigures.quarter)).where(*out(db, organisation)))
    return tally.after(newest) if newest else _first(db, organisation)


def _first(db: Work, organisation: Organisation) -> str:
    """The quarter in which anything was first done: that it has a case must not show."""
    days = [
        db.scalar(select(func.min(column)).where(table.organisation_id == organisation.id))
        for table, column in ((AuditEntry, AuditEntry.day), (Case, Case.opened_on))
    ]
    counted = select(func.min(Tally.quarter)).where(Tally.organisation_id == organisation.id)
    found = [tally.quarter_of(day) for day in days if day] + [db.scalar(counted)]
    today = tally.quarter_of(organisations.today(db, organisation))
    return min(one for one in (today, *found) if one)


# --- what ---------------------------------------------------------------------------------


def _publish(db: Work, organisation: Organisation) -> None:
    locked = select(Organisation.id).where(Organisation.id == organisation.id).with_for_update()
    db.execute(locked)
    before = newest(db, organisation)
    due = waiting(db, organisation)
    for quarter in due:
        early = _set_aside(db, organisation, quarter)
        _store(db, organisation, quarter, 1, _table(db, organisation, quarter, [], early))
    if due and not waiting(db, organisation):
        for quarter in sorted(before)[-REVISED:]:
            _revise(db, organisation, quarter)


def _revise(db: Work, organisation: Organisation, quarter: str) -> None:
    early = _set_aside(db, organisation, quarter)
    rows = db.scalars(
        select(PublishedFigures)
        .where(*out(db, organisation), PublishedFigures.quarter == quarter)
        .order_by(PublishedFigures.revision)
    ).all()
    before = [one.cells for one in rows]
    table = _table(db, organisation, quarter, before, early)
    if table != before[-1]:
        _store(db, organisation, quarter, rows[-1].revision + 1, table)


def _set_aside(db: Work, organisation: Organisation, quarter: str) -> list[Cells]:
    """What was told of a quarter by a clock that was ahead.

    Such a table gets a number below zero and is never shown again; one that told nothing goes.
    """
    rows = db.scalars(
        select(PublishedFigures)
        .where(
            PublishedFigures.organisation_id == organisation.id,
            PublishedFigures.quarter == quarter,
        )
        .order_by(PublishedFigures.revision)
    ).all()
    today = organisations.today(db, organisation)
    lowest = min([0, *(one.revision for one in rows)])
    for row in rows:
        if row.revision > 0 and row.day > today:
            if row.cells["opened"] is None:
                db.delete(row)
            else:
                lowest -= 1
                row.revision = lowest
            db.flush()
    return [one.cells for one in rows if one.revision < 0]


def _store(
    db: Work, organisation: Organisation, quarter: str, revision: int, table: Cells
) -> None:
    place = {"organisation_id": organisation.id, "quarter": quarter, "revision": revision}
    day = organisations.today(db, organisation)
    db.store(PublishedFigures, place | {"day": day, "cells": table})


def newest(
    db: Work, organisation: Organisation, quarters: Sequence[str] | None = None
) -> dict[str, PublishedFigures]:
    """The newest revision of each published quarter (of these, if given), oldest first."""
    found = select(PublishedFigures).where(*out(db, organisation))
    if quarters is not None:
        found = found.where(PublishedFigures.quarter.in_(quarters))
    rows = db.scalars(found.order_by(PublishedFigures.quarter, PublishedFigures.revision))
    return {one.quarter: one for one in rows}


def _table(
    db: Work,
    organisation: Organisation,
    quarter: str,
    before: Sequence[Cells],
    early: Sequence[Cells] = (),
) -> Cells:
    """A quarter's table as it may be shown after those before it.

    `early` were told too soon. With as many cases they are tables like those before. Else of
    their fields nothing is shown again: what came since could be worked out.
    """
    today = organisations.today(db, organisation).isoformat()
    exact = counting.counts(db, organisation, quarter, kept=False)
    opened = exact["case"]["opened"]
    since = [opened - one["opened"] for one in early]
    told = [*([] if any(since) else [_of_today(one, today) for one in early]), *before]
    names = told[0]["names"] if told else naming.names(db, organisation, quarter)
    few = opened < disclosure.LEAST or any(map(disclosure.few, since))
    if few or (before and before[-1]["opened"] != opened):
        if before:
            return before[-1]
        shown: int | None = None
    else:
        shown = opened
    lots = _Lots(db, organisation, quarter)
    hidden = set(disclosure.FIELDS) if any(since) else _together(organisation, quarter)
    table: Cells = {"opened": shown, "names": names, "groups": {}, "times": {}}
    for field in disclosure.FIELDS:
        total = _closed(table, exact) if field in disclosure.OF_CLOSED else shown
        counts = arranged(field, exact, names[field], total or 0)
        earlier = [one["groups"][field] for one in told]
        found = disclosure.group(
            field, counts, None if field in hidden else total, earlier, lots.of(field, counts)
        )
        table["groups"][field] = earlier[-1] if found is None else found | {"day": today}
    for field in tally.TIMES:
        counted = exact[field].items() if shown and not hidden else ()
        days = {int(day): count for day, count in counted}
        for one in early:
            if abs(sum(days.values()) - one["times"][field]["cases"]) < disclosure.LEAST:
                days = {}  # so what was shown last stays
        last = told[-1]["times"][field] if told else None
        table["times"][field] = disclosure.times(days, last, today)
    return table


def _together(organisation: Organisation, quarter: str) -> set[str]:
    """The fields whose counts a former version may have mixed with those of kept-out cases."""
    if tally.is_apart(organisation, quarter):
        return set()
    return set(disclosure.FIELDS) - set(counting.IN_CLEAR)


def _of_today(early: Cells, today: str) -> Cells:
    """A table told too soon, as if it were told today."""
    dated = {
        part: {field: one | {"day": today} for field, one in early[part].items()}
        for part in ("groups", "times")
    }
    return early | dated


def arranged(
    field: str, exact: counting.Counts, names: Mapping[str, str], total: int
) -> dict[str, int]:
    """The counts of a field's listed values, in order; what isn't listed counts as not set."""
    counted = exact["case" if field == "status" else field]
    found = {value: counted[value] for value in names}
    loose = disclosure.NOT_SET.get(field)
    if loose is not None:
        found[loose] = total - sum(count for value, count in found.items() if value != loose)
    return found


def _closed(table: Cells, exact: counting.Counts) -> int | None:
    """How many cases are closed, if just this is shown: parts of it would tell it."""
    closed = exact["case"]["closed"]
    return closed if table["groups"]["status"]["cells"]["closed"] == closed else None


class _Lots:
    """Numbers that nobody outside can know, and that stay the same for a quarter's field."""

    def __init__(self, db: Work, organisation: Organisation, quarter: str) -> None:
        self._key = locking.lasting(db, locking.FIGURES)
        self._place = f"{organisation.slug}/{quarter}"

    def of(self, field: str, counts: Mapping[str, int]) -> dict[str, float]:
        """A number between 0 and 1 for each value."""
        return {value: self._one(f"{self._place}/{field}/{value}") for value in counts}

    def _one(self, name: str) -> float:
        drawn = hmac.digest(self._key, name.encode(), "sha256")
        return (int.from_bytes(drawn[:6], "big") + 1) / (2**48 + 2)
