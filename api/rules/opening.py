"""Opening a case: whole or not at all, and once however often it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, or_, select

from api.models.audit import AuditEntry
from api.models.base import Database, Work, following
from api.models.case import Case, CaseAccess, CaseEpoch, CaseExcluded, CaseKey
from api.models.message import Message
from api.models.organisation import Desk, Organisation
from api.rules import audit, deadlines, events, floods, messages, organisations, releases
from api.rules.unlocking import excluded, unlock
from shared.errors import (
    BrokenChain,
    Conflict,
    Invalid,
    NoReader,
    NotAllowed,
    NotFound,
    ReadersChanged,
    WrongKey,
)
from shared.schemas.cases import check_codes
from shared.sealing import case as sealing
from shared.sealing import epochs
from shared.sealing.encoding import REPORTER, sha256
from shared.sealing.envelope import addressed_to, key_id
from shared.sealing.keyring import Keyring, seal_public
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import handler
from shared.sealing.roster import Entry
from shared.sealing.stretch import Root

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is read as another."""

# Built once, since building one costs more than running it.
_SAME = select(Case.id).where(
    or_(Case.id == bindparam("case_id"), Case.verifier == bindparam("verifier"))
)
_NEXT_NUMBER = select(following(CaseAccess.inbox_number))


@dataclass(frozen=True, slots=True)
class Recorder:
    """The handler who records a case that came by phone, email or in person."""

    id: UUID
    keyring: Keyring | None = field(repr=False)


def look(database: Database, slug: str, body: Mapping[str, Any]) -> floods.Place:
    """The place of an opening, before anything dear is done for it.

    What is refused by what stands in it is refused here, before its words are stretched. Raises
    as `open_case` does, `BadToken` and `SlowDown`.
    """
    place = floods.look(database, slug, body)
    if "token" not in body:
        return place
    with database.read() as db:
        if db.get(Case, body["case_id"]) is None:
            organisation = organisations.find(db, slug)
            _readers(db, organisation, body)
            check_codes(body["content"], organisation.directory)
    floods.count_stretching(database, body)
    return place


def open_case(
    db: Work,
    slug: str,
    body: Mapping[str, Any],
    root: Root | None,
    recorder: Recorder | None = None,
    place: floods.Place = floods.HELD,
) -> tuple[dict[str, Any], bool]:
    """Stores a case, its epoch and its report. Returns the answer, and true for a repeat.

    `root` is the stretched token of the readable form. A recorder is the report's author,
    has to be one of its readers, and sees it at once. The work in `place` is spent. Raises
    `NotFound`, `Invalid`, `NoReader`, `ReadersChanged`, `Conflict`, `WorkNeeded`, or the sealing
    error that was found.
    """
    organisation = organisations.find(db, slug)
    if recorder is not None and not organisations.is_listed(db, organisation, recorder.id):
        raise NotFound
    verifier = root.verifier if root else body["sealed"]["verifier"]
    same = db.fetch(_SAME, case_id=body["case_id"], verifier=verifier).scalars().all()
    if body["case_id"] in same:
        stored = db.get_one(Case, body["case_id"])
        return _repeat(db, organisation, stored, body, verifier, root, recorder), True
    desk, readers = _readers(db, organisation, body)
    if recorder is not None and recorder.id in body["excluded"]:
        raise Invalid(errors={"excluded": ["You can't record a case that you must not read."]})
    if recorder is not None and recorder.id not in {one.id for one in readers}:
        raise Invalid(errors={"desk": ["Record cases for a desk that you are at yourself."]})
    today = organisations.today(db, organisation)
    floods.take(db, place)  # before anything dear is done for it
    if same:
        raise Conflict("These words are in use. Make new ones.")
    new = (
        _seal(organisation, body, root, readers, today, recorder)
        if root
        else _check(body["case_id"], body["sealed"], readers)
    )
    answer = _store(db, organisation, desk, body, new, readers, today, recorder)
    if recorder is not None:
        how = {"confidentiality": body["confidentiality"]}
        audit.record(db, organisation, recorder.id, "case_recorded", body["case_id"], **how)
    return answer, False


def _readers(
    db: Work, organisation: Organisation, body: Mapping[str, Any]
) -> tuple[int, tuple[Entry, ...]]:
    """The desk that a case is opened at, and who reads it there."""
    desk = organisations.find_desk(db, organisation, body["desk"])
    if desk is None:
        raise Invalid(errors={"desk": ["There is no such desk. Choose from the directory."]})
    roster = organisations.find_roster(db, organisation)
    if roster is None:
        raise NoReader
    listed = {one.id for one in roster.newest.handlers}
    if not listed.issuperset(body["excluded"]):
        raise Invalid(
            errors={"excluded": ["There is no such handler. Choose from the directory."]}
        )
    readers = sealing.readers_of(roster, body["desk"], set(body["excluded"]))
    if organisations.present(db, organisation).isdisjoint(one.id for one in readers):
        # Also where all of them have lost their keys, or left: nobody would ever read it.
        raise NoReader
    return desk, readers


def places(db: Work, organisation: Organisation, recorder: UUID) -> list[Desk]:
    """The desks that this handler may record cases for: theirs, as the roster has it."""
    roster = organisations.find_roster(db, organisation)
    entry = roster.newest.active(recorder) if roster else None
    desks = select(Desk).where(Desk.organisation_id == organisation.id).order_by(Desk.id)
    return [one for one in db.scalars(desks) if entry is not None and one.slug in entry.desks]


def _report(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the reporter signs: the report, and who is excluded."""
    return {**body["content"], "excluded": sorted(str(one) for one in body["excluded"])}


def _seal(
    organisation: Organisation,
    body: Mapping[str, Any],
    root: Root,
    readers: Sequence[Entry],
    today: date,
    recorder: Recorder | None,
) -> sealing.NewCase:
    check_codes(body["content"], organisation.directory)
    author = None
    if recorder is not None:
        if recorder.keyring is None:
            raise NotAllowed(messages.SEALS)
        author = (handler(recorder.id), recorder.keyring)
    report = _report(body)
    return sealing.open_case(body["case_id"], uuid4(), root, readers, report, today, author)


def _check(case_id: UUID, sealed: Mapping[str, Any], readers: Sequence[Entry]) -> sealing.NewCase:
    epoch = sealed["epoch"]
    seal_public(sealed["seal_key"])
    reporter = sealing.reporter_party(sealed["seal_key"], sealed["sign_key"])
    signed = epochs.SignedRecord(epoch["record"], epoch["signature"])
    record = epochs.check_first(signed, case_id, reporter)
    if record.case_key != epoch["case_key"]:
        raise BrokenChain
    if "previous_key" in epoch:
        raise Invalid(
            errors={"sealed": {"epoch": {"previous_key": ["There is no earlier epoch."]}}}
        )
    keys = {one["reader"]: one["sealed_key"] for one in epoch["readers"]}
    if record.readers != (reporter, *map(sealing.party, readers)):
        raise ReadersChanged
    if len(keys) != len(epoch["readers"]) or keys.keys() != {one.id for one in record.readers}:
        raise ReadersChanged
    for one in record.readers:
        if addressed_to(keys[one.id]) != key_id(one.seal_key):
            raise WrongKey
    message = sealed["message"]
    if addressed_to(message["envelope"]) != key_id(record.case_key):
        raise WrongKey
    return sealing.NewCase(
        verifier=sealed["verifier"],
        seal_key=reporter.seal_key,
        sign_key=reporter.sign_key,
        epoch=sealing.NewEpoch(
            epochs.MESSAGES, 0, record.case_key, signed.record, signed.signature, keys
        ),
        message_id=message["id"],
        envelope=message["envelope"],
    )


def _repeat(
    db: Work,
    organisation: Organisation,
    stored: Case,
    body: Mapping[str, Any],
    verifier: bytes,
    root: Root | None,
    recorder: Recorder | None,
) -> dict[str, Any]:
    first = db.scalars(
        select(Message).where(Message.case_id == stored.id, Message.number == 1)
    ).one()
    same = (
        stored.organisation_id == organisation.id
        and _as_sent(db, stored, body)
        and stored.recorded_by == (recorder.id if recorder else None)
        # A recorder who sent no words got new ones at each try.
        and (stored.verifier == verifier or (recorder is not None and "token" not in body))
    )
    if same and root is None:
        sent = body["sealed"]["message"]
        same = (first.id, first.envelope_hash) == (sent["id"], sha256(sent["envelope"]))
    elif same and root is not None:
        me, keyring = REPORTER, root.keyring
        if recorder is not None and recorder.keyring is not None:
            me, keyring = recorder.id, recorder.keyring
        case = unlock(db, organisation, stored, me, keyring)
        same = case.read("message", first.id, first.envelope).body == _report(body)
    if not same:
        raise Conflict
    return {"reference": stored.reference, "receipt": messages.receipt_of(first)}


def _as_sent(db: Work, stored: Case, body: Mapping[str, Any]) -> bool:
    """Whether desk, exclusion and urgency are those sent, as far as nobody changed them since."""
    sent_to = db.get_one(Desk, stored.desk_id).slug, excluded(db, stored.id)
    if sent_to != (body["desk"], set(body["excluded"])):
        epochs_since = select(CaseEpoch.epoch).where(
            CaseEpoch.case_id == stored.id,
            CaseEpoch.purpose == epochs.MESSAGES,
            CaseEpoch.epoch > 0,
        )
        if db.scalar(epochs_since.limit(1)) is None:
            return False
    if stored.urgent == body["urgent"]:
        return True
    changes = select(AuditEntry.detail).where(
        AuditEntry.case_id == stored.id, AuditEntry.act == "case_changed"
    )
    return any("urgent" in one for one in db.scalars(changes))


def _store(
    db: Work,
    organisation: Organisation,
    desk: int,
    body: Mapping[str, Any],
    new: sealing.NewCase,
    readers: Sequence[Entry],
    today: date,
    recorder: Recorder | None,
) -> dict[str, Any]:
    case_id, reference = body["case_id"], _new_reference(organisation.slug)
    case = {
        "id": case_id,
        "organisation_id": organisation.id,
        "desk_id": desk,
        "reference": reference,
        "status": "new",
        "opened_on": today,
        "urgent": body["urgent"],
        "verifier": new.verifier,
        "seal_key": new.seal_key,
        "sign_key": new.sign_key,
        "read_number": 0,
        "confidentiality": body.get("confidentiality", "anonymous"),
        "recorded_by": recorder.id if recorder else None,
        "assigned_to": None,
        **deadlines.for_new(organisation, today),
        "acknowledged_on": None,
        "feedback_on": None,
        "closed_on": None,
        "times_counted": False,
        "answered": False,
        "legal_hold": None,
        "withdrawn_on": None,
    }
    db.store(Case, case)
    store_epoch(db, case_id, new.epoch)
    excluded = set(body["excluded"])
    db.store(CaseExcluded, *({"case_id": case_id, "handler": one} for one in excluded))
    at_once = body["urgent"] or recorder is not None
    held = None if at_once else releases.next_release(organisation, db.utc)
    number = db.fetch(_NEXT_NUMBER).scalar_one() if held is None else None
    access = {"case_id": case_id, "inbox_number": number, "until": None}
    db.store(
        CaseAccess, *(access | {"handler": one.id, "seal_key": one.seal_key} for one in readers)
    )
    author = BY_REPORTER if recorder is None else handler(recorder.id)
    receipt = messages.store(
        db,
        organisation,
        messages.New(case_id, new.message_id, 1, author, new.envelope, today),
        desk_number=1 if held is None else None,
        visible_from=held,
    )
    if held is None:
        events.tell(db, Case(**case), events.OPENED)
    return {"reference": reference, "receipt": receipt}


def store_epoch(db: Work, case_id: UUID, epoch: sealing.NewEpoch) -> None:
    """Stores an epoch that was checked, with the key as it is sealed to each reader."""
    place = {"case_id": case_id, "purpose": epoch.purpose, "epoch": epoch.epoch}
    db.store(
        CaseEpoch,
        {
            **place,
            "case_key": epoch.case_key,
            "record": epoch.record,
            "signature": epoch.signature,
            "previous_key": epoch.previous_key,
        },
    )
    keys = epoch.readers.items()
    db.store(CaseKey, *({**place, "reader": one, "sealed_key": key} for one, key in keys))


def _new_reference(slug: str) -> str:
    letters = "".join(one for one in slug.upper() if one.isalpha())[:3]
    return f"{letters}-{''.join(secrets.choice(ALPHABET) for _ in range(10))}"
