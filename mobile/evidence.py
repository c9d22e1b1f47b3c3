"""Pieces of evidence that are being put together, before they are sent. No Kivy here.

A piece is what will be sent, byte for byte: a picture after things were hidden in it, a file, or
lines of a chat. Its bytes are in the store's parts, its record in the store beside them: in
memory, or in the notebook under a PIN. `OUTBOX` items take pieces over (`mobile.outbox`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from mobile.language import _, count, language, later, number
from mobile.store import PART, PIECE, Store
from shared.errors import WrenError
from shared.evidence import FILE, FOR_HANDLER, FOR_INVESTIGATION, MESSAGES, MOST, PICTURE

if TYPE_CHECKING:
    from PIL import Image

REPORT = "report"
"""Whose pieces those of the report are that is being written; others are of a case."""

MB = 1_000_000
PREVIEW = 900
"""Pixels of a side of a picture that is shown to be recognised."""
NAMES = {PICTURE: "picture", MESSAGES: "messages", FILE: "file"}
"""What a piece is called where it arrives. What it was called here often tells the minute."""

SHARED = {
    FOR_HANDLER: later("For the handler\u2019s eyes only"),
    FOR_INVESTIGATION: later("May be shown in an investigation"),
}
EDITABLE = later("Text from an export, which anyone can edit")
NONE_TAKEN = later("No files are taken here. Describe in words what you have.")
FULL = later("These are too much for one case. Remove a piece, or choose a smaller one.")
ROOM = later(
    "There is room for {size} more in this case. Remove a piece, or choose a smaller one."
)
NO_ROOM = later("This case has no room for more files. Describe in words what you have.")
OTHER_KIND = later(
    "Files of this kind are not taken here. Take a screenshot of it, and add that as a picture."
)


class NotTaken(WrenError):
    """Why a piece was not added, and what to do instead."""

    code = "not_taken"
    title = "Not taken"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece. `name` is that of its bytes in the store; `label` what it was called here.

    `label` is shown on this phone alone. `group` as in `shared.filetypes`.
    """

    name: str
    owner: str
    order: int
    media_type: str
    group: str
    ending: str
    size: int
    sha256: str
    source: str = FILE
    sharing: str = FOR_HANDLER
    label: str = field(default="", repr=False)
    transcript: str = field(default="", repr=False)

    @property
    def cleaned(self) -> bool:
        """Whether nothing is in it but what can be seen: made here from pixels or text."""
        return self.source in (PICTURE, MESSAGES) or self.group == "text"

    @property
    def title(self) -> str:
        """What it is called on this phone."""
        return self.label or named(self.source, self.group)

    @property
    def about(self) -> str:
        """Its size, and how it may be used."""
        return f"{size_of(self.size)} \u00b7 {_(SHARED[self.sharing])}"

    @property
    def about_size(self) -> str:
        """Its size, and what is in it beside what can be seen."""
        clean = _("Made anew here: nothing else is in it") if self.cleaned else _("As it was")
        return f"{size_of(self.size)} \u00b7 {clean}"

    def as_record(self) -> dict[str, Any]:
        """The piece as JSON holds it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Piece:
        """The piece that `as_record` wrote; what a later version added is passed over."""
        return cls(**{one.name: record[one.name] for one in fields(cls) if one.name in record})


def named(source: str, group: str) -> str:
    """What a piece of this source and kind is called."""
    if source == MESSAGES:
        return _("WhatsApp messages")
    known = {
        "picture": _("Picture"), "pdf": _("PDF"), "text": _("Text"), "audio": _("Recording"),
        "video": _("Video"), "office": _("Office document"),
    }  # fmt: skip
    return known.get(group, _("File"))


def size_of(size: int) -> str:
    """A size in words: `2.3 MB`, `40 kB`."""
    if size >= MB:
        tenths = (size * 10 + MB // 2) // MB
        whole, part = divmod(tenths, 10)
        mark = "," if language.code == "pl" else "."
        return f"{number(whole)}{mark}{part} MB" if part else f"{number(whole)} MB"
    return f"{number(max(1, size // 1000))} kB"


class Pieces:
    """The pieces of one report or case, until they are handed to the outbox.

    `limits` are those of the organisation's directory, none if it is not known. `taken()` is how
    many chunks of the case's room are used up by what was sent, or waits to be. `add` blocks.
    What writes raises `NotKept`; then nothing changed.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        owner: str,
        limits: Callable[[], Mapping[str, Any]],
        taken: Callable[[], int] = lambda: 0,
    ) -> None:
        self._store, self.owner, self._limits, self._taken = store, owner, limits, taken

    def all(self) -> tuple[Piece, ...]:
        """Those that there are, in the order in which they were added."""
        found = (Piece.from_record(one) for one in self._store().all(PIECE).values())
        mine = [one for one in found if one.owner == self.owner]
        return tuple(sorted(mine, key=lambda one: one.order))

    def get(self, name: str) -> Piece | None:
        """One of them."""
        record = self._store().get(PIECE, name)
        return Piece.from_record(record) if record is not None else None

    def check(self, size: int, group: str) -> None:
        """Returns if a piece of this size and kind may be added. Raises `NotTaken`."""
        limits, there = self._limits(), self.all()
        most, types = limits.get("attachment_bytes", 0), limits.get("attachment_types", ())
        if not most:
            raise NotTaken(_(NONE_TAKEN))
        if len(there) >= MOST:
            raise NotTaken(
                count(
                    "{n} piece is the most for one message. Send it first, then add more.",
                    "{n} pieces are the most for one message. Send them first, then add more.",
                    MOST,
                )
            )
        if size > most:
            text = _("This is larger than {size}. Cut it into parts, or send a picture of it.")
            raise NotTaken(text.format(size=size_of(most)))
        if types and group not in types:
            raise NotTaken(_(OTHER_KIND))
        self._check_room(size, there, limits.get("case_bytes", most))

    def _check_room(self, size: int, there: tuple[Piece, ...], most: int) -> None:
        """Counts as the service does: in chunks, since it knows no sizes."""
        from shared.sealing.stream import CHUNK, chunk_count

        taken = self._taken()
        begun = sum(chunk_count(one.size) for one in there)
        left = chunk_count(most) - taken - begun
        if chunk_count(size) <= left:
            return
        if not taken:
            raise NotTaken(_(FULL))
        room = _(ROOM).format(size=size_of(left * CHUNK)) if left > 0 else _(NO_ROOM)
        raise NotTaken(room)

    def add(
        self, data: bytes, group: str, media_type: str, ending: str, source: str, label: str = ""
    ) -> Piece:
        """Keeps a piece. Raises `NotTaken`, and `NotKept` with nothing of it kept."""
        self.check(len(data), group)
        name, digest = uuid4().hex, hashlib.sha256(data).hexdigest()
        order = 1 + max((one.order for one in self.all()), default=0)
        piece = Piece(name, self.owner, order, media_type, group, ending, len(data), digest,
                      source, label=label)  # fmt: skip
        while True:
            store = self._store()
            self._write(store, piece, data)
            if self._store() is store:
                return piece
            forget(store, name)  # a PIN was set, or given up, meanwhile

    @staticmethod
    def _write(store: Store, piece: Piece, data: bytes) -> None:
        try:
            for at, part in enumerate(parts_of(data)):
                store.put_part(piece.name, at, part)
            store.put(PIECE, piece.name, piece.as_record())
        except BaseException:
            forget(store, piece.name)
            raise

    def bytes_of(self, piece: Piece) -> bytes:
        """All of a piece. Raises `LookupError` if it is gone or damaged."""
        store, data = self._store(), bytearray()
        while len(data) < piece.size:
            part = store.part(piece.name, len(data) // PART)
            if not part:
                raise LookupError("a part is gone")
            data += part
        return bytes(data)

    def preview(self, piece: Piece) -> Image.Image | None:
        """A small picture of a piece that is one; None if it can't be read."""
        try:
            return preview(self.bytes_of(piece))
        except (LookupError, WrenError):
            return None

    def change(self, name: str, sharing: str, transcript: str) -> None:
        """Says how a piece may be used, and its words."""
        piece = self.get(name)
        if piece is not None:
            new = replace(piece, sharing=sharing, transcript=transcript)
            self._store().put(PIECE, name, new.as_record())

    def remove(self, name: str) -> None:
        """Forgets a piece: first what names it, so that none is there in part."""
        self._store().drop(PIECE, name)
        self._store().drop_parts(name)

    def clear(self) -> None:
        """Forgets all of them."""
        for one in self.all():
            self.remove(one.name)


def preview(data: bytes) -> Image.Image:
    """A picture of at most PREVIEW pixels a side. Raises `Refused`."""
    from shared import pictures

    picture = pictures.open_picture(data)
    picture.thumbnail((PREVIEW, PREVIEW))
    return picture


def parts_of(data: bytes) -> Iterator[bytes]:
    """The bytes in parts as a store keeps them."""
    view = memoryview(data)
    return (bytes(view[at : at + PART]) for at in range(0, max(1, len(data)), PART))


def forget(store: Store, name: str) -> None:
    """Drops the bytes of a piece that nothing names; where that fails the next start does it."""
    try:
        store.drop_parts(name)
    except WrenError:
        return


def owner_of(organisation: str, reference: str) -> str:
    """Whose pieces those of a case are."""
    return f"{organisation} {reference}"


def tidy(store: Store) -> None:
    """Forgets what nothing will ever send: pieces of cases that are not kept, and stray bytes.

    Where the app was killed as pieces were handed to the outbox their records go now. Raises
    `NotKept`; then the next start does it.
    """
    waiting = store.all("outbox").values()
    taken = {one["parts"] for item in waiting for one in item["content"].get("pieces", ())}
    cases = store.all("case").values()
    owners = {owner_of(str(one["organisation"]), str(one["reference"])) for one in cases}
    for name, record in store.all(PIECE).items():
        if name in taken or record.get("owner") not in owners | {REPORT}:
            store.drop(PIECE, name)
    store.tidy(taken | set(store.all(PIECE)))
