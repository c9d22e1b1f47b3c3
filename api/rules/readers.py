"""Who reads a case: every change is a new epoch with a signed record (sealing.md).

The signed roster and the reporter's signed consent decide, never a setting of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseEpoch
from api.models.organisation import Desk, Organisation
from api.rules import audit, consents, deadlines, epochs, notes, opening, organisations
from api.rules.messages import SEALS
from api.rules.unlocking import check_open, epochs_of, excluded, lock, unlock
from shared.errors import (
    BrokenChain,
    Invalid,
    NoReader,
    NotAllowed,
    NotFound,
    ReadersChanged,
    TooEarly,
)
from shared.sealing import case as sealing
from shared.sealing.case import NewEpoch
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES, NOTES
from shared.sealing.keyring import Keyring
from shared.sealing.roster import Entry

UNLISTED = {"handler": ["Nobody of this id is in the organisation's roster."]}


def _lock(db: Work, case: Case, me: UUID) -> Organisation:
    """Until the commit nobody else changes this case's readers. Raises as `lock` does."""
    lock(db, case, me)
    check_open(case)
    return db.get_one(Organisation, case.organisation_id)


def add(
    db: Work, case: Case, handler: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, Any]:
    """A handler lets another in: of the desk, or by a consent of the reporter's in the thread.

    Also gives a colleague's new keys access after a loss, and who reads by a consent a later
    end, by another one. Returns the epochs. Raises
    `Invalid`, `NotAllowed`, or what the consent lacks (`consents.find_granted`).
    """
    organisation = _lock(db, case, handler)
    if keyring is None:
        raise NotAllowed(SEALS)
    roster = organisations.read_roster(db, organisation)
    unlocked = unlock(db, organisation, case, handler, keyring)
    newcomer, consent = roster.newest.active(body["handler"]), None
    if newcomer is None:
        raise Invalid(errors=UNLISTED)
    party = sealing.party(newcomer)
    before = unlocked.records[MESSAGES][-1]
    reads = party in before.readers and not epochs.has_ended(db, case, party.id)
    access = db.get(CaseAccess, (party.id, case.id))
    ends = access.until if access is not None else None
    if "consent" in body and not (reads and ends is None):
        consent = consents.find_granted(db, unlocked, body["consent"], [party.id])
    if reads and (consent is None or ends is None or consent.until <= ends):
        return listed(db, case, handler)
    kept = epochs.remaining(db, case, roster, before, handler)
    new = unlocked.grant([*(one for one in kept if one.id != party.id), party])
    epochs.store_messages(db, organisation, case, handler, new, consent)
    _renew_notes(db, organisation, case, handler, keyring)
    named = {"handler": str(party.id)} | ({"consent": str(body["consent"])} if consent else {})
    audit.record(db, organisation, handler, "reader_added", case.id, **named)
    return listed(db, case, handler)


def remove(
    db: Work, case: Case, handler: UUID, keyring: Keyring | None, leaver: UUID
) -> dict[str, Any]:
    """A handler takes a reader out, or leaves. Returns the epochs, as the caller sees them.

    Raises `NotFound` for somebody who doesn't read it, `NoReader` if nobody would be left.
    """
    organisation = _lock(db, case, handler)
    if keyring is None:
        raise NotAllowed(SEALS)
    roster = organisations.read_roster(db, organisation)
    unlocked = unlock(db, organisation, case, handler, keyring)
    before = unlocked.records[MESSAGES][-1]
    if leaver == REPORTER or before.reader(leaver) is None:
        raise NotFound
    kept = epochs.remaining(db, case, roster, before, handler)
    new = unlocked.grant(one for one in kept if one.id != leaver)
    epochs.store_messages(db, organisation, case, handler, new)
    if leaver != handler:
        _renew_notes(db, organisation, case, handler, keyring)
    audit.record(db, organisation, handler, "reader_removed", case.id, handler=str(leaver))
    return listed(db, case, handler)


def post(db: Work, case: Case, handler: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    """A handler's client sends the next epoch, signed. Returns the epochs.

    Raises `EpochChanged`, `BrokenChain`, `BadSignature`, `WrongKey`, `ReadersChanged`,
    `NotAllowed`, `NoReader` or `Invalid`; a repeat is no fault.
    """
    organisation = _lock(db, case, handler)
    purpose = body["purpose"]
    new = epochs.check_sealed(db, organisation, case, handler, purpose, body["epoch"])
    if new is None:
        return listed(db, case, handler)
    if purpose == NOTES:
        if "consent" in body:
            raise Invalid(errors={"consent": ["Notes follow the readers of the messages."]})
        opening.store_epoch(db, case.id, new)
        return listed(db, case, handler)
    consent = consents.named(db, case, body["consent"]) if "consent" in body else None
    changed = epochs.store_messages(db, organisation, case, handler, new, consent)
    audit.record(db, organisation, handler, "readers_changed", case.id, **changed)
    return listed(db, case, handler)


def post_by_reporter(
    db: Work, case_id: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, Any]:
    """The reporter lets handlers in, shuts them out, or takes the case to another desk.

    Returns the epochs. Raises as `post` does, `TooEarly` for another desk before a deadline
    has passed, and `NoReader` if nobody would be left.
    """
    case = db.get_one(Case, case_id)
    organisation = _lock(db, case, REPORTER)
    new: NewEpoch | None = None
    if "epoch" in body:
        new = epochs.check_sealed(db, organisation, case, REPORTER, MESSAGES, body["epoch"])
        if new is None:
            return listed(db, case, REPORTER)
    desk = _desk(db, organisation, body["desk"]) if "desk" in body else None
    if desk is not None and desk.id == case.desk_id and new is None:
        return listed(db, case, REPORTER)
    if desk is not None and not deadlines.overdue(case, organisations.today(db, organisation)):
        raise TooEarly
    if new is not None:
        _check_desk(db, organisation, case, desk, new)
    elif keyring is None:
        raise NotAllowed(SEALS)
    else:
        new = _sealed_for_reporter(db, organisation, case, keyring, desk, body)
        if new is None:
            return listed(db, case, REPORTER)
    if desk is not None:
        _move(db, organisation, case, desk)
    anew = new.readers.keys() if desk is not None else body.get("add", ())
    epochs.store_messages(db, organisation, case, REPORTER, new, without_end=anew)
    return listed(db, case, REPORTER)


def listed(db: Work, case: Case, me: UUID) -> dict[str, Any]:
    """All epochs, with the keys as they are sealed to this reader."""
    return {"items": epochs_of(db, case.id, me)}


def answer_consent(
    db: Work, case_id: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """The reporter answers a request; as `messages.post`.

    A consent that is taken back by the readable form also ends the reading at once; a client
    that seals sends the epoch without these readers itself.
    """
    case = db.get_one(Case, case_id)
    answered, repeated = consents.answer(db, case, keyring, body)
    if repeated or keyring is None or "content" not in body or body["content"]["granted"]:
        return answered, repeated
    organisation = _lock(db, case, REPORTER)
    unlocked = unlock(db, organisation, case, REPORTER, keyring)
    gone = consents.take_back(db, organisation, unlocked, body["content"]["request"])
    if not gone:
        return answered, repeated
    handlers = epochs.handlers_now(db, case)
    if handlers <= gone:
        # Nobody else reads it: no epoch can be made, so nothing is served to them any more.
        consents.end_access(db, organisation, case, gone)
    else:
        post_by_reporter(db, case.id, keyring, {"remove": gone})
    return answered, repeated


def _renew_notes(
    db: Work, organisation: Organisation, case: Case, handler: UUID, keyring: Keyring
) -> None:
    """Gives the notes the new readers too, so that who came can read them at once.

    Where it is for another to sign, the next note of theirs does it.
    """
    has_notes = select(CaseEpoch.epoch).where(
        CaseEpoch.case_id == case.id, CaseEpoch.purpose == NOTES
    )
    if db.scalar(has_notes.limit(1)) is None:
        return
    try:
        notes.unlock_for_notes(db, organisation, case, handler, keyring)
    except BrokenChain:
        return


# --- the reporter's readable form ---------------------------------------------------------


def _sealed_for_reporter(
    db: Work,
    organisation: Organisation,
    case: Case,
    keyring: Keyring,
    desk: Desk | None,
    body: Mapping[str, Any],
) -> NewEpoch | None:
    roster = organisations.read_roster(db, organisation)
    unlocked = unlock(db, organisation, case, REPORTER, keyring)
    before, added = unlocked.records[MESSAGES][-1], body.get("add", ())
    readers = set(epochs.remaining(db, case, roster, before, REPORTER))
    if desk is not None:
        of_desk = map(sealing.party, _readers_of(db, organisation, case, desk))
        readers = {epochs.reporter_of(case), *of_desk}
    for one in added:
        entry = roster.newest.active(one)
        if entry is None:
            raise Invalid(errors={"add": UNLISTED["handler"]})
        readers = {known for known in readers if known.id != one} | {sealing.party(entry)}
    readers = {known for known in readers if known.id not in body.get("remove", ())}
    # Who reads by a consent reads without its end from now on, if the reporter says so.
    ended = any(epochs.has_ended(db, case, one) for one in added)
    if desk is None and readers == set(before.readers) and not ended:
        return None
    return unlocked.grant(readers)


def _desk(db: Work, organisation: Organisation, slug: str) -> Desk:
    found = select(Desk).where(Desk.organisation_id == organisation.id, Desk.slug == slug)
    desk = db.scalar(found)
    if desk is None:
        raise Invalid(errors={"desk": ["Choose another desk of the directory."]})
    return desk


def _check_desk(
    db: Work, organisation: Organisation, case: Case, desk: Desk | None, new: NewEpoch
) -> None:
    """With another desk the readers are exactly its handlers, less those excluded."""
    if desk is None:
        return
    found = _readers_of(db, organisation, case, desk)
    if set(new.readers) != {REPORTER, *(one.id for one in found)}:
        raise ReadersChanged


def _readers_of(db: Work, organisation: Organisation, case: Case, desk: Desk) -> tuple[Entry, ...]:
    """Who would read the case at this desk. Raises `NoReader` if none of them has their keys."""
    roster = organisations.read_roster(db, organisation)
    found = tuple(sealing.readers_of(roster, desk.slug, excluded(db, case.id)))
    if organisations.present(db, organisation).isdisjoint(one.id for one in found):
        raise NoReader
    return found


def _move(db: Work, organisation: Organisation, case: Case, desk: Desk) -> None:
    """The case begins anew at the other desk."""
    due = deadlines.for_new(organisation, organisations.today(db, organisation))
    case.desk_id, case.assigned_to, case.status = desk.id, None, "new"
    case.acknowledge_by, case.feedback_by = due["acknowledge_by"], due["feedback_by"]
    case.acknowledged_on = case.feedback_on = None
    db.flush()
