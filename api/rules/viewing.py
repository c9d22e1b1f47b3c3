"""Attachments as people see them: what was signed of each, and whether its bytes are those.

The description of an attachment is sealed, but not signed: what was signed is its hash, in the
message or note that names it. So nothing is shown of one that nothing signed names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast
from uuid import UUID

from sqlalchemy import select

from api.config import Config
from api.models.attachment import Attachment
from api.models.base import Work
from api.models.case import Case
from api.models.message import Message
from api.models.note import Note
from api.rules import attachments, workshop
from api.rules.messages import Opener
from api.rules.uploading import Opened
from shared import evidence, filetypes
from shared.errors import Damaged, NotFound, Refused, SealingError, WrenError
from shared.evidence import Piece
from shared.filetypes import FileType
from shared.sealing import case as sealing
from shared.sealing import stream
from shared.sealing.message import Attached, Kind, as_content
from shared.sealing.stream import Description

_PIECE, _MOST_OF_NAME = 64 * 1024, 120
_UNKNOWN = FileType("application/octet-stream", "text", "bin")


@dataclass(frozen=True, slots=True)
class Shown:
    """An attachment in a thread. Without `told` it could not be opened; `problem` says why."""

    piece: Piece
    told: Description | None = field(default=None, repr=False)
    problem: WrenError | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An attachment with the message or note that names it, which its `author` signed."""

    row: Attachment
    shown: Shown
    author: str
    signed: Message | Note = field(repr=False)

    @property
    def told(self) -> Description:
        """Its description. Raises what is wrong with it."""
        if self.shown.told is None:
            raise self.shown.problem or Damaged()
        return self.shown.told


def of_items(
    db: Work, case_id: UUID, opener: Opener, kind: Kind, items: Iterable[Mapping[str, Any]]
) -> dict[UUID, list[Shown]]:
    """What hangs on each of these messages (or notes) as `show` gives them, by their ids.

    What a message only names, and what hangs on another, is not there: it may not be released.
    """
    named = {one["id"]: one for one in items if one.get("attached")}
    if not named or not isinstance(opener, sealing.Case):
        return {}
    wanted = [each.id for one in named.values() for each in one["attached"]]
    hung: dict[UUID | None, dict[UUID, bytes]] = {}
    for at in range(0, len(wanted), 500):
        found = select(Attachment.id, Attachment.envelope, Attachment.message_id).where(
            Attachment.case_id == case_id,
            Attachment.kind == kind,
            Attachment.id.in_(wanted[at : at + 500]),
        )
        for row in db.execute(found):
            hung.setdefault(row.message_id, {})[row.id] = row.envelope
    return {
        one: shown(opener, kind, item["content"], item["attached"], hung.get(one, {}))
        for one, item in named.items()
    }


def shown(
    opened: sealing.Case,
    kind: Kind,
    content: Mapping[str, Any],
    attached: Iterable[Attached],
    stored: Mapping[UUID, bytes],
) -> list[Shown]:
    """The pieces of an opened message, each with its description; `stored` has the envelopes."""
    signed = {one.id: one for one in attached}
    made = list[Shown]()
    for piece in evidence.pieces(content):
        named = signed[piece.attachment_id]
        try:
            if named.id not in stored:
                raise NotFound
            told = opened.open_attachment(kind, named, stored[named.id])
        except (SealingError, NotFound) as error:
            made.append(Shown(piece, problem=error))
        else:
            made.append(Shown(piece, told))
    return made


def find(db: Work, case: Case, me: UUID, opener: Opener, attachment_id: UUID) -> Found:
    """An attachment that this one may see, as the message or note says that it hangs on.

    Raises `NotFound` (also for one that hangs on nothing), and what is wrong with that message.
    """
    row = attachments.readable_by(db, case, me, attachment_id)
    table: type[Message] | type[Note] = Note if row.kind == "note" else Message
    stored: Any = db.get(table, (case.id, row.message_id)) if row.message_id else None
    if stored is None or opener is None:
        raise NotFound
    if isinstance(opener, SealingError):
        raise opener
    kind = cast(Kind, row.kind)
    signed = opener.read(kind, stored.id, stored.envelope)
    pieces = shown(opener, kind, as_content(signed), signed.attachments, {row.id: row.envelope})
    for one in pieces:
        if one.piece.attachment_id == row.id:
            return Found(row, one, signed.author, stored)
    raise NotFound


def exact(config: Config, found: Found) -> Iterator[bytes]:
    """Its exact bytes, piece by piece. Raises `Damaged` or `NotFound`, perhaps at the end."""
    return stream.decrypt(attachments.chunks_of(config, found.row), found.told)


def in_memory(config: Config, found: Found) -> BinaryIO:
    """All of it in a file in memory, at its beginning. Raises as `exact`."""
    file = workshop.memory_file()
    try:
        for piece in exact(config, found):
            file.write(piece)
    except WrenError:
        file.close()
        raise
    file.seek(0)
    return file


def group_of(file: BinaryIO, name: str) -> str:
    """What a file is by its content: a group of `filetypes`; empty for what Wren doesn't take."""
    try:
        return filetypes.kind_of(file, name).group
    except Refused:
        return ""


def to_save(config: Config, found: Found) -> Opened:
    """The exact bytes, read to the end before any are given, under a name without tricks.

    Raises as `exact`.
    """
    file = in_memory(config, found)
    try:
        kind = filetypes.kind_of(file, found.told.name)
    except Refused:
        kind = _UNKNOWN
    name = filetypes.clean_name(found.told.name, kind)
    return Opened(name, found.told.type, found.told.size, _pieces(file))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def plain_name(name: str) -> str:
    """A name as it can be shown: no signs that turn text round or break the line."""
    shown = "".join(one for one in name if unicodedata.category(one)[0] != "C")
    return " ".join(shown.split())[:_MOST_OF_NAME] or "?"


def text_of(file: BinaryIO, most: int) -> tuple[str, bool]:
    """Up to so many characters of a text that `filetypes` knows, and whether there are more."""
    file.seek(0)
    data = file.read(4 * most + 4)
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if wide else "utf-8-sig", "ignore")
    return text[:most], len(text) > most
