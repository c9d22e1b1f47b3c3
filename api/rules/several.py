"""Several files at once, from a page: all are cleaned, sealed and stored, or none is.

A page asks about them once they are stored: they hang on nothing until a message names them.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from api.models.attachment import Attachment
from api.models.base import Database, Work
from api.rules import attachments, leftovers, locking, uploading, viewing
from api.rules.uploading import Given, Ready
from shared.errors import Refused, SealingError, TooLarge, Unavailable, WrenError
from shared.sealing import case as sealing
from shared.sealing.keyring import Keyring
from shared.sealing.message import Kind

MOST_READY = 128 * 1024 * 1024
"""The most bytes of one form's files once they are cleaned: all of them are in memory then."""

WAIT = 30.0
"""Seconds that a form waits for others. Two at once are made ready by one process."""

_ROOM = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is stored, sealed. Of one that is not `cleaned` its sender has to be asked."""

    id: UUID
    name: str = field(repr=False)
    size: int
    cleaned: bool
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A file that is not taken: its name, and what can be done instead."""

    name: str = field(repr=False)
    why: str


def store(
    database: Database,
    case_id: UUID,
    me: UUID,
    keyring: Keyring,
    kind: Kind,
    form: str,
    files: Sequence[Given],
) -> tuple[list[Kept], list[Unfit]]:
    """Stores the files of a form, or says which of them are not taken: then none is stored.

    `form` is the id of the form: the same file of the same form is stored once. Raises what
    `uploading.keep` raises, `TooLarge` for too much together, and `Unavailable` where others take
    too long; also then nothing new is left.
    """
    if not _ROOM.acquire(timeout=WAIT):
        raise Unavailable
    try:
        return _store(database, case_id, me, keyring, kind, form, files)
    finally:
        _ROOM.release()


def _store(
    database: Database,
    case_id: UUID,
    me: UUID,
    keyring: Keyring,
    kind: Kind,
    form: str,
    files: Sequence[Given],
) -> tuple[list[Kept], list[Unfit]]:
    settings = uploading.settings(database, case_id)
    ready, unfit = dict[UUID, Ready](), list[Unfit]()
    with ExitStack() as all_of_them:
        for one in files:
            attachment_id = _id_of(database, case_id, me, form, one)
            try:
                made = uploading.make_ready(one, settings)
            except (Refused, TooLarge) as error:
                unfit.append(Unfit(viewing.plain_name(one.name), error.detail))
                continue
            ready[attachment_id] = all_of_them.enter_context(closing(made))
            if sum(one.size for one in ready.values()) > min(settings["case_bytes"], MOST_READY):
                raise TooLarge
        if not unfit:
            _keep(database, case_id, me, keyring, kind, ready)
    kept = [
        Kept(one, made.name, made.size, made.cleaned, made.kind.media_type)
        for one, made in ready.items()
    ]
    return ([] if unfit else kept), unfit


def _keep(
    database: Database,
    case_id: UUID,
    me: UUID,
    keyring: Keyring,
    kind: Kind,
    ready: Mapping[UUID, Ready],
) -> None:
    """Stores all that are not there yet. If one can't be, those before it are let go again."""
    author, new = attachments.author_of(me), list[UUID]()
    try:
        for attachment_id, made in ready.items():
            if not _is_there(database, case_id, me, attachment_id):
                new.append(attachment_id)
                body = {"id": attachment_id, "kind": kind}
                uploading.keep(database, case_id, me, keyring, body, made)
    except WrenError:
        database.write(lambda db: leftovers.let_go(db, case_id, author, new))
        raise


def _id_of(database: Database, case_id: UUID, me: UUID, form: str, given: Given) -> UUID:
    """An id that this file of this form always gets, and that tells nobody what is in it.

    Under another key while the secret changes: then the one that is stored.
    """
    given.file.seek(0)
    digest = hashlib.file_digest(given.file, "sha256").digest()  # type: ignore[arg-type]
    given.file.seek(0)
    of = case_id.bytes + digest + form.encode()
    keys = locking.keys(database.config, "wren/v1/file-of-form")
    ids = [UUID(bytes=hmac.digest(one, of, "sha256")[:16], version=4) for one in keys]
    return next((one for one in ids if _is_there(database, case_id, me, one)), ids[0])


def _is_there(database: Database, case_id: UUID, me: UUID, attachment_id: UUID) -> bool:
    with database.read() as db:
        found = db.get(Attachment, (case_id, attachment_id))
        return found is not None and found.whole and found.author == attachments.author_of(me)


def own(
    db: Work,
    case_id: UUID,
    me: UUID,
    opened: sealing.Case,
    kind: Kind,
    ids: Collection[UUID],
    message_id: UUID | None = None,
) -> list[Kept]:
    """Those of one's own among these that hang on nothing yet, or on this very message.

    In the order of the ids; whether they were cleaned is not known here.
    """
    hangs: ColumnElement[bool] = Attachment.message_id.is_(None)
    if message_id is not None:
        hangs = or_(hangs, Attachment.message_id == message_id)
    rows = db.scalars(
        select(Attachment).where(
            Attachment.case_id == case_id,
            Attachment.id.in_(ids),
            Attachment.author == attachments.author_of(me),
            Attachment.kind == kind,
            Attachment.whole.is_(True),
            hangs,
        )
    )
    found = dict[UUID, Kept]()
    for row in rows:
        try:
            named = opened.attached(row.id, row.envelope)
            told = opened.open_attachment(kind, named, row.envelope)
        except SealingError:
            continue
        found[row.id] = Kept(row.id, viewing.plain_name(told.name), told.size, True, told.type)
    return [found[one] for one in ids if one in found]
