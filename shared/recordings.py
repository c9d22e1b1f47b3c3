"""Films and recordings: whether they are what their first bytes say.

Sources: ISO/IEC 14496-12 (boxes), RFC 4867 section 5 (AMR).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

# --- films ---------------------------------------------------------------------------------


def film(file: BinaryIO, brand: bytes) -> str | None:
    """mp4, m4a, mov or 3gp, by its brand and by whether there is a picture in it.

    None if the boxes don't fill the file, or hold neither picture nor sound.
    """
    tracks = set()
    try:
        for name, start, end in _boxes(file):
            if name == b"moov":
                file.seek(start)
                tracks |= set(re.findall(rb"hdlr.{8}(vide|soun)", file.read(end - start), re.S))
    except (struct.error, ValueError):
        return None
    if not tracks:
        return None
    if b"vide" not in tracks:
        return "m4a"
    if brand == b"qt  ":
        return "mov"
    return "3gp" if brand[:2] == b"3g" else "mp4"


_MOST_BOXES, _MOST_INDEX = 5000, 32 * 1024 * 1024


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of what is in each box of the file. Raises `ValueError`."""
    size, at = file.seek(0, 2), 0
    for _ in range(_MOST_BOXES):
        if at == size:
            return
        file.seek(at)
        length, name = struct.unpack(">I4s", file.read(8))
        start = at + 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            start += 8
        elif length == 0:
            length = size - at
        if at + length > size or at + length < start:
            raise ValueError(name)
        if name == b"moov" and length > _MOST_INDEX:
            raise ValueError(name)
        at += length
        yield name, start, at
    raise ValueError


# --- recordings -----------------------------------------------------------------------------

_NARROW = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
_WIDE = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)
"""Bytes of a frame by its type; 0 is none that exists (RFC 4867, tables 1a, 1b; 3GPP 26.101)."""


def whole_amr(file: BinaryIO) -> bool:
    """Whether frame follows frame up to the end: then nothing else can be in it."""
    file.seek(0)
    data = file.read()
    wide = data.startswith(b"#!AMR-WB\n")
    lengths, at = (_WIDE, 9) if wide else (_NARROW, 6)
    end = len(data)
    while at < end:
        length = lengths[data[at] >> 3 & 15]
        if not length or data[at] & 0x83:
            return False
        at += length
    return at == end
