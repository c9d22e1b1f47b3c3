"""Published figures as they are read: by quarter, side by side, with sums of what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.models.base import Database, Work
from api.models.figures import PublishedFigures
from api.models.organisation import Organisation
from api.rules import api_keys, disclosure, publication, sheets
from shared.errors import Invalid
from shared.schemas.accounts import ROLES

QUARTERS = 12
"""How many quarters are shown where none is asked for, the newest first."""

COLUMNS = ("organisation", "quarter", "shown_since", "field", "value", "name", "count", "hidden")


def answer(
    database: Database, kind: str, caller: UUID, query: Mapping[str, Any]
) -> dict[str, Any]:
    """The published figures of an organisation: the same for its people and its API keys.

    `query` has `organisation`, and perhaps `first` and `last` (quarters). What is due is published
    first, should the worker not have done it yet. Raises `NotFound` or `NotAllowed`, and `Invalid`
    for quarters the wrong way round.
    """
    with database.read() as db:
        api_keys.require_either(db, kind, caller, query["organisation"], *ROLES)
    publication.of_one(database, query["organisation"])
    with database.read() as db:
        organisation = api_keys.require_either(db, kind, caller, query["organisation"], *ROLES)
        return of(db, organisation, query)


def of(db: Work, organisation: Organisation, query: Mapping[str, Any]) -> dict[str, Any]:
    """As `answer`, for a caller who is known to belong there, of what is published."""
    first, last = query.get("first"), query.get("last")
    if first and last and first > last:
        raise Invalid(errors={"to": ["Use a quarter that is not before the first."]})
    rows = _newest(db, organisation, first, last)
    tables = [(one.quarter, one.cells) for one in rows]
    return {
        "organisation": organisation.slug,
        "least": disclosure.LEAST,
        "quarters": [_quarter(one) for one in rows],
        "sums": _sums(tables) if len(tables) > 1 else [],
        "next": _next(db, organisation),
    }


def as_csv(found: Mapping[str, Any]) -> str:
    """What was answered, as CSV: one count a line, an empty one where it is hidden."""
    return sheets.written(COLUMNS, _lines(found))


def _lines(found: Mapping[str, Any]) -> Iterable[tuple[Any, ...]]:
    for quarter in found["quarters"]:
        place = (found["organisation"], quarter["quarter"])
        opened = quarter["opened"]
        yield (*place, quarter["day"], "opened", "", "", opened["count"], opened["hidden"])
        for group in quarter["groups"]:
            for row in group["rows"]:
                one = (group["field"], row["value"], row["name"], row["count"], row["hidden"])
                yield (*place, group["day"], *one)
        for took in quarter["times"]:
            for name in disclosure.SHARES:
                days = took[name]
                yield (*place, took["day"], took["field"], name, "", days, days is None)


# --- reading ------------------------------------------------------------------------------


def _newest(
    db: Work, organisation: Organisation, first: str | None, last: str | None
) -> Sequence[PublishedFigures]:
    """The newest revision of each quarter from first to last, newest first."""
    within = publication.out(db, organisation)
    within += [PublishedFigures.quarter >= first] if first is not None else []
    within += [PublishedFigures.quarter <= last] if last is not None else []
    revisions = (
        select(PublishedFigures.quarter, func.max(PublishedFigures.revision).label("revision"))
        .where(*within)
        .group_by(PublishedFigures.quarter)
        .order_by(PublishedFigures.quarter.desc())
    )
    if first is None:
        revisions = revisions.limit(QUARTERS)
    newest = revisions.subquery()
    found = (
        select(PublishedFigures)
        .join(
            newest,
            (newest.c.quarter == PublishedFigures.quarter)
            & (newest.c.revision == PublishedFigures.revision),
        )
        .where(PublishedFigures.organisation_id == organisation.id)
    )
    return db.scalars(found.order_by(PublishedFigures.quarter.desc())).all()


def _next(db: Work, organisation: Organisation) -> dict[str, Any]:
    """The quarter that is published next, and on which day."""
    quarter = publication.upcoming(db, organisation)
    day = publication.published_on(organisation, quarter)
    return {"quarter": quarter, "day": day}


def _quarter(row: PublishedFigures) -> dict[str, Any]:
    cells = row.cells
    return {
        "quarter": row.quarter,
        "day": row.day.isoformat(),
        "opened": _cell(cells["opened"]),
        "groups": [
            _group(field, one["total"], one["cells"], cells) | {"day": one["day"]}
            for field, one in cells["groups"].items()
        ],
        "times": [
            {"field": field, "day": one["day"], **{name: one[name] for name in disclosure.SHARES}}
            for field, one in cells["times"].items()
        ],
    }


def _group(
    field: str, total: int | None, counts: Mapping[str, int | None], cells: Mapping[str, Any]
) -> dict[str, Any]:
    if field in disclosure.OF_OPENED:
        total = cells["opened"]
    names = cells["names"][field]
    return {
        "field": field,
        "total": None if field in disclosure.SEVERAL else _cell(total),
        "rows": [
            {"value": value, "name": name} | _cell(counts.get(value))
            for value, name in names.items()
        ],
    }


def _cell(count: int | None) -> dict[str, Any]:
    return {"count": count, "hidden": count is None}


def _sums(tables: Sequence[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Of each field what adds up over the quarters: only where every part is shown."""
    cells = [one for _, one in tables]
    opened = _sum(one["opened"] for one in cells)
    found = [{"field": "opened", "total": _cell(opened), "rows": []}]
    for field in disclosure.FIELDS:
        names: dict[str, str] = {}
        for one in cells:
            names = one["names"][field] | names
        parts = [one["groups"][field] for one in cells]
        counts = {value: _sum(one["cells"].get(value) for one in parts) for value in names}
        total = _sum(one["total"] for one in parts)
        found.append(_group(field, total, counts, {"opened": opened, "names": {field: names}}))
    return found


def _sum(counts: Iterable[int | None]) -> int | None:
    listed = list(counts)
    return None if None in listed else sum(one for one in listed if one is not None)


def quarters(db: Work, organisation: Organisation) -> list[str]:
    """All published quarters, newest first."""
    found = select(PublishedFigures.quarter).where(*publication.out(db, organisation))
    return sorted(set(db.scalars(found)), reverse=True)
