"""Handing all cases of a leaving handler over to a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from api.models.base import Database, Work
from api.models.case import Case, CaseAccess
from api.models.organisation import Desk, Organisation
from api.rules import audit, events, organisations, readers
from api.rules.messages import SEALS
from api.rules.unlocking import (
    by_handler,
    check_desk_reader,
    check_open,
    excluded,
    lock,
    shown_to,
)
from shared.errors import Conflict, Invalid, NotAllowed, NotFound, WrenError
from shared.sealing.keyring import Keyring


def hand_over(
    database: Database, handler: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, int]:
    """Gives all cases of one handler that the caller can open to another of their desk.

    Who has left the roster is taken out as a reader; the other one comes in where they are
    of the case's desk, and gets what was assigned. Returns how many cases they have now
    (`moved`), and how many they can't have (`left`): not of its desk, or left out. Each case is
    a transaction of its own: nobody waits for all of them, and of a case that can't be moved
    nothing is stored. Raises `NotFound`, `Invalid` or `Conflict`.
    """
    leaver, taker = body["from_"], body["to"]
    with database.read() as db:
        organisation = organisations.find(db, body["organisation"])
        if not organisations.is_listed(db, organisation, handler):
            raise NotFound
        if keyring is None:
            raise NotAllowed(SEALS)
        roster = organisations.read_roster(db, organisation).newest
        if roster.active(taker) is None:
            raise Invalid(errors={"to": readers.UNLISTED["handler"]})
        # Who has left stays in it. Anybody else would only stand in the audit.
        if all(one.id != leaver for one in roster.handlers):
            raise Invalid(errors={"from": readers.UNLISTED["handler"]})
        if leaver == taker:
            raise Conflict("Choose two different handlers.")
        references = _shared_with(db, organisation, handler, leaver)
    moved = 0
    for one in references:
        moved += _moved(database, one, handler, keyring, leaver, taker)
    # No count: it would tell a handler how many cases there are that are hidden from them.
    named = {"from": str(leaver), "to": str(taker)}
    database.write(
        lambda db: audit.record(db, organisation, handler, "cases_handed_over", None, **named)
    )
    return {"moved": moved, "left": len(references) - moved}


def _moved(
    database: Database, reference: str, handler: UUID, keyring: Keyring, leaver: UUID, taker: UUID
) -> bool:
    try:
        return database.write(
            lambda db: _hand_over_one(db, reference, handler, keyring, leaver, taker)
        )
    except WrenError:
        # The caller has new keys, say, and was not let in with them yet; or it is gone.
        return False


def _hand_over_one(
    db: Work, reference: str, handler: UUID, keyring: Keyring, leaver: UUID, taker: UUID
) -> bool:
    case = by_handler(db, handler, reference)
    lock(db, case, handler)
    check_desk_reader(db, case, handler)
    check_open(case)
    organisation = db.get_one(Organisation, case.organisation_id)
    roster = organisations.read_roster(db, organisation).newest
    entry = roster.active(taker)
    desk = db.get_one(Desk, case.desk_id).slug
    reads = _reads(db, case, taker)
    left_out = taker in excluded(db, case.id)
    if left_out or entry is None or not (reads or desk in entry.desks):
        return False
    was_assigned = case.assigned_to == leaver
    if not reads:
        readers.add(db, case, handler, keyring, {"handler": taker})
    elif roster.active(leaver) is None and _reads(db, case, leaver):
        readers.remove(db, case, handler, keyring, leaver)
    if was_assigned:
        case.assigned_to = taker
        db.flush()
        now = {"assigned_to": str(taker)}
        events.tell(db, case, events.UPDATED, by=handler)
        audit.record(db, organisation, handler, "case_changed", case.id, **now)
    return True


def _reads(db: Work, case: Case, handler: UUID) -> bool:
    return db.get(CaseAccess, (handler, case.id)) is not None


def _shared_with(db: Work, organisation: Organisation, handler: UUID, other: UUID) -> list[str]:
    """References of the cases here that this handler is shown and the other one reads too."""
    theirs = select(CaseAccess.case_id).where(CaseAccess.handler == other)
    return list(
        db.scalars(
            select(Case.reference)
            .join(CaseAccess, CaseAccess.case_id == Case.id)
            .where(
                shown_to(db, handler),
                Case.organisation_id == organisation.id,
                or_(Case.id.in_(theirs), Case.assigned_to == other),
            )
            .order_by(Case.id)
        )
    )
