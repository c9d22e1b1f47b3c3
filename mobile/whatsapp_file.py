"""Reads the text of an export: a `.txt`, or the one text in a `.zip`. No Kivy here.

The file is somebody else's and never goes anywhere. It is read in steps of one size, up to a
limit that is counted while reading: what a zip says of itself is not believed.
"""

from __future__ import annotations

import codecs
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, BinaryIO

from mobile.language import later
from mobile.whatsapp import OTHER_APP, NotRead
from shared.packages import PACKINGS

STEP = 64 * 1024
LARGEST = 50 * 1024 * 1024
"""Bytes of text: an export has some 40,000 messages, which are a tenth of it."""
LARGEST_LIST = 16 * 1024 * 1024
"""Bytes of a zip's list of files; 10,000 pictures need a tenth of it."""
IOS = "_chat.txt"

TOO_LARGE = later("This is larger than any export of WhatsApp. Wren does not open it.")
NO_TEXT = later(
    "There is no chat in this ZIP. Wren looks for _chat.txt or \u201cWhatsApp Chat with "
    "\u2026.txt\u201d."
)
SEVERAL = later(
    "There are several texts in this ZIP. Take the chat\u2019s text out, and open that."
)
LOCKED = later("This ZIP has a password. Export the chat again without one.")
DAMAGED = later("This file is damaged or cut off. Export the chat again.")
NOT_TEXT = later("This is not a text. Open the .txt or the .zip that WhatsApp made.")
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError,
    struct.error, LookupError, RuntimeError,
)  # fmt: skip
"""What `zipfile` raises for files that are not what they say they are."""


def text_of(source: BinaryIO) -> str:
    """The text of an export. Raises NotRead."""
    head = source.read(4)
    source.seek(0)
    if head[:2] == b"PK":
        return _zipped(source)
    return _decoded(_steps(source))


def _steps(source: IO[bytes]) -> Iterator[bytes]:
    """What is in it, step by step. Raises NotRead beyond the limit."""
    read = 0
    while step := source.read(STEP):
        read += len(step)
        if read > LARGEST:
            raise NotRead(TOO_LARGE)
        yield step


def _decoded(steps: Iterator[bytes]) -> str:
    """The text of these bytes, in the encoding that they begin with."""
    first = next(steps, b"")
    if first[:3] != codecs.BOM_UTF8 and first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    elif first[1:2] == b"\0" or first[:1] == b"\0":
        encoding = "utf-16-le" if first[1:2] == b"\0" else "utf-16-be"
    else:
        encoding = "utf-8"
        first = first.lstrip(bytes(range(0x80, 0xC0)))  # cut in the middle of a character
    decoder = codecs.getincrementaldecoder(encoding)()
    parts = []
    try:
        parts.append(decoder.decode(first))
        parts.extend(decoder.decode(step) for step in steps)  # a last one that was cut is dropped
    except UnicodeDecodeError:
        raise NotRead(NOT_TEXT) from None
    text = "".join(parts)
    if "\0" in text:
        raise NotRead(NOT_TEXT)
    return text


def _zipped(source: BinaryIO) -> str:
    try:
        if _list_size(source) > LARGEST_LIST:
            raise NotRead(TOO_LARGE)
        with zipfile.ZipFile(source) as archive:
            found = _chat_in(archive)
            if found.flag_bits & 1:
                raise NotRead(LOCKED)
            if found.file_size > LARGEST:
                raise NotRead(TOO_LARGE)
            if found.compress_type not in PACKINGS:
                raise NotRead(DAMAGED)  # `zipfile` would unpack it at one go
            with archive.open(found) as file:
                return _decoded(_steps(file))
    except _BROKEN as error:
        if isinstance(error, NotRead):
            raise
        raise NotRead(DAMAGED) from None


def _list_size(source: BinaryIO) -> int:
    """Bytes of the zip's own list of files, by its end (APPNOTE 4.3.16); 0 if there is none."""
    source.seek(0, 2)
    source.seek(max(0, source.tell() - 65_557))
    tail = source.read()
    source.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise NotRead(DAMAGED)
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
        raise NotRead(TOO_LARGE)  # Zip64, whose list has another size that `zipfile` believes
    return int(struct.unpack_from("<I", tail, at + 12)[0])


def _chat_in(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The one text that is the chat."""
    texts = []
    for one in archive.infolist():
        name = PurePosixPath(one.filename).name
        if name == IOS:
            return one
        if name.lower().endswith(".txt") and not one.filename.startswith("__MACOSX"):
            texts.append(one)
    chats = [one for one in texts if "WhatsApp" in PurePosixPath(one.filename).name] or texts
    if len(chats) > 1:
        raise NotRead(SEVERAL)
    if not chats:
        names = {PurePosixPath(one.filename).name for one in archive.infolist()}
        others = names & {"result.json", "messages.html", "message_1.json", "message_1.html"}
        raise NotRead(OTHER_APP if others else NO_TEXT)
    return chats[0]
