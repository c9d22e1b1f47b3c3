"""Office documents: ZIP files that are looked through before anything unpacks them.

Whatever is told here comes from the list at the end of the file, which is bounded first, and from
members that are bounded too: a bomb is never unpacked to see that it is one, whatever a member
says of its size.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from shared.errors import Refused

MOST_MEMBERS = 3000
MOST_BYTES = 200 * 1024 * 1024
"""Bytes that all members may have together once unpacked, those of documents within included."""
_MOST_LIST = 1024 * 1024
_MOST_OF_MEMBER, _MOST_WITHIN = 64 * 1024 * 1024, 16 * 1024 * 1024
_MOST_RATIO, _FREE = 200, 1024 * 1024
"""How many times as large a member may get; below a megabyte it doesn't matter."""
_MOST_TEXT = 1024 * 1024
_DEPTH = 2
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those of documents (ISO/IEC 29500-2; OpenDocument 1.3, part 2). What is packed in another way
`zipfile` unpacks at one go, and only then looks how long it was to be."""

BOMB = (
    "This document would become very large once it is unpacked. Save it as a PDF, or send "
    "its pages as screenshots."
)
BROKEN = "This document is damaged. Open it, save it anew and choose that."
LOCKED = "This document has a password. Save it without one and choose that."
MACROS = (
    "This document holds macros, which are programs. Save it as .docx, .xlsx, .pptx or PDF, "
    "without macros."
)
OTHER_KIND = "Documents of this kind are not taken. Save it as .docx, .xlsx, .pptx or PDF."

_OPEN_XML = re.compile(
    rb"vnd\.openxmlformats-officedocument\.(wordprocessingml\.document|spreadsheetml\.sheet"
    rb"|presentationml\.presentation)\.main\+xml"
)
_ENDINGS = {
    b"wordprocessingml.document": "docx",
    b"spreadsheetml.sheet": "xlsx",
    b"presentationml.presentation": "pptx",
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
}
_MACROS = re.compile(r"(^|/)vba(Project|Data)|^(Basic|Scripts)/|\.bas$|activeX", re.IGNORECASE)


def office(file: BinaryIO) -> str | None:
    """The ending of an office document, or None for a ZIP file that is none.

    Raises `Refused`: damaged, with a password, with macros, of another kind, or a bomb.
    """
    try:
        return _office(file)
    except (zipfile.BadZipFile, struct.error, EOFError, RuntimeError):
        raise Refused(BROKEN) from None
    except (ValueError, OSError, LookupError, zlib.error, zipfile.LargeZipFile):
        raise Refused(BROKEN) from None


def _office(file: BinaryIO) -> str | None:
    _check_list(file)
    with zipfile.ZipFile(file) as package:
        if any(one.flag_bits & 1 for one in package.infolist()):
            raise Refused(LOCKED)
        names = [one.filename for one in package.infolist()]
        if "[Content_Types].xml" in names:
            kind = _OPEN_XML.search(_member(package, "[Content_Types].xml"))
            found = _ENDINGS[kind[1]] if kind else ""
        elif "mimetype" in names:
            found = _ENDINGS.get(_member(package, "mimetype").strip(), "")
        else:
            return None
        told = _member(package, "[Content_Types].xml") if not found else b""
        if b"macroEnabled" in told or any(_MACROS.search(name) for name in names):
            raise Refused(MACROS)
        if not found:
            raise Refused(OTHER_KIND)
        _check_members(package, MOST_BYTES, _DEPTH)
        return found


def _check_list(file: BinaryIO) -> None:
    """The list of members is short: else it alone would fill the memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 22 - 65535))
    tail = file.read()
    # As `zipfile` looks for it: at the very end, else the last that there is.
    at = len(tail) - 22
    if at < 0 or tail[at : at + 4] != b"PK\5\6" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\5\6")
    if at < 0:
        raise Refused(BROKEN)
    members, length = struct.unpack("<10xHL4x2x", tail[at : at + 22])
    large = tail[max(0, at - 20) : at].startswith(b"PK\6\7")
    if large or members > MOST_MEMBERS or length > _MOST_LIST:
        raise Refused(BOMB)


def _check_members(package: zipfile.ZipFile, left: int, depth: int) -> int:
    """How many bytes are left of what may be unpacked. Raises `Refused`."""
    members = package.infolist()
    if len({one.filename for one in members}) != len(members) or len(members) > MOST_MEMBERS:
        raise Refused(BROKEN)
    for one in members:
        if one.flag_bits & 1:
            raise Refused(LOCKED)
        left -= one.file_size
        grows = one.file_size > _FREE and one.file_size > _MOST_RATIO * max(one.compress_size, 1)
        if left < 0 or grows or one.file_size > _MOST_OF_MEMBER:
            raise Refused(BOMB)
    for within in _within(package):
        if not depth:
            raise Refused(BOMB)
        _check_list(within)
        with zipfile.ZipFile(within) as inner:
            left = _check_members(inner, left, depth - 1)
    return left


def _within(package: zipfile.ZipFile) -> Iterator[BinaryIO]:
    """The members that are ZIP files themselves, such as the table behind a chart."""
    for one in package.infolist():
        if _unpacked(package, one, 4) == b"PK\3\4":
            if one.file_size > _MOST_WITHIN:
                raise Refused(BOMB)
            yield BytesIO(_unpacked(package, one, one.file_size))


def _member(package: zipfile.ZipFile, name: str) -> bytes:
    """A member that is short. Raises `Refused` for a long one."""
    try:
        one = package.getinfo(name)
    except KeyError:
        return b""
    if one.file_size > _MOST_TEXT:
        raise Refused(BOMB)
    return _unpacked(package, one, one.file_size)


def _unpacked(package: zipfile.ZipFile, one: zipfile.ZipInfo, most: int) -> bytes:
    """The beginning of a member, of which no more is unpacked. Raises `Refused`."""
    if one.compress_type not in PACKINGS:
        raise Refused(BROKEN)
    with package.open(one) as member:
        return member.read(most)
