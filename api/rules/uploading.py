"""Attachments in the readable form: looked at, cleaned, sealed, and opened again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast
from uuid import UUID

from api import vault
from api.models.attachment import Attachment
from api.models.base import Database, Work
from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import attachments, cleaning, notes, organisations, workshop
from api.rules.messages import SEALS
from api.rules.unlocking import unlock
from shared import filetypes
from shared.errors import Conflict, NotAllowed, NotCleaned, Refused, TooLarge
from shared.filetypes import FileType
from shared.schemas.base import Sentence
from shared.sealing import case as sealing
from shared.sealing import stream
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring
from shared.sealing.message import Kind
from shared.sealing.stream import Description

_ENDING = re.compile("[A-Za-z0-9]{1,5}")

_PIECE = 64 * 1024
_LARGE = Sentence("A file may have up to {most} MB here. Make it smaller, or send a part of it.")
_NOT_HERE = "Files of this kind are not taken here. Send what it shows as a picture or a text."
_BY_HAND = (
    "It could not be cleaned. With original=true you get it as it came: it may say who made it, "
    "and it may be harmful."
)
_ASK = "Send true in this field, if the file may go as it is."


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it came: the name that its sender gave, and its content, which can be sought."""

    name: str = field(repr=False)
    file: BinaryIO = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that can be stored: its name, what it is, its content, and its size and hash."""

    name: str = field(repr=False)
    kind: FileType
    file: BinaryIO = field(repr=False)
    cleaned: bool
    size: int
    sha256: bytes = field(repr=False)

    def close(self) -> None:
        """Lets go of the content."""
        self.file.close()


@dataclass(frozen=True, slots=True)
class Opened:
    """An attachment to be read: its name, media type, size, and its bytes piece by piece."""

    name: str = field(repr=False)
    media_type: str
    size: int
    pieces: Iterator[bytes] = field(repr=False)


def most(db: Work, case: Case) -> int:
    """How many bytes an attachment of this case may have."""
    organisation = db.get_one(Organisation, case.organisation_id)
    return int(organisations.settings(organisation)["attachment_bytes"])


def store(
    database: Database, case_id: UUID, me: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Cleans, seals and stores a file: `id`, `chunks` and `have`; true for a repeat.

    Raises `NotAllowed` for a session that seals by itself, `Refused`, `NotCleaned` unless
    `uncleaned`, `TooLarge`, `Conflict`, and what `attachments.begin` raises.
    """
    if keyring is None:
        raise NotAllowed(SEALS)
    if me == REPORTER and body["kind"] == "note":
        raise NotAllowed
    with closing(make_ready(body["file"], settings(database, case_id))) as ready:
        if not ready.cleaned and not body["uncleaned"]:
            raise NotCleaned(errors={"uncleaned": [_ASK]})
        begun, repeated = keep(database, case_id, me, keyring, body, ready)
    return {"id": begun.id, "chunks": begun.chunks, "have": list(range(begun.chunks))}, repeated


def settings(database: Database, case_id: UUID) -> dict[str, Any]:
    """The settings of a case's organisation, as `make_ready` asks for them."""
    with database.read() as db:
        case = db.get_one(Case, case_id)
        return dict(organisations.settings(db.get_one(Organisation, case.organisation_id)))


def keep(
    database: Database,
    case_id: UUID,
    me: UUID,
    keyring: Keyring,
    body: Mapping[str, Any],
    ready: Ready,
) -> tuple[Attachment, bool]:
    """Seals and stores what `make_ready` gave, under the `id` and for the `kind` of `body`.

    The row, and true for a repeat. Raises `Conflict`, and what `attachments.begin` raises.
    """
    new = stream.new_key()
    begun, repeated, key = database.write(
        lambda db: _begin(db, case_id, me, keyring, body, ready, new)
    )
    if not begun.whole:
        sealed = stream.encrypt(ready.file, ready.size, key)
        vault.of(database.config).fill(case_id, begun.id, sealed)
        database.write(lambda db: attachments.mark_whole(db, case_id, [begun.id]))
    return begun, repeated


def make_ready(given: Given, settings: Mapping[str, Any]) -> Ready:
    """What a file is, cleaned where that can be done; its name without tricks. Close it after.

    Raises `Refused` or `TooLarge`, each naming the field `file`.
    """
    with ExitStack() as unless:
        try:
            kind = filetypes.kind_of(given.file, given.name)
            if kind.group not in settings["attachment_types"]:
                raise Refused(_NOT_HERE)
            _check_size(given.file, settings)
            cleaned = cleaning.clean(given.file, kind)
            unless.callback(cleaned.file.close)
            size = _check_size(cleaned.file, settings)
        except (Refused, TooLarge) as error:
            raise type(error)(error.detail, errors={"file": [error.detail]}) from None
        digest = hashlib.file_digest(cleaned.file, "sha256").digest()  # type: ignore[arg-type]
        cleaned.file.seek(0)
        unless.pop_all()
    name = filetypes.clean_name(given.name, cleaned.kind)
    return Ready(name, cleaned.kind, cleaned.file, cleaned.cleaned, size, digest)


def _check_size(file: BinaryIO, settings: Mapping[str, Any]) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    if size > settings["attachment_bytes"]:
        raise TooLarge(_LARGE.format(most=settings["attachment_bytes"] // 1_000_000))
    return size


def _begin(
    db: Work,
    case_id: UUID,
    me: UUID,
    keyring: Keyring,
    body: Mapping[str, Any],
    ready: Ready,
    key: bytes,
) -> tuple[Attachment, bool, bytes]:
    """The row, whether it was there before, and the key of its stream."""
    case = db.get_one(Case, case_id)
    kind = cast(Kind, body["kind"])
    unlocked = _unlocked(db, case, me, keyring, kind)
    before = db.get(Attachment, (case_id, body["id"]))
    if before is not None:
        return before, True, _same(unlocked, before, me, kind, ready)
    told = Description(key, ready.name, ready.kind.media_type, ready.size, ready.sha256)
    envelope = unlocked.seal_attachment(kind, body["id"], told)
    sealed = {"envelope": envelope}
    wanted = {"id": body["id"], "sealed": sealed, "chunks": stream.chunk_count(ready.size)}
    row, repeated = attachments.begin(db, case, me, wanted)
    return row, repeated, key


def _same(unlocked: sealing.Case, before: Attachment, me: UUID, kind: Kind, ready: Ready) -> bytes:
    """The key of an attachment that was stored from the same file. Raises `Conflict`."""
    if (before.author, before.kind) != (attachments.author_of(me), kind):
        raise Conflict
    told = _described(unlocked, before)
    if (told.name, told.sha256) != (ready.name, ready.sha256):
        raise Conflict
    return told.key


def _described(unlocked: sealing.Case, found: Attachment) -> Description:
    named = unlocked.attached(found.id, found.envelope)
    return unlocked.open_attachment(cast(Kind, found.kind), named, found.envelope)


def _unlocked(db: Work, case: Case, me: UUID, keyring: Keyring, kind: Kind) -> sealing.Case:
    organisation = db.get_one(Organisation, case.organisation_id)
    if kind == "note":
        return notes.unlock_for_notes(db, organisation, case, me, keyring)
    return unlock(db, organisation, case, me, keyring)


# --- reading --------------------------------------------------------------------------------


def fetch(
    database: Database,
    case_id: UUID,
    me: UUID,
    keyring: Keyring | None,
    attachment_id: UUID,
    *,
    original: bool = False,
) -> Opened:
    """An attachment as this one gets it: the reporter the exact bytes, a handler cleaned ones.

    A handler's opening of another's is in the audit before anything is read. With `original` a
    handler gets the exact bytes too. Raises `NotFound`, `NotAllowed` for a session that opens
    nothing, `NotCleaned`, and what opening it raises.
    """
    if keyring is None:
        raise NotAllowed("This session opens by itself: fetch state and chunks.")
    with database.read() as db:
        case = db.get_one(Case, case_id)
        found = attachments.readable_by(db, case, me, attachment_id)
        organisation = db.get_one(Organisation, case.organisation_id)
        told = _described(unlock(db, organisation, case, me, keyring), found)
    attachments.note_opening(database, me, found)
    exact = stream.decrypt(attachments.chunks_of(database.config, found), told)
    if me == REPORTER or original:
        ending = told.name.rpartition(".")[2]
        kind = FileType(told.type, "text", ending if _ENDING.fullmatch(ending) else "bin")
        name = filetypes.clean_name(told.name, kind)
        return Opened(name, told.type, told.size, _begun(exact))
    return cleaned_copy(told.name, exact)


def cleaned_copy(name: str, exact: Iterable[bytes]) -> Opened:
    """A copy of an attachment that says no more than it shows. Raises `NotCleaned`."""
    with ExitStack() as unless:
        file = unless.enter_context(workshop.memory_file())
        for piece in exact:
            file.write(piece)
        try:
            kind = filetypes.kind_of(file, name)
            copy = cleaning.clean(file, kind)
        except Refused as error:
            raise NotCleaned(f"{error.detail} {_BY_HAND}") from None
        if not copy.cleaned:
            raise NotCleaned(_BY_HAND)
        if copy.file is file:
            unless.pop_all()
    size = copy.file.seek(0, 2)
    shown = filetypes.clean_name(name, copy.kind)
    return Opened(shown, copy.kind.media_type, size, _Pieces(copy.file))


class _Pieces(Iterator[bytes]):
    """What is in a file, piece by piece; it is closed with its end, or by who stops before."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)

    def __next__(self) -> bytes:
        piece = b"" if self._file.closed else self._file.read(_PIECE)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        self._file.close()


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same, its first piece read now: what can't be opened is told before an answer begins."""
    first = next(pieces, b"")

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()
