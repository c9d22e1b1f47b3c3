"""Attachments: begun, filled chunk by chunk, hung on a message or note, and read.

The rows are in the database, the chunks in the vault (`api/vault.py`), which knows itself what
it has: a chunk costs no row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from api import vault
from api.config import Config
from api.models.attachment import Attachment, VaultLeftover
from api.models.base import Database, Work
from api.models.case import Case, CaseEpoch
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import audit, organisations
from api.rules.unlocking import check_open, lock
from shared.errors import Conflict, Invalid, NotFound
from shared.sealing import epochs
from shared.sealing.encoding import REPORTER, sha256
from shared.sealing.envelope import addressed_to, key_id
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import Kind, handler
from shared.sealing.stream import SEALED_CHUNK, chunk_count


def author_of(me: UUID) -> str:
    """How this one is named as an author: `reporter` or `handler:<id>`."""
    return BY_REPORTER if me == REPORTER else handler(me)


# --- beginning ----------------------------------------------------------------------------


def begin(db: Work, case: Case, me: UUID, body: Mapping[str, Any]) -> tuple[Attachment, bool]:
    """The row of an attachment, and true if it was begun before.

    Raises `Conflict`, `EpochChanged`, `Invalid` (a count that none has, or no room in the case),
    `NotAllowed` for a withdrawn case, `NotFound` for one that is gone, `WrongKey` or `Damaged`.
    """
    lock(db, case, me)
    envelope, chunks = body["sealed"]["envelope"], body["chunks"]
    stored = db.get(Attachment, (case.id, body["id"]))
    if stored is not None:
        same = (author_of(me), sha256(envelope), chunks)
        if (stored.author, stored.envelope_hash, stored.chunks) != same:
            raise Conflict
        return stored, True
    check_open(case)
    organisation = db.get_one(Organisation, case.organisation_id)
    kind = _kind(db, case.id, me, envelope)
    _check_room(db, organisation, case.id, me, chunks)
    # The id was used before and is used again: its chunks are no longer left over.
    db.execute(
        delete(VaultLeftover).where(
            VaultLeftover.case_id == case.id, VaultLeftover.attachment_id == body["id"]
        )
    )
    row = Attachment(
        case_id=case.id,
        id=body["id"],
        author=author_of(me),
        kind=kind,
        envelope=envelope,
        envelope_hash=sha256(envelope),
        chunks=chunks,
        whole=False,
        created_on=organisations.today(db, organisation),
        message_id=None,
    )
    db.add(row)
    db.flush()
    if me != REPORTER:
        audit.record(db, organisation, me, "attachment_added", case.id, attachment=str(row.id))
    return row, False


def _kind(db: Work, case_id: UUID, me: UUID, envelope: bytes) -> Kind:
    """What an envelope is sealed for: the newest key of the messages, or of the notes."""
    found = db.execute(
        select(CaseEpoch.purpose, CaseEpoch.case_key)
        .where(CaseEpoch.case_id == case_id)
        .order_by(CaseEpoch.epoch)
    ).all()
    keys = {purpose: [key for of, key in found if of == purpose] for purpose, _ in found}
    notes = keys.get(epochs.NOTES, [])
    if me != REPORTER and addressed_to(envelope) in {key_id(one) for one in notes}:
        epochs.check_current(notes, envelope)
        return "note"
    epochs.check_current(keys[epochs.MESSAGES], envelope)
    return "message"


def _check_room(
    db: Work, organisation: Organisation, case_id: UUID, me: UUID, chunks: int
) -> None:
    """A count is one that sizes are rounded up to, and within both limits. Raises `Invalid`.

    The reporter and the handlers have room apart: no handler can take the reporter's, or learn
    from it when something came that was not released.
    """
    limits = organisations.settings(organisation)
    if chunk_count((chunks - 1) * (SEALED_CHUNK - 16) + 1) != chunks:
        raise Invalid(errors={"chunks": ["No size is rounded up to this count of chunks."]})
    most = limits["attachment_bytes"]
    if not most or chunks > chunk_count(most):
        raise Invalid(errors={"chunks": ["This attachment is larger than is taken here."]})
    mine = Attachment.author == BY_REPORTER
    taken = db.scalar(
        select(func.coalesce(func.sum(Attachment.chunks), 0)).where(
            Attachment.case_id == case_id, mine if me == REPORTER else ~mine
        )
    )
    if (taken or 0) + chunks > chunk_count(limits["case_bytes"]):
        raise Invalid(errors={"chunks": ["This case has no room for more attachments."]})


# --- chunks -------------------------------------------------------------------------------


def store_chunk(
    database: Database, case_id: UUID, me: UUID, attachment_id: UUID, number: int, chunk: bytes
) -> None:
    """Stores a chunk durably; the same again is no fault. Only the author may.

    Raises `NotFound`, `Conflict` for other bytes, `NoRoom` or `Unavailable`.
    """
    with database.read() as db:
        chunks = own_chunks(db, case_id, me, attachment_id)
    if number >= chunks:
        raise NotFound
    vault.of(database.config).put(case_id, attachment_id, number, chunk)


def own_chunks(db: Work, case_id: UUID, me: UUID, attachment_id: UUID) -> int:
    """How many chunks an attachment of this author's has. Raises `NotFound`."""
    found = db.scalar(
        select(Attachment.chunks).where(
            Attachment.case_id == case_id,
            Attachment.id == attachment_id,
            Attachment.author == author_of(me),
        )
    )
    if found is None:
        raise NotFound
    return found


def chunk(config: Config, found: Attachment, number: int) -> bytes:
    """One sealed chunk. Raises `NotFound` if it is not there."""
    if number >= found.chunks:
        raise NotFound
    return vault.of(config).get(found.case_id, found.id, number)


def chunks_of(config: Config, found: Attachment) -> Iterator[bytes]:
    """The sealed chunks of an attachment, in order. Raises `NotFound` for a missing one."""
    return (chunk(config, found, number) for number in range(found.chunks))


def have(config: Config, found: Attachment) -> set[int]:
    """The numbers of the chunks that are stored."""
    stored = vault.of(config).have(found.case_id, found.id)
    return {one for one in stored if one < found.chunks}


def look(database: Database, found: Attachment) -> set[int]:
    """The numbers of the chunks that are stored; that all are is noted the first time."""
    stored = have(database.config, found)
    if not found.whole and len(stored) == found.chunks:
        database.write(lambda db: mark_whole(db, found.case_id, [found.id]))
    return stored


def note_whole(database: Database, case_id: UUID, ids: Collection[UUID]) -> None:
    """Notes those of which all chunks are there: before a message names them.

    Outside the transaction that stores the message, since a vault may be far away.
    """
    if not ids:
        return
    with database.read() as db:
        found = db.scalars(
            select(Attachment).where(
                Attachment.case_id == case_id,
                Attachment.id.in_(ids),
                Attachment.whole.is_(False),
            )
        ).all()
    whole = [one.id for one in found if len(have(database.config, one)) == one.chunks]
    if whole:
        database.write(lambda db: mark_whole(db, case_id, whole))


def mark_whole(db: Work, case_id: UUID, ids: Collection[UUID]) -> None:
    """Notes that all chunks of these are in the vault."""
    db.execute(
        update(Attachment)
        .where(Attachment.case_id == case_id, Attachment.id.in_(ids))
        .values(whole=True)
    )


# --- reading --------------------------------------------------------------------------------


def readable_by(db: Work, case: Case, me: UUID, attachment_id: UUID) -> Attachment:
    """An attachment of a case that this one reads: their own, or one that they were shown.

    The reporter sees what hangs on messages; handlers what hangs on released ones, and on notes.
    Raises `NotFound`.
    """
    shown: ColumnElement[bool] = Attachment.message_id.is_not(None)
    if me == REPORTER:
        shown = and_(shown, Attachment.kind == "message")
    else:
        released = select(Message.id).where(
            Message.case_id == case.id, Message.desk_number.is_not(None)
        )
        shown = and_(shown, or_(Attachment.kind == "note", Attachment.message_id.in_(released)))
    found = db.scalar(
        select(Attachment).where(
            Attachment.case_id == case.id,
            Attachment.id == attachment_id,
            or_(Attachment.author == author_of(me), shown),
        )
    )
    if found is None:
        raise NotFound
    return found


def note_opening(database: Database, me: UUID, found: Attachment) -> None:
    """Notes in the audit that a handler opened what another had attached."""
    if me != REPORTER and found.author != author_of(me):
        database.write(lambda db: _record_opening(db, me, found))


def _record_opening(db: Work, me: UUID, found: Attachment) -> None:
    case = db.get(Case, found.case_id)
    if case is None:
        raise NotFound
    organisation = db.get_one(Organisation, case.organisation_id)
    named = str(found.id)
    audit.record(db, organisation, me, "attachment_opened", case.id, attachment=named)
