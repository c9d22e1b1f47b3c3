"""The quarterly return: exact counts, looked at, submitted and then frozen, and corrected.

The numbers are exact, and count cases that a handler was kept out of, which the published figures
leave out: between the two these cases could be told. So returns are for those who read no case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.models.account import Account
from api.models.audit import AuditEntry
from api.models.base import Database, Work
from api.models.case import Case
from api.models.organisation import Organisation
from api.models.returns import Return
from api.models.tally import Tally
from api.rules import audit, organisations, return_making, tally
from api.rules.return_making import changes
from api.rules.roles import require
from shared.errors import Conflict, Invalid, NotFound, TooEarly
from shared.sealing.encoding import b64

MAKERS = ("administrator", "analyst")
"""Who sees exact numbers, and submits them: they read no case."""

PREVIEW = 0
"""The number of a return that is not submitted."""

_SETTLED = 2
"""Days after the end of a quarter: then the reports of its last day are released everywhere."""

_KEPT = ("title", "method", "sections", "rows", "warnings")
"""What a return keeps as it was."""

SAME = "These are the numbers that were submitted already."
CHANGED = "The numbers have changed since you looked. Look at them again, then submit."


def code(year: int, number: int) -> str:
    """A quarter's code, `2026-Q3`. Raises `NotFound` for none of this century."""
    if not (2000 <= year < 2100 and 1 <= number <= 4):
        raise NotFound
    return f"{year}-Q{number}"


def due(quarter: str) -> date:
    """The first day on which a quarter's return can be made."""
    return tally.days_of(quarter)[1] + timedelta(days=_SETTLED)


# --- reading --------------------------------------------------------------------------------


def listed(db: Work, me: UUID, slug: str) -> list[dict[str, Any]]:
    """The organisation's quarters, newest first: each with its `submitted` returns, newest first.

    Raises `NotFound` or `NotAllowed`.
    """
    organisation = require(db, me, slug, *MAKERS)
    found: dict[str, list[dict[str, Any]]] = {one: [] for one in _quarters(db, organisation)}
    rows = select(Return).where(Return.organisation_id == organisation.id)
    stored = db.scalars(rows.order_by(Return.number.desc())).all()
    for one, head in zip(stored, _heads(db, stored), strict=True):
        found.setdefault(one.quarter, []).append(head)
    return [
        {**_place(quarter), "submitted": found[quarter]} for quarter in sorted(found, reverse=True)
    ]


def _quarters(db: Work, organisation: Organisation) -> Iterator[str]:
    """Quarters that have ended, from the first with a case on; at least the last one."""
    first = db.scalar(
        select(func.min(Case.opened_on)).where(Case.organisation_id == organisation.id)
    )
    counted = select(func.min(Tally.quarter)).where(Tally.organisation_id == organisation.id)
    today = organisations.today(db, organisation)
    last = tally.quarter_of(tally.days_of(tally.quarter_of(today))[0] - timedelta(days=1))
    starts = [one for one in (first and tally.quarter_of(first), db.scalar(counted)) if one]
    at = min([*starts, last])
    while at <= last and due(at) <= today:
        yield at
        at = tally.after(at)


def get(db: Work, me: UUID, slug: str, quarter: str, number: int | None = None) -> dict[str, Any]:
    """A return: the one of this number, `PREVIEW` for what it would be now.

    Without a number the newest that was submitted; if none was, the preview. Raises `NotFound`,
    `NotAllowed` or `TooEarly`.
    """
    organisation = require(db, me, slug, *MAKERS)
    earlier = _submitted(db, organisation, quarter)
    if number is None:
        number = earlier[-1].number if earlier else PREVIEW
    if number != PREVIEW:
        stored = next((one for one in earlier if one.number == number), None)
        if stored is None:
            raise NotFound
        return _shown(db, organisation, stored, earlier)
    return _preview(db, organisation, quarter, earlier)


def note_preview(database: Database, me: UUID, found: Mapping[str, Any]) -> None:
    """Notes in the audit that exact numbers were looked at: once a day for a quarter."""
    if found["state"] != "preview":
        return
    slug, quarter = found["organisation"], found["code"]
    with database.read() as db:
        if _noted(db, organisations.find(db, slug), me, quarter):
            return

    def note(db: Work) -> None:
        organisation = organisations.find(db, slug)
        audit.record(db, organisation, me, "return_previewed", quarter=quarter)

    database.write(note)


def _noted(db: Work, organisation: Organisation, me: UUID, quarter: str) -> bool:
    found = select(AuditEntry.detail).where(
        AuditEntry.organisation_id == organisation.id,
        AuditEntry.actor == me,
        AuditEntry.act == "return_previewed",
        AuditEntry.day == organisations.today(db, organisation),
    )
    return any(one["quarter"] == quarter for one in db.scalars(found))


def _submitted(db: Work, organisation: Organisation, quarter: str) -> Sequence[Return]:
    found = select(Return).where(
        Return.organisation_id == organisation.id, Return.quarter == quarter
    )
    return db.scalars(found.order_by(Return.number)).all()


# --- submitting -----------------------------------------------------------------------------


def submit(
    db: Work, me: UUID, quarter: str, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Freezes the numbers that were looked at; whether they were before.

    `number` is the one it gets, `digest` that of the preview. A correction says `why`. Raises
    `NotFound`, `NotAllowed`, `TooEarly`, `Invalid`, or `Conflict` where the numbers changed since,
    or somebody else submitted meanwhile.
    """
    organisation = require(db, me, body["organisation"], *MAKERS)
    earlier = _submitted(db, organisation, quarter)
    body = {**body, "digest": b64(body["digest"])}
    given = (body["number"], body["digest"], body["why"])
    for one in earlier:
        if (one.number, one.digest, one.why) == given:
            return _shown(db, organisation, one, earlier), True
    found = _preview(db, organisation, quarter, earlier)
    _check(found, body, earlier)
    stored = Return(
        organisation_id=organisation.id,
        quarter=quarter,
        number=body["number"],
        version=found["version"],
        day=organisations.today(db, organisation),
        submitted_by=me,
        why=body["why"],
        digest=found["digest"],
        data={name: found[name] for name in _KEPT},
    )
    db.add(stored)
    db.flush()
    shown = _shown(db, organisation, stored, [*earlier, stored])
    audit.record(db, organisation, me, "return_submitted", quarter=quarter, number=stored.number)
    return shown, False


def _check(found: Mapping[str, Any], body: Mapping[str, Any], earlier: Sequence[Return]) -> None:
    if body["number"] != len(earlier) + 1:
        raise Conflict("Somebody submitted this quarter meanwhile. Look at it again.")
    if body["digest"] != found["digest"]:
        raise Conflict(CHANGED)
    if not earlier and body["why"]:
        raise Invalid(errors={"why": ["Only a correction says why."]})
    if earlier and found["digest"] == earlier[-1].digest:
        raise Conflict(SAME)
    if earlier and not body["why"]:
        raise Invalid(errors={"why": ["Say what was corrected, and why."]})


# --- showing --------------------------------------------------------------------------------


def _place(quarter: str) -> dict[str, Any]:
    year, _, number = quarter.partition("-Q")
    first, last = tally.days_of(quarter)
    return {
        "code": quarter,
        "year": int(year),
        "quarter": int(number),
        "first_day": first,
        "last_day": last,
    }


def _preview(
    db: Work, organisation: Organisation, quarter: str, earlier: Sequence[Return]
) -> dict[str, Any]:
    ready = due(quarter)
    if organisations.today(db, organisation) < ready:
        raise TooEarly(f"This quarter's return can be made from {ready.isoformat()} on.")
    made = return_making.make(db, organisation, quarter)
    return {
        **_whole(db, organisation, quarter, earlier),
        "state": "preview",
        "number": len(earlier) + 1,
        "day": None,
        "by": "",
        "why": "",
        **made,
        "changes": changes(earlier[-1].data["rows"], made["rows"]) if earlier else [],
    }


def _whole(
    db: Work, organisation: Organisation, quarter: str, earlier: Sequence[Return]
) -> dict[str, Any]:
    return {
        "organisation": organisation.slug,
        "organisation_name": organisation.name,
        **_place(quarter),
        "submitted": _heads(db, earlier)[::-1],
    }


def _heads(db: Work, stored: Sequence[Return]) -> list[dict[str, Any]]:
    """Number, day, who and why of each, in the same order."""
    people = {one.submitted_by for one in stored}
    found = select(Account.id, Account.display_name).where(Account.id.in_(people))
    names = {row.id: row.display_name for row in db.execute(found)}
    return [
        {
            "number": one.number,
            "day": one.day,
            "by": names.get(one.submitted_by, ""),
            "why": one.why,
        }
        for one in stored
    ]


def _shown(
    db: Work, organisation: Organisation, stored: Return, earlier: Sequence[Return]
) -> dict[str, Any]:
    before = next((one for one in earlier if one.number == stored.number - 1), None)
    rows = stored.data["rows"]
    whole = _whole(db, organisation, stored.quarter, earlier)
    return {
        **whole,
        "state": "submitted",
        **next(one for one in whole["submitted"] if one["number"] == stored.number),
        "version": stored.version,
        "digest": stored.digest,
        **stored.data,
        "changes": changes(before.data["rows"], rows) if before else [],
    }
