"""Attachments that hang on a message or note: which may, and which do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from api.models.attachment import Attachment
from api.models.base import Database, Work
from api.models.case import Case
from api.models.message import Message
from api.models.note import Note
from api.rules.attachments import author_of, note_whole
from shared.errors import Invalid, Unfinished
from shared.sealing.encoding import sha256
from shared.sealing.message import Attached, Kind

UNKNOWN = "There is no such attachment of yours that hangs on nothing yet."


def named(body: Mapping[str, Any]) -> list[UUID]:
    """The attachments that a message or note names, in either form, in their order."""
    found = body["content"].get("attachments", ()) if "content" in body else None
    return list(body.get("attachments", ()) if found is None else found)


def look(database: Database, find: Callable[[Work], Case], body: Mapping[str, Any]) -> None:
    """Before a message or note is stored: which of its attachments are whole by now is noted.

    Outside the transaction that stores it, since a vault may be far away. Raises what `find`
    raises, and `Unavailable`.
    """
    ids = named(body)
    if not ids:
        return
    with database.read() as db:
        case_id = find(db).id
    note_whole(database, case_id, ids)


def to_hang(db: Work, case: Case, me: UUID, kind: Kind, body: Mapping[str, Any]) -> list[Attached]:
    """How a new message or note names its attachments, in their order.

    Raises `Unfinished`, or `Invalid` for one that is unknown, another's, sealed for the other
    kind, or hangs on something already.
    """
    ids = named(body)
    if not ids:
        return []
    rows = db.scalars(
        select(Attachment)
        .where(
            Attachment.case_id == case.id,
            Attachment.id.in_(ids),
            Attachment.author == author_of(me),
            Attachment.kind == kind,
            Attachment.message_id.is_(None),
        )
        .with_for_update()  # what is left over is swept by others meanwhile
    )
    found = {one.id: one for one in rows}
    if len(found) != len(ids):
        faults: dict[str, object] = {"attachments": [UNKNOWN]}
        raise Invalid(errors={"content": faults} if "content" in body else faults)
    if not all(one.whole for one in found.values()):
        raise Unfinished
    return [Attached(one, found[one].envelope_hash) for one in ids]


def hang(db: Work, case_id: UUID, message_id: UUID, hung: Sequence[Attached]) -> None:
    """Hangs attachments that `to_hang` found on a stored message or note."""
    if hung:
        db.execute(
            update(Attachment)
            .where(Attachment.case_id == case_id, Attachment.id.in_([one.id for one in hung]))
            .values(message_id=message_id)
        )


def hung_on(db: Work, case_id: UUID, message_id: UUID) -> set[UUID]:
    """The ids of what hangs on a message or note."""
    found = select(Attachment.id).where(
        Attachment.case_id == case_id, Attachment.message_id == message_id
    )
    return set(db.scalars(found))


def repeats(
    db: Work, case: Case, stored: Message | Note, body: Mapping[str, Any], *, opens: bool
) -> bool | None:
    """Whether a body repeats what is stored, as far as that shows without opening it.

    None: what it says has to be compared.
    """
    if hung_on(db, case.id, stored.id) != set(named(body)):
        return False
    if "sealed" in body:
        return stored.envelope_hash == sha256(body["sealed"]["envelope"])
    return None if opens else False
