"""Messages of a case: stored once, shown to each reader, opened where the session may."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import flag_modified

from api.models.base import Work
from api.models.case import Case, CaseEpoch
from api.models.message import Message
from api.models.note import Note
from api.models.organisation import Organisation
from api.rules import audit, deadlines, events, hanging, organisations, releases
from api.rules.unlocking import check_open, lock, unlock
from shared.errors import (
    BadSignature,
    Conflict,
    Damaged,
    EpochChanged,
    Invalid,
    MissingEarlier,
    NotAllowed,
    SealingError,
)
from shared.sealing import case as sealing
from shared.sealing import epochs, receipt
from shared.sealing import message as sealed_message
from shared.sealing.encoding import REPORTER, sha256
from shared.sealing.keyring import Keyring
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import Attached, Thread, as_content, handler
from shared.sealing.receipt import Receipt

SEALS = "This session seals by itself: send sealed instead of content."

Opener = sealing.Case | SealingError | None
"""An unlocked case; why it could not be unlocked; or None: the session may not open."""


_PASSED_OVER = 16


@dataclass(frozen=True, slots=True)
class New:
    """A message to be stored."""

    case_id: UUID
    id: UUID
    number: int
    author: str
    envelope: bytes = field(repr=False)
    day: date
    is_answer: bool = False


def store(
    db: Work,
    organisation: Organisation,
    new: New,
    *,
    desk_number: int | None,
    visible_from: int | None,
) -> Receipt:
    """Stores a message and returns the receipt for it."""
    key = organisations.receipt_key(db, organisation)
    given = receipt.issue(key, new.case_id, new.id, new.envelope, organisation.slug, new.day)
    db.store(
        Message,
        {
            "case_id": new.case_id,
            "id": new.id,
            "number": new.number,
            "desk_number": desk_number,
            "author": new.author,
            "day": new.day,
            "envelope": new.envelope,
            "envelope_hash": sha256(new.envelope),
            "receipt_key_id": given.key_id,
            "receipt_signature": given.signature,
            "visible_from": visible_from,
            "is_answer": new.is_answer,
        },
    )
    return given


def receipt_of(stored: Message) -> Receipt:
    """The receipt that was given for a stored message."""
    return Receipt(stored.receipt_key_id, stored.day, stored.receipt_signature)


def opener(
    db: Work, organisation: Organisation, case: Case, me: UUID, keyring: Keyring | None
) -> Opener:
    """The case unlocked for this reader, or why not."""
    if keyring is None:
        return None
    try:
        return unlock(db, organisation, case, me, keyring)
    except SealingError as error:
        return error


def show(
    stored: Sequence[Message], case: Opener, me: UUID, thread: Thread
) -> list[dict[str, Any]]:
    """Messages as one reader gets them: always sealed, and open where that was asked for.

    What is open has `attached` too: what hangs on it, as signed.
    """
    return [_show(one, case, me, thread) for one in stored]


def _show(one: Message, case: Opener, me: UUID, thread: Thread) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": one.id,
        "number": one.number if me == REPORTER else one.desk_number,
        "author": one.author,
        "day": one.day,
        "sealed": {"envelope": one.envelope},
    }
    if case is None:
        return shown
    try:
        if isinstance(case, SealingError):
            raise case
        found = case.read("message", one.id, one.envelope)
        if found.author != one.author:
            raise BadSignature
    except SealingError as error:
        thread.add_unread(one.envelope)
        return shown | {"problem": {"code": error.code, "detail": error.detail}}
    shown |= {"content": as_content(found), "attached": found.attachments}
    if thread.add(found, one.envelope):
        shown["problem"] = {"code": MissingEarlier.code, "detail": MissingEarlier.default}
    return shown


def whole(db: Work, case: Case, me: UUID, opened: Opener) -> list[dict[str, Any]]:
    """The whole thread as a handler gets it: what was released, oldest first."""
    rows = db.scalars(
        select(Message)
        .where(Message.case_id == case.id, Message.desk_number.is_not(None))
        .order_by(Message.desk_number)
    ).all()
    return show(rows, opened, me, Thread())


def page(
    db: Work, case: Case, me: UUID, keyring: Keyring | None, query: Mapping[str, Any]
) -> dict[str, Any]:
    """A page of the thread in its reader's order. Raises `Invalid` for a bad cursor."""
    number = Message.number if me == REPORTER else Message.desk_number
    after = _cursor(query["after"])
    of_case = Message.case_id == case.id
    rows = db.scalars(
        select(Message).where(of_case, number > after).order_by(number).limit(query["limit"] + 1)
    ).all()
    items = rows[: query["limit"]]
    earlier = select(Message.envelope_hash).where(of_case, number <= after)
    thread = Thread(db.scalars(earlier) if keyring and after else ())
    organisation = db.get_one(Organisation, case.organisation_id)
    shown = show(items, opener(db, organisation, case, me, keyring), me, thread)
    return {"items": shown, "next": str(shown[-1]["number"]) if len(rows) > len(items) else None}


def _cursor(text: str | None) -> int:
    if text is None:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid(errors={"after": ["Use the next of the page before."]})
    return int(text)


@dataclass(frozen=True, slots=True)
class Typed:
    """What kind of message `content` becomes: its type, and the body that is signed.

    `act` is what the audit calls it when a handler sends it. `check` is asked for a new
    message only: a repeat is a repeat, whatever has changed since; so are the fields that
    `looked_up` names left out when a repeat is compared.
    """

    type: str
    body: Callable[[sealing.Case, Mapping[str, Any]], Mapping[str, Any]]
    act: str = "message_sent"
    check: Callable[[Mapping[str, Any]], None] = lambda _content: None
    looked_up: tuple[str, ...] = ()


def _text(_case: sealing.Case, content: Mapping[str, Any]) -> Mapping[str, Any]:
    said = [one | {"attachment": str(one["attachment"])} for one in content["evidence"]]
    return {"text": content["text"]} | ({"evidence": said} if said else {})


TEXT = Typed("text", _text)


def post(
    db: Work,
    case: Case,
    me: UUID,
    keyring: Keyring | None,
    body: Mapping[str, Any],
    typed: Typed = TEXT,
) -> tuple[dict[str, Any], bool]:
    """Stores a message. Returns `number` and `receipt`, and true for a repeat.

    Raises `Conflict`, `EpochChanged`, `NotAllowed` (`content` from a session that can't
    open, or a case that was withdrawn), or the sealing error that was found.
    """
    organisation = db.get_one(Organisation, case.organisation_id)
    lock(db, case, me)
    if "content" in body and keyring is None:
        raise NotAllowed(SEALS)
    author = BY_REPORTER if me == REPORTER else handler(me)
    stored = db.get(Message, (case.id, body["id"]))
    if stored is not None:
        if not _same(db, organisation, case, me, keyring, stored, body, typed):
            raise Conflict
        return _answer(stored, me), True
    if "content" in body:
        typed.check(body["content"])
    check_open(case)
    today = organisations.today(db, organisation)
    hung = hanging.to_hang(db, case, me, "message", body)
    if "content" in body and keyring is not None:
        unlocked = unlock(db, organisation, case, me, keyring)
        envelope = _seal(db, unlocked, body, today, typed, hung)
    else:
        envelope = body["sealed"]["envelope"]
        check_epoch(db, case.id, envelope)
    highest, shown = db.execute(
        select(func.max(Message.number), func.max(Message.desk_number)).where(
            Message.case_id == case.id
        )
    ).one()
    is_answer = typed.type == "consent"
    new = New(case.id, body["id"], highest + 1, author, envelope, today, is_answer)
    held = releases.next_release(organisation, db.utc) if me == REPORTER else None
    desk_number = (shown or 0) + 1 if held is None else None
    given = store(db, organisation, new, desk_number=desk_number, visible_from=held)
    hanging.hang(db, case.id, new.id, hung)
    if held is not None and body.get("urgent"):
        releases.show(db, case.id)
    elif held is None and me == REPORTER:
        deadlines.put_off(case, today)
        db.flush()
        events.tell(db, case, events.UPDATED)
    if me != REPORTER:
        audit.record(db, organisation, me, typed.act, case.id)
    return {"number": new.number if me == REPORTER else desk_number, "receipt": given}, False


def _answer(stored: Message, me: UUID) -> dict[str, Any]:
    number = stored.number if me == REPORTER else stored.desk_number
    return {"number": number, "receipt": receipt_of(stored)}


def _same(
    db: Work,
    organisation: Organisation,
    case: Case,
    me: UUID,
    keyring: Keyring | None,
    stored: Message,
    body: Mapping[str, Any],
    typed: Typed,
) -> bool:
    if stored.author != (BY_REPORTER if me == REPORTER else handler(me)):
        return False
    repeats = hanging.repeats(db, case, stored, body, opens=keyring is not None)
    if repeats is not None or keyring is None:
        return bool(repeats)
    unlocked = unlock(db, organisation, case, me, keyring)
    try:
        found = unlocked.read("message", stored.id, stored.envelope)
    except SealingError:
        return False
    if [one.id for one in found.attachments] != hanging.named(body):
        return False
    sent = typed.body(unlocked, body["content"])
    kept = (
        {name: value for name, value in one.items() if name not in typed.looked_up}
        for one in (found.body, sent)
    )
    return found.type == typed.type and next(kept) == next(kept)


def _seal(
    db: Work,
    case: sealing.Case,
    body: Mapping[str, Any],
    today: date,
    typed: Typed,
    hung: Sequence[Attached],
) -> bytes:
    message = sealed_message.Message(
        author=case.author(),
        day=today,
        seq=next_seq(db, case, "message", Message),
        type=typed.type,
        body=typed.body(case, body["content"]),
        after=_newest_of_each(db, case),
        attachments=tuple(hung),
    )
    return case.write("message", body["id"], message)


def next_seq(
    db: Work, case: sealing.Case, kind: sealed_message.Kind, table: type[Message] | type[Note]
) -> int:
    """One more than this author's newest says; it is sealed, so it has to be opened.

    What a faulty client sealed so that nobody can open it is passed over, a few times.
    """
    mine: Any = (
        select(table)
        .where(table.case_id == case.case_id, table.author == case.author())
        .order_by(table.number.desc())
        .limit(1)
    )
    newest: Any = db.scalar(mine)
    for _ in range(_PASSED_OVER):
        if newest is None:
            return 1
        try:
            return int(case.read(kind, newest.id, newest.envelope).seq) + 1
        except SealingError:
            newest = db.scalar(mine.where(table.number < newest.number))
    raise Damaged


def _newest_of_each(db: Work, case: sealing.Case) -> tuple[bytes, ...]:
    """The newest envelope of each author that this reader can see."""
    of_author = aliased(Message)
    highest = select(func.max(of_author.number)).where(
        of_author.case_id == Message.case_id, of_author.author == Message.author
    )
    found = select(Message.envelope_hash).where(Message.case_id == case.case_id)
    if case.me != REPORTER:
        highest = highest.where(of_author.desk_number.is_not(None))
    found = found.where(Message.number == highest.scalar_subquery())
    newest_first = db.scalars(
        found.order_by(Message.number.desc()).limit(sealed_message.MOST_AFTER)
    )
    return tuple(newest_first)


def newest_record(db: Work, case_id: UUID, purpose: int) -> epochs.Record:
    """The newest record of this purpose. Raises `EpochChanged` if there is none."""
    found = db.scalar(
        select(CaseEpoch.record)
        .where(CaseEpoch.case_id == case_id, CaseEpoch.purpose == purpose)
        .order_by(CaseEpoch.epoch.desc())
        .limit(1)
    )
    if found is None:
        raise EpochChanged
    return epochs.parse(found)


def check_epoch(db: Work, case_id: UUID, envelope: bytes, purpose: int = epochs.MESSAGES) -> None:
    """Returns if an envelope is sealed to the newest epoch. Raises as `check_current` does."""
    keys = select(CaseEpoch.case_key).where(
        CaseEpoch.case_id == case_id, CaseEpoch.purpose == purpose
    )
    epochs.check_current(db.scalars(keys.order_by(CaseEpoch.epoch)).all(), envelope)


def read_up_to(db: Work, case_id: UUID, number: int) -> int:
    """Notes how far the reporter has read; returns how many messages are left unread.

    It is written where nothing is new too: then the time that it takes tells nothing.
    """
    case = db.get_one(Case, case_id, with_for_update=True)
    of_case = Message.case_id == case_id
    highest = db.scalar(select(func.max(Message.number)).where(of_case)) or 0
    case.read_number = max(case.read_number, min(number, highest))
    flag_modified(case, "read_number")
    db.flush()
    unread = select(func.count()).where(
        of_case, Message.number > case.read_number, Message.author != BY_REPORTER
    )
    return db.scalar(unread) or 0


def held(db: Work, case_id: UUID) -> dict[UUID, int]:
    """The reporter's messages that wait: by id, from when on handlers see them (Unix seconds)."""
    rows = db.execute(
        select(Message.id, Message.visible_from).where(
            Message.case_id == case_id, Message.visible_from.is_not(None)
        )
    )
    return {one: at for one, at in rows if at is not None}
