"""ZIP files as an attacker makes them: sound ones that were spoiled, lies of size, bombs."""

from __future__ import annotations

import io
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from hypothesis import strategies as st

STORED, DEFLATED, BZIP2, LZMA = (
    zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA,
)  # fmt: skip
METHODS = {"deflate": DEFLATED, "bzip2": BZIP2, "lzma": LZMA}
LOCAL, LISTED, END, END_64 = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\7"

FIELDS = {
    LOCAL: ((4, 2), (6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2)),
    LISTED: ((6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2),
             (42, 4)),
    END: ((8, 2), (10, 2), (12, 4), (16, 4), (20, 2)),
}  # fmt: skip
"""Where the fields of each record are that a reader goes by, and their bytes (APPNOTE 6.3.10)."""

NAMES = st.text(min_size=1, max_size=12).filter(lambda name: name[0] != "\0") | st.sampled_from(
    ["..", "../../etc/passwd", "/etc/passwd", "a/../_chat.txt", "C:\\x.txt", "a\0.txt",
     "_chat.txt/", "\u202etxt.exe", "x" * 300, "__MACOSX/._x.txt", "_chat.txt", "mimetype",
     "[Content_Types].xml", "manifest.json", "manifest.tsr", "roster.json"]
)  # fmt: skip
NUMBERS = st.sampled_from([0, 1, 8, 12, 14, 97, 0xFFFF, 2**31, 2**32 - 1]) | st.integers(
    0, 2**32 - 1
)


def zipped(parts: Mapping[str, bytes], method: int = DEFLATED) -> bytes:
    """A ZIP of these."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


@st.composite
def spoiled(draw: st.DrawFn, sound: bytes, *, plain: bool = False) -> bytes:
    """A sound ZIP with up to four fields or bytes changed, pieces cut out or put in twice.

    `plain`: no ZIP, so that it has no fields.
    """
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from(["byte", "out", "twice", "end"] + ["field"] * (not plain) * 4))
        at, length = draw(st.integers(0, max(0, len(data) - 1))), draw(st.integers(1, 60))
        if how == "field":
            _lie(draw, data)
        elif how == "byte" and data:
            data[at] = draw(st.integers(0, 255))
        elif how == "out":
            del data[at : at + length]
        elif how == "twice":
            data[at:at] = data[at : at + length]
        elif how == "end":
            del data[at:]
    return bytes(data)


def _lie(draw: st.DrawFn, data: bytearray) -> None:
    """Puts another number into a field of some record."""
    places = [(at, mark) for mark in FIELDS for at in _places(data, mark)]
    if not places:
        return
    start, mark = draw(st.sampled_from(places))
    at, size = draw(st.sampled_from(FIELDS[mark]))
    if start + at + size <= len(data):
        number = draw(NUMBERS) % 256**size
        data[start + at : start + at + size] = number.to_bytes(size, "little")


def _places(data: bytearray, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


@st.composite
def anew(draw: st.DrawFn, parts: Mapping[str, bytes], content: st.SearchStrategy[bytes]) -> bytes:
    """A ZIP of some of these parts, some with other content, others besides, some named twice."""
    listed: list[tuple[str, bytes]] = []
    for name, data in parts.items():
        fate = draw(st.sampled_from(["kept", "kept", "kept", "other", "out", "twice"]))
        if fate != "out":
            listed.append((name, draw(content) if fate == "other" else data))
        if fate == "twice":
            listed.append((name, draw(content)))
    listed += draw(st.lists(st.tuples(NAMES, content), max_size=4))
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w") as archive:
        warnings.simplefilter("ignore")  # two of one name
        for name, data in draw(st.permutations(listed)):
            method = draw(st.sampled_from([DEFLATED, DEFLATED, STORED, BZIP2, LZMA]))
            archive.writestr(name, data, method)
    sound = made.getvalue()
    return draw(spoiled(sound)) if draw(st.booleans()) else sound


# --- bombs ----------------------------------------------------------------------------------

BOMB = 6 * 1024 * 1024
"""Bytes that each bomb unfolds to."""


@cache
def bomb(
    name: str, method: str, *, says: int | None, begins: bytes = b"",
    beside: tuple[tuple[str, bytes], ...] = (),
) -> bytes:  # fmt: skip
    """A ZIP one of whose parts is large, and says of itself that it has `says` bytes.

    Within it stands what it `begins` with, and `beside` it are these other parts.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for other, content in beside:
            archive.writestr(other, content)
        archive.writestr(name, begins + bytes(BOMB), METHODS[method])
        head = archive.getinfo(name).header_offset
    data = bytearray(made.getvalue())
    if says is not None:
        # Its place in the list is the last, as it was written last.
        for at in (head + 22, data.rindex(LISTED) + 24):
            struct.pack_into("<I", data, at, says)
    return bytes(data)


def of_64(sound: bytes, length: int) -> bytes:
    """The same with a record of Zip64, whose list of parts is said to have this length."""
    end = sound.rindex(END)
    members, size, offset = struct.unpack_from("<HII", sound, end + 10)
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, members, members, length or size, offset
    )
    return sound[:end] + record + struct.pack("<4sLQL", END_64, 0, end, 1) + sound[end:]


@contextmanager
def at_most(most: int) -> Iterator[None]:
    """Fails if so many bytes more were held at once by what is done in it."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def within(most: int, parse: Callable[[bytes], object], refusal: type[Exception]) -> Any:
    """Gives a call that parses, and takes no more memory; but for `refusal` it raises nothing."""

    def tried(data: bytes) -> None:
        with at_most(most):
            try:
                parse(data)
            except refusal:
                return

    return tried
