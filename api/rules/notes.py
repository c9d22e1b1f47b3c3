"""Private notes and classifications: sealed under the notes key, for the case's handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.models.base import Work
from api.models.case import Case
from api.models.note import Note
from api.models.organisation import Organisation
from api.rules import audit, hanging, messages, opening, organisations
from api.rules.messages import SEALS, Opener, next_seq
from api.rules.unlocking import check_open, lock, unlock
from shared.errors import (
    BadSignature,
    BrokenChain,
    Conflict,
    EpochChanged,
    Invalid,
    NotAllowed,
    SealingError,
)
from shared.sealing import case as sealing
from shared.sealing import epochs
from shared.sealing.encoding import sha256
from shared.sealing.keyring import Keyring
from shared.sealing.message import MOST_AFTER, Attached, Message, as_content, handler

NOTE, CLASSIFICATION = "note", "classification"


def unlock_for_notes(
    db: Work, organisation: Organisation, case: Case, me: UUID, keyring: Keyring
) -> sealing.Case:
    """The case unlocked, with a notes epoch for just its handlers: made now if there is none.

    Raises `BrokenChain` while it is for another handler to make it.
    """
    unlocked = unlock(db, organisation, case, me, keyring)
    chain, newest = unlocked.records[epochs.NOTES], unlocked.records[epochs.MESSAGES][-1]
    if chain and epochs.notes_allowed(chain[-1], newest):
        return unlocked
    opening.store_epoch(db, case.id, unlocked.grant_notes())
    return unlock(db, organisation, case, me, keyring)


def post(
    db: Work,
    case: Case,
    me: UUID,
    keyring: Keyring | None,
    body: Mapping[str, Any],
    kind: str = NOTE,
    act: str = "note_written",
) -> tuple[dict[str, Any], bool]:
    """Stores a note or classification. Returns `number`, and true for a repeat.

    Raises `Conflict`, `EpochChanged` (make the next notes epoch first), `NotAllowed`, or the
    sealing error that was found.
    """
    organisation = db.get_one(Organisation, case.organisation_id)
    lock(db, case, me)
    if "content" in body and keyring is None:
        raise NotAllowed(SEALS)
    stored = db.get(Note, (case.id, body["id"]))
    if stored is not None:
        if not _same(db, organisation, case, me, keyring, stored, body, kind):
            raise Conflict
        return {"number": stored.number}, True
    check_open(case)
    today = organisations.today(db, organisation)
    hung = hanging.to_hang(db, case, me, "note", body)
    if keyring is not None and "content" in body:
        envelope = _seal(db, organisation, case, me, keyring, body, kind, hung)
    else:
        envelope = body["sealed"]["envelope"]
        _check_epoch(db, case, envelope)
    highest = db.scalar(select(func.max(Note.number)).where(Note.case_id == case.id))
    row = {
        "case_id": case.id,
        "id": body["id"],
        "number": (highest or 0) + 1,
        "kind": kind,
        "author": handler(me),
        "day": today,
        "envelope": envelope,
        "envelope_hash": sha256(envelope),
    }
    db.store(Note, row)
    hanging.hang(db, case.id, body["id"], hung)
    audit.record(db, organisation, me, act, case.id)
    return {"number": row["number"]}, False


def _seal(
    db: Work,
    organisation: Organisation,
    case: Case,
    me: UUID,
    keyring: Keyring,
    body: Mapping[str, Any],
    kind: str,
    hung: Sequence[Attached],
) -> bytes:
    try:
        unlocked = unlock_for_notes(db, organisation, case, me, keyring)
    except BrokenChain:
        raise EpochChanged(
            "The readers of this case changed. One of those who read its notes before has to "
            "write the next note; then you can."
        ) from None
    newest = (
        select(Note.envelope_hash)
        .where(Note.case_id == case.id)
        .order_by(Note.number.desc())
        .limit(1)
    )
    message = Message(
        author=unlocked.author(),
        day=organisations.today(db, organisation),
        seq=next_seq(db, unlocked, "note", Note),
        type=kind,
        body=_text(body),
        after=tuple(db.scalars(newest))[:MOST_AFTER],
        attachments=tuple(hung),
    )
    return unlocked.write("note", body["id"], message)


def _check_epoch(db: Work, case: Case, envelope: bytes) -> None:
    """A sealed note is for the newest notes epoch, and that for the case's present handlers."""
    messages.check_epoch(db, case.id, envelope, epochs.NOTES)
    newest = {
        one: messages.newest_record(db, case.id, one) for one in (epochs.MESSAGES, epochs.NOTES)
    }
    if not epochs.notes_allowed(newest[epochs.NOTES], newest[epochs.MESSAGES]):
        raise EpochChanged


def _same(
    db: Work,
    organisation: Organisation,
    case: Case,
    me: UUID,
    keyring: Keyring | None,
    stored: Note,
    body: Mapping[str, Any],
    kind: str,
) -> bool:
    if (stored.author, stored.kind) != (handler(me), kind):
        return False
    repeats = hanging.repeats(db, case, stored, body, opens=keyring is not None)
    if repeats is not None or keyring is None:
        return bool(repeats)
    try:
        unlocked = unlock(db, organisation, case, me, keyring)
        found = unlocked.read("note", stored.id, stored.envelope)
    except SealingError:
        return False
    named = [one.id for one in found.attachments]
    return named == hanging.named(body) and bool(found.body == _text(body))


def _text(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed of `content`: what hangs on it stands beside, with its hash."""
    return {name: one for name, one in body["content"].items() if name != "attachments"}


def show(stored: Note, opener: Opener) -> dict[str, Any]:
    """A note as its reader gets it: sealed, and open where the session may.

    What is open has `attached` too: what hangs on it, as signed.
    """
    shown: dict[str, Any] = {
        "id": stored.id,
        "number": stored.number,
        "kind": stored.kind,
        "author": stored.author,
        "day": stored.day,
        "sealed": {"envelope": stored.envelope},
    }
    if opener is None:
        return shown
    try:
        if isinstance(opener, SealingError):
            raise opener
        found = opener.read("note", stored.id, stored.envelope)
        if (found.author, found.type) != (stored.author, stored.kind):
            raise BadSignature
    except SealingError as error:
        return shown | {"problem": {"code": error.code, "detail": error.detail}}
    return shown | {"content": as_content(found), "attached": found.attachments}


def latest(db: Work, case_id: UUID, limit: int) -> list[Note]:
    """The newest private notes, newest first, without classifications."""
    found = select(Note).where(Note.case_id == case_id, Note.kind == NOTE)
    return list(db.scalars(found.order_by(Note.number.desc()).limit(limit)))


def page(
    db: Work, case: Case, me: UUID, keyring: Keyring | None, query: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of the notes and classifications, oldest first. Raises `Invalid`."""
    after = query["after"] or "0"
    if not (after.isascii() and after.isdigit() and len(after) <= 9):
        raise Invalid(errors={"after": ["Use the next of the page before."]})
    rows = db.scalars(
        select(Note)
        .where(Note.case_id == case.id, Note.number > int(after))
        .order_by(Note.number)
        .limit(query["limit"] + 1)
    ).all()
    organisation = db.get_one(Organisation, case.organisation_id)
    opener = messages.opener(db, organisation, case, me, keyring)
    items = [show(one, opener) for one in rows[: query["limit"]]]
    return {"items": items, "next": str(items[-1]["number"]) if len(rows) > len(items) else None}
