"""Pieces of evidence that a message of the outbox names: how they are sealed, and read again.

No Kivy here. Nothing sealed is kept but a description: from a piece's bytes and its key the same
sealed chunks come whenever they are asked for, so they need no room, and a second try sends the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from uuid import UUID, uuid4

from mobile.evidence import NAMES, Piece
from mobile.item import EVIDENCE
from mobile.language import later
from mobile.notebook_file import NotKept
from mobile.store import PART, PIECE, Store
from shared.attaching import Staged
from shared.errors import WrenError
from shared.evidence import Piece as Said
from shared.sealing import case as sealing
from shared.sealing.encoding import b64, unb64
from shared.sealing.stream import (
    CHUNK,
    SEALED_CHUNK,
    Description,
    chunk_count,
    new_key,
    seal_chunk,
)

if TYPE_CHECKING:
    from mobile.items import Items

Enclosed = Mapping[str, Any]
"""A piece in an item: `parts` (the name of its bytes), `name`, `type`, `size`, `sha256`, and
`piece`, the record that it was."""


class Lost(WrenError):
    """The bytes of a piece are damaged, or gone."""

    code = "piece_lost"
    title = "A piece is lost"
    default = later(
        "A piece can\u2019t be read on this phone any more. Take the message back, and add the "
        "piece again."
    )


def enclosed(piece: Piece, number: int) -> dict[str, Any]:
    """A piece as an item names it. `number` is its place in the message, from 1."""
    return {
        "parts": piece.name,
        "name": f"{NAMES[piece.source]}-{number}.{piece.ending}",
        "type": piece.media_type,
        "size": piece.size,
        "sha256": piece.sha256,
        "piece": piece.as_record(),
    }


def as_pieces(one: Enclosed) -> tuple[str, str, Mapping[str, Any]]:
    """The record that a piece was before the outbox took it, for a store."""
    return PIECE, str(one["parts"]), one["piece"]


def take_over(
    items: Items,
    organisation: str,
    pieces: Sequence[Piece],
    text: str,
    *,
    report: str = "",
    case: str = "",
) -> None:
    """Makes one message of pieces, whose records go. Raises `NotKept`, with nothing changed."""
    named = [enclosed(one, at) for at, one in enumerate(pieces, 1)]
    content = {"text": text, "pieces": named, "report": report}
    items.new(EVIDENCE, organisation, case=case, content=content)
    for one in pieces:
        with suppress(NotKept):  # it is known that the outbox has them
            items.store.drop(PIECE, one.name)


def stage(one: Enclosed, case: sealing.Case) -> dict[str, str]:
    """How a piece is sealed for those who read the case now: `id`, `key` and `envelope`.

    Raises `TooLong`, or `BrokenChain` as `Case.write` does.
    """
    return reseal(one, {"id": str(uuid4()), "key": b64(new_key())}, case)


def reseal(one: Enclosed, how: Mapping[str, str], case: sealing.Case) -> dict[str, str]:
    """The same, its description sealed for those who read now. Raises as `stage`."""
    described = Description(
        unb64(how["key"]), one["name"], one["type"], one["size"], bytes.fromhex(one["sha256"])
    )
    envelope = case.seal_attachment("message", UUID(how["id"]), described)
    return {"id": how["id"], "key": how["key"], "envelope": b64(envelope)}


def staged(one: Enclosed, how: Mapping[str, str], store: Callable[[], Store]) -> Staged:
    """What is uploaded. Its chunks raise `Lost` where the bytes are gone."""
    chunks = chunk_count(one["size"])
    file = SealedBytes(store, one["parts"], one["size"], unb64(how["key"]))
    return Staged(UUID(how["id"]), "message", unb64(how["envelope"]), chunks, cast(BinaryIO, file))


def said(one: Enclosed, how: Mapping[str, str]) -> Said:
    """What the signed message says of a piece."""
    piece = one["piece"]
    return Said(UUID(how["id"]), piece["sharing"], piece["source"], piece["transcript"])


class SealedBytes:
    """A file of sealed chunks that is nowhere: each is made when it is read.

    `store` gives the one in use, which may change meanwhile.
    """

    def __init__(self, store: Callable[[], Store], name: str, size: int, key: bytes) -> None:
        self._store, self._name, self._size, self._key = store, name, size, key
        self._chunks, self._at = chunk_count(size), 0
        self._held: tuple[int, bytes] = (-1, b"")

    def seek(self, place: int) -> int:
        """Goes to the beginning of a chunk."""
        self._at = place // SEALED_CHUNK
        return place

    def read(self, _size: int = SEALED_CHUNK) -> bytes:
        """The chunk at this place. Raises `Lost`."""
        at, self._at = self._at, self._at + 1
        start = at * CHUNK
        plain = b""
        if start < self._size:
            part = self._part(start // PART)
            plain = part[start % PART : start % PART + CHUNK]
            if len(plain) != min(CHUNK, self._size - start):
                raise Lost
        return seal_chunk(self._key, at, self._chunks, plain)

    def _part(self, number: int) -> bytes:
        if self._held[0] != number:
            found = self._store().part(self._name, number)
            if found is None:
                raise Lost
            self._held = number, found
        return self._held[1]
