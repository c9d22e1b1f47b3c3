"""Handing all cases of a leaving handler over to a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from api.models.base import Work
from api.models.case import Case, CaseAccess
from api.models.organisation import Desk, Organisation
from api.rules import audit, organisations, readers
from api.rules.messages import SEALS
from api.rules.unlocking import excluded, shown_to
from shared.errors import Conflict, Invalid, NotAllowed, NotFound, SealingError
from shared.sealing.keyring import Keyring
from shared.sealing.roster import Roster


def hand_over(
    db: Work, handler: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, int]:
    """Gives all cases of one handler that the caller can open to another of their desk.

    Who has left the roster is taken out as a reader; the other one comes in where they are
    of the case's desk, and gets what was assigned. Returns how many were `moved` and how
    many are `left`. Raises `NotFound`, `Invalid` or `Conflict`.
    """
    organisation = organisations.find(db, body["organisation"])
    roster = organisations.read_roster(db, organisation)
    if not organisations.is_listed(db, organisation, handler):
        raise NotFound
    if keyring is None:
        raise NotAllowed(SEALS)
    leaver, taker = body["from_"], roster.newest.active(body["to"])
    if taker is None:
        raise Invalid(errors={"to": readers.UNLISTED["handler"]})
    if leaver == taker.id:
        raise Conflict("Choose two different handlers.")
    moved = left = 0
    for case in _shared_with(db, organisation, handler, leaver):
        if _hand_over_one(db, case, handler, keyring, leaver, roster, taker.id):
            moved += 1
        else:
            left += 1
    # No count: it would tell a handler how many cases there are that are hidden from them.
    named = {"from": str(leaver), "to": str(taker.id)}
    audit.record(db, organisation, handler, "cases_handed_over", None, **named)
    return {"moved": moved, "left": left}


def _hand_over_one(
    db: Work,
    case: Case,
    handler: UUID,
    keyring: Keyring,
    leaver: UUID,
    roster: Roster,
    taker: UUID,
) -> bool:
    entry = roster.newest.active(taker)
    desk = db.get_one(Desk, case.desk_id).slug
    reads = _reads(db, case, taker)
    left_out = taker in excluded(db, case.id)
    if left_out or entry is None or not (reads or desk in entry.desks):
        return False
    was_assigned = case.assigned_to == leaver
    try:
        if not reads:
            readers.add(db, case, handler, keyring, {"handler": taker})
        elif roster.newest.active(leaver) is None and _reads(db, case, leaver):
            readers.remove(db, case, handler, keyring, leaver)
    except (SealingError, NotAllowed):
        # The caller has new keys, say, and was not let in with them yet: nothing was stored.
        return False
    if was_assigned:
        case.assigned_to = taker
        db.flush()
        organisation = db.get_one(Organisation, case.organisation_id)
        now = {"assigned_to": str(taker)}
        audit.record(db, organisation, handler, "case_changed", case.id, **now)
    return was_assigned or not reads


def _reads(db: Work, case: Case, handler: UUID) -> bool:
    return db.get(CaseAccess, (handler, case.id)) is not None


def _shared_with(db: Work, organisation: Organisation, handler: UUID, other: UUID) -> list[Case]:
    """The organisation's cases that this handler is shown and the other one reads too."""
    theirs = select(CaseAccess.case_id).where(CaseAccess.handler == other)
    return list(
        db.scalars(
            select(Case)
            .join(CaseAccess, CaseAccess.case_id == Case.id)
            .where(
                shown_to(db, handler),
                Case.organisation_id == organisation.id,
                or_(Case.id.in_(theirs), Case.assigned_to == other),
            )
        )
    )
