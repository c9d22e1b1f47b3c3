"""Epochs of a case as the service checks and stores them (sealing.md, case keys and epochs)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from api.models.base import Work, following
from api.models.case import Case, CaseAccess, CaseConsent, CaseShutOut, HeldAct
from api.models.message import Message
from api.models.organisation import Desk, Organisation
from api.rules import consents, deadlines, events, opening, organisations, releases
from api.rules.unlocking import epochs_of, excluded
from shared.errors import (
    BadSignature,
    BrokenChain,
    EpochChanged,
    NoReader,
    NotAllowed,
    ReadersChanged,
    WrongKey,
)
from shared.sealing import case as sealing
from shared.sealing import epochs
from shared.sealing.case import NewEpoch, SealedEpoch
from shared.sealing.encoding import REPORTER
from shared.sealing.envelope import addressed_to, key_id
from shared.sealing.epochs import MESSAGES, Party, Record, SignedRecord
from shared.sealing.roster import Roster

EXCLUDED = "The reporter left this handler out. Only the reporter can let them in."


def reporter_of(case: Case) -> Party:
    """The reporter as a reader of the case."""
    return sealing.reporter_party(case.seal_key, case.sign_key)


def remaining(
    db: Work, case: Case, roster: Roster, before: Record, signer: UUID
) -> Iterable[Party]:
    """Who goes on reading in the next epoch.

    Who changed keys, and was approved with the new ones, gets access with these. Not those
    whose consent has ended or who left the roster, nor, where a handler signs, by the format's
    arithmetic, somebody excluded whom the reporter had let in.
    """
    shut_out = excluded(db, case.id) if signer != REPORTER else set()
    for one in before.readers:
        entry = roster.newest.active(one.id)
        if one.id == REPORTER:
            yield one
        elif entry and one.id not in shut_out and not has_ended(db, case, one.id):
            yield sealing.party(entry)


def has_ended(db: Work, case: Case, handler: UUID) -> bool:
    """Whether the consent that this reader was let in by is over."""
    access = db.get(CaseAccess, (handler, case.id))
    today = organisations.today(db, db.get_one(Organisation, case.organisation_id))
    return access is not None and access.until is not None and access.until < today


def handlers_now(db: Work, case: Case) -> set[UUID]:
    """The handlers who read the case by its newest record."""
    found = select(CaseAccess.handler).where(CaseAccess.case_id == case.id)
    return set(db.scalars(found))


def check_sealed(
    db: Work,
    organisation: Organisation,
    case: Case,
    me: UUID,
    purpose: int,
    sent: Mapping[str, Any],
) -> NewEpoch | None:
    """The epoch that was sent, if it follows; None if it is there already.

    Raises `EpochChanged`, `BrokenChain`, `BadSignature`, `WrongKey`, `BadKey` or `Damaged`.
    """
    stored = [one for one in epochs_of(db, case.id, me) if one.purpose == purpose]
    signed = SignedRecord(sent["record"], sent["signature"])
    if any(one.record == signed.record for one in stored):
        return None
    record = epochs.parse(signed.record)
    if record.epoch != len(stored):
        raise EpochChanged
    _check_chain(db, organisation, case, purpose, stored, signed)
    if record.signer != me:
        raise BadSignature("A record is signed by the one who sends it.")
    keys = {one["reader"]: one["sealed_key"] for one in sent["readers"]}
    ids = {one.id for one in record.readers}
    if (
        record.case_key != sent["case_key"]
        or len(sent["readers"]) != len(ids)
        or keys.keys() != ids
    ):
        raise BrokenChain
    if any(addressed_to(keys[one.id]) != key_id(one.seal_key) for one in record.readers):
        raise WrongKey
    previous = sent.get("previous_key")
    starts = record.previous == epochs.NO_RECORD
    # The reporter goes on without it after an epoch whose private half they had to refuse.
    without = starts or (me == REPORTER and purpose == MESSAGES)
    if (previous is None and not without) or (previous is not None and starts):
        raise BrokenChain("The key of the epoch before has to be sealed to the new one.")
    if previous is not None and addressed_to(previous) != key_id(record.case_key):
        raise WrongKey
    return NewEpoch(
        purpose, record.epoch, record.case_key, signed.record, signed.signature, keys, previous
    )


def _check_chain(
    db: Work,
    organisation: Organisation,
    case: Case,
    purpose: int,
    stored: Collection[SealedEpoch],
    new: SignedRecord,
) -> None:
    roster = organisations.read_roster(db, organisation)
    chain = [*(SignedRecord(one.record, one.signature) for one in stored), new]
    left_out = excluded(db, case.id)
    if purpose == MESSAGES:
        epochs.check_messages(chain, case.id, reporter_of(case), roster, left_out)
        return
    messages = [
        SignedRecord(one.record, one.signature)
        for one in epochs_of(db, case.id, REPORTER)
        if one.purpose == MESSAGES
    ]
    checked = epochs.check_messages(messages, case.id, reporter_of(case), roster, left_out)
    record = epochs.check_notes(chain, checked, roster)[-1]
    if not epochs.notes_allowed(record, checked[-1]):
        raise EpochChanged


def store_messages(
    db: Work,
    organisation: Organisation,
    case: Case,
    me: UUID,
    new: NewEpoch,
    consent: consents.Granted | None = None,
    without_end: Collection[UUID] = (),
) -> dict[str, Any]:
    """Stores a checked message epoch and who has access by it; what changed, by ids.

    `without_end` are those whom the reporter names anew: no earlier consent ends their reading.
    Raises `NoReader`, `ReadersChanged` or `NotAllowed` for readers who can't be.
    """
    record = epochs.parse(new.record)
    before = {
        one.handler: one
        for one in db.scalars(select(CaseAccess).where(CaseAccess.case_id == case.id))
    }
    handlers = {one.id: one for one in epochs.handlers_of(record)}
    if not handlers:
        raise NoReader
    _check_allowed(db, organisation, case, me, handlers, before, consent)
    gone = before.keys() - handlers.keys()
    came = handlers.keys() - before.keys()
    if me != REPORTER and before[me].until is not None:
        roster = organisations.read_roster(db, organisation).newest
        chosen = {one for one in gone if roster.active(one) and not has_ended(db, case, one)}
        if came or consent is not None or chosen - {me}:
            raise NotAllowed("You read this case by consent. Its desk lets others in.")
    opening.store_epoch(db, case.id, new)
    _note_shut_out(db, case, me, gone, handlers)
    if gone:
        db.execute(
            delete(CaseAccess).where(CaseAccess.case_id == case.id, CaseAccess.handler.in_(gone))
        )
        if case.assigned_to in gone:
            case.assigned_to = None
        _end_consents(db, organisation, case, handlers.keys())
    held = releases.next_release(organisation, db.utc) if me == REPORTER else None
    for one in came:
        number = db.scalar(select(following(CaseAccess.inbox_number))) if held is None else None
        until = consent.until if consent and one in consent.handlers else None
        row = {"handler": one, "case_id": case.id, "inbox_number": number, "until": until}
        db.store(CaseAccess, row | {"seal_key": handlers[one].seal_key})
    of_desk = _of_desk(db, organisation, case)
    for one in handlers.keys() & before.keys():
        access = before[one]
        access.seal_key = handlers[one].seal_key
        if consent and one in consent.handlers and access.until is not None:
            access.until = max(access.until, consent.until)
        elif one in without_end or (one in of_desk and has_ended(db, case, one)):
            access.until = None
    if held is not None and came:
        db.merge(HeldAct(case_id=case.id, kind="desk", detail={}, visible_from=held))
    elif came and me == REPORTER:
        deadlines.put_off(case, organisations.today(db, organisation))
        events.tell(db, case, events.UPDATED)
    if consent is not None:
        consents.note_grant(db, case, consent)
    db.flush()
    return {"added": sorted(map(str, came)), "removed": sorted(map(str, gone))}


def _check_allowed(
    db: Work,
    organisation: Organisation,
    case: Case,
    me: UUID,
    handlers: Mapping[UUID, Party],
    before: Mapping[UUID, CaseAccess],
    consent: consents.Granted | None,
) -> None:
    roster = organisations.read_roster(db, organisation)
    of_desk = _of_desk(db, organisation, case)
    left_out = excluded(db, case.id)
    for one, party in handlers.items():
        entry = roster.newest.active(one)
        if entry is None or sealing.party(entry) != party:
            raise ReadersChanged
        if me == REPORTER:
            continue
        if one in left_out:
            raise NotAllowed(EXCLUDED)
        if one not in before:
            _check_not_shut_out(db, case, one, consent)
        if one in of_desk or (consent is not None and one in consent.handlers):
            continue
        if one not in before:
            raise NotAllowed(
                "This handler is not of the case's desk: ask the reporter for consent first."
            )
        if has_ended(db, case, one):
            raise NotAllowed("A consent has ended: leave its readers out, or ask again.")


def _note_shut_out(
    db: Work, case: Case, me: UUID, gone: Collection[UUID], handlers: Collection[UUID]
) -> None:
    """Remembers whom the reporter takes out; who reads again was let in rightly."""
    back = CaseShutOut.handler.in_(handlers)
    db.execute(delete(CaseShutOut).where(CaseShutOut.case_id == case.id, back))
    if me == REPORTER and gone:
        newest = db.scalar(select(func.max(Message.number)).where(Message.case_id == case.id))
        rows = ({"case_id": case.id, "handler": one, "number": newest} for one in gone)
        db.store(CaseShutOut, *rows)


def _check_not_shut_out(
    db: Work, case: Case, handler: UUID, consent: consents.Granted | None
) -> None:
    """Returns unless the reporter took this handler out, and gave no consent since."""
    shut_out = db.get(CaseShutOut, (case.id, handler))
    if shut_out is None:
        return
    if consent is not None and handler in consent.handlers:
        given = db.get_one(Message, (case.id, consent.message_id))
        if given.number > shut_out.number:
            return
    raise NotAllowed("The reporter took this handler out. Ask for consent first.")


def _of_desk(db: Work, organisation: Organisation, case: Case) -> set[UUID]:
    """The handlers of the case's desk, by the roster."""
    roster = organisations.read_roster(db, organisation)
    return {one.id for one in roster.newest.desk(db.get_one(Desk, case.desk_id).slug)}


def _end_consents(
    db: Work, organisation: Organisation, case: Case, handlers: Collection[UUID]
) -> None:
    """A consent whose readers are all gone is over."""
    readers = {str(one) for one in handlers}
    rows = select(CaseConsent).where(
        CaseConsent.case_id == case.id, CaseConsent.revoked_on.is_(None)
    )
    today = organisations.today(db, organisation)
    for one in db.scalars(rows):
        if not readers.intersection(one.handlers):
            one.revoked_on = today
