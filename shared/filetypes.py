"""What a file is, by its content: never by its name, nor by what its sender says.

puremagic names what the first bytes can be; what Wren takes is then looked at more closely, since
a first line alone is easily put in front of anything. All others are refused with how to do it
instead.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Literal, get_args

from shared.errors import Refused
from shared.packages import office
from shared.recordings import film, whole_amr

Group = Literal["picture", "pdf", "text", "audio", "video", "office"]
GROUPS: tuple[str, ...] = get_args(Group)
"""What an organisation can take or leave, in the order in which people are told of them."""

MOST_OF_NAME = 100
LONGEST_NAME = 1000
"""Of a name that is given, so many characters of its end are looked at."""
_HEAD = 8192
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
"""Names that mean no file on Windows."""


@dataclass(frozen=True, slots=True)
class FileType:
    """The media type, the group that settings know, and the ending that a name gets."""

    media_type: str
    group: Group
    ending: str


_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
_TABLE: dict[Group, dict[str, str]] = {
    "picture": {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"},
    "pdf": {"pdf": "application/pdf"},
    "text": {"txt": "text/plain"},
    "audio": {
        "mp3": "audio/mpeg",
        "m4a": "audio/mp4",
        "ogg": "audio/ogg",
        "wav": "audio/x-wav",
        "amr": "audio/amr",
    },
    "video": {
        "mp4": "video/mp4",
        "mov": "video/quicktime",
        "3gp": "video/3gpp",
        "webm": "video/webm",
    },
    "office": {
        "docx": f"{_OPEN_XML}.wordprocessingml.document",
        "xlsx": f"{_OPEN_XML}.spreadsheetml.sheet",
        "pptx": f"{_OPEN_XML}.presentationml.presentation",
        "odt": f"{_OPEN_DOCUMENT}.text",
        "ods": f"{_OPEN_DOCUMENT}.spreadsheet",
        "odp": f"{_OPEN_DOCUMENT}.presentation",
    },
}
_KNOWN = {
    ending: FileType(media_type, group, ending)
    for group, kinds in _TABLE.items()
    for ending, media_type in kinds.items()
}
PNG = _KNOWN["png"]
"""What every picture becomes once it was rebuilt."""

EMPTY = "This file is empty. Choose another."
DAMAGED = "This file is damaged, or is not what it says. Open it, save it anew and choose that."
OTHER = (
    "Files of this kind are not taken. Send a picture, a PDF, a text, a recording, a video or an "
    "office document. What you can see, you can also send as a screenshot."
)
PACKED = (
    "Packed files are not taken, since nobody can see what is in them. Unpack it and send the "
    "files one by one."
)
EXPORT = (
    "An export from WhatsApp holds the whole chat. Choose the lines that matter on the app's page "
    "for messages; or unpack it, and send only what you mean to."
)
HEIC = (
    "Pictures of this kind (HEIC) can't be read here. Share it as JPEG: on an iPhone, Settings, "
    "Camera, Formats, Most compatible; or take a screenshot of it."
)
OLD = (
    "Office documents of this kind, or with a password, are not taken. Open it and save it "
    "without a password as .docx, .xlsx or .pptx, or as a PDF."
)
ACTIVE = (
    "Web pages and drawings of this kind can hold programs, so they are not taken. Take a "
    "screenshot of it, or print it to a PDF."
)
PROGRAM = "Programs are not taken."
CODING = "This text is in a coding that Wren can't read. Save it as UTF-8 and choose that."
FILM = "Films and recordings of this kind are not taken. Save it as MP4, MP3 or M4A."

_REFUSED: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(start, re.DOTALL), why)
    for start, why in (
        (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x1f\x8b|BZh\d1AY|\xfd7zXZ\x00|.{257}ustar", PACKED),
        (
            rb"MZ(?=.*\x00)|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]",
            PROGRAM,
        ),
        (rb"dex\n|\x00asm", PROGRAM),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\{\\rtf", OLD),
        (rb".{4}ftyp(hei[cmsx]|hev[cmsx]|mif[12]|msf1|avif|avis)", HEIC),
        (rb"fLaC|RIFF.{4}AVI |FLV|\x30\x26\xb2\x75\x8e\x66\xcf\x11|\xff[\xf0\xf1\xf8\xf9]", FILM),
    )
)
_ACTIVE = re.compile(
    rb"\s*(<\?xml|<!--|<!doctype|<(html|head|body|script|svg|iframe|math|style|title|meta)\b)",
    re.IGNORECASE,
)
_FORM: dict[str, re.Pattern[bytes]] = {
    "png": re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR", re.DOTALL),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "gif": re.compile(rb"GIF8[79]a"),
    "pdf": re.compile(rb"%PDF-[12]\.\d"),
    "mp3": re.compile(rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xeb]"),
    "ogg": re.compile(rb"OggS\x00\x02.{20}(.{1,255}?)(\x01vorbis|OpusHead|Speex   )", re.DOTALL),
    "wav": re.compile(rb"RIFF.{4}WAVE", re.DOTALL),
    "amr": re.compile(rb"#!AMR(-WB)?\n"),
    "webm": re.compile(rb"\x1aE\xdf\xa3.{0,60}?B\x82.{1,8}?webm", re.DOTALL),
}
"""How a file of this kind begins, at its first byte."""


def kind_of(source: bytes | BinaryIO, name: str = "") -> FileType:
    """What the file is. It takes all of it, not its beginning, and leaves it at its beginning.

    The name only chooses among the words of a refusal. Raises `Refused` with what to do instead.
    """
    file = BytesIO(source) if isinstance(source, bytes) else source
    file.seek(0)
    head = file.read(_HEAD)
    try:
        return _kind(file, head)
    except Refused as error:
        if error.detail == PACKED and "whatsapp" in name.lower():
            raise Refused(EXPORT) from None
        raise
    finally:
        file.seek(0)


_NUMBERS = re.compile(r"[ _-]*\d[\d _.:-]*\d")


def _few(numbers: str) -> bool:
    return sum(one.isdigit() for one in numbers) < 6


def clean_name(name: str, kind: FileType) -> str:
    """A file name without folders, control characters or marks of direction, at most 100 long.

    Its ending is that of what the file is. Numbers of six digits or more go too: cameras and
    phones put the second into a name, and a number of a telephone would point just as well.
    """
    # Its end alone: what follows takes the square of a name's length.
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name[-LONGEST_NAME:]))[-1]
    # C: control, direction, halves; Z: spaces, and ends of lines.
    shown = "".join(
        " " if unicodedata.category(one)[0] == "Z" else one
        for one in last
        if unicodedata.category(one)[0] != "C"
    )
    untimed = _NUMBERS.sub(lambda one: one[0] if _few(one[0]) else "", shown)
    plain = re.sub(r'[<>:"|?*\s]+', " ", untimed).strip()
    stem = re.sub(r"[ _-]*\.[A-Za-z][A-Za-z0-9]{0,4}$", "", plain)
    stem = stem[: MOST_OF_NAME - 1 - len(kind.ending)].strip(" .+")
    if not stem or _DEVICE.fullmatch(stem.partition(".")[0]):
        stem = kind.group
    return f"{stem}.{kind.ending}"


def _kind(file: BinaryIO, head: bytes) -> FileType:
    if not head:
        raise Refused(EMPTY)
    for start, why in _REFUSED:
        if start.match(head):
            raise Refused(why)
    if head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")):
        return _packed(file)
    candidates = _candidates(head)
    if head[4:8] == b"ftyp":
        ending = film(file, head[8:12])
        if ending is None:
            raise Refused(DAMAGED)
        return _KNOWN[ending]
    for ending, form in _FORM.items():
        # puremagic doesn't know every beginning of an MP3.
        if (ending in candidates or ending == "mp3") and form.match(head):
            if ending == "amr" and not whole_amr(file):
                raise Refused(DAMAGED)
            return _KNOWN[ending]
    return _text(file, head, bool(candidates))


def _candidates(head: bytes) -> set[str]:
    """The endings that puremagic thinks possible; the first bytes alone decide."""
    import puremagic  # it reads a large table first, which most who know the groups need not

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    endings = {one.extension.lstrip(".").lower() for one in found}
    for ending, others in _ALSO.items():
        if endings & others:
            endings.add(ending)
    return endings


_ALSO = {
    "jpg": {"jpeg", "jfif", "jpe"},
    "ogg": {"oga", "ogv", "ogx", "opus", "spx"},
    "webm": {"mkv"},
    "mp3": {"mpga", "mp2"},
    "pdf": {"ai", "fdf"},
}
"""Other endings under which a library may know the same beginning."""


def _packed(file: BinaryIO) -> FileType:
    found = office(file)
    if found is None:
        raise Refused(PACKED)
    return _KNOWN[found]


# --- text -----------------------------------------------------------------------------------


def _text(file: BinaryIO, head: bytes, known: bool) -> FileType:
    coding, start = "utf-8", 0
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
                       (codecs.BOM_UTF16_BE, "utf-16-be")):  # fmt: skip
        if head.startswith(mark):
            coding, start = name, len(mark)
    if coding == "utf-8" and b"\0" in head:
        raise Refused(OTHER)
    if not _reads(file, start, codecs.getincrementaldecoder(coding)("strict")):
        looks_like_text = not known and not re.search(rb"[\x00-\x08\x0e-\x1a]", head)
        raise Refused(CODING if looks_like_text or start else OTHER)
    shown = head[start:].decode(coding, "ignore").encode("utf-8", "ignore")
    if _ACTIVE.match(shown):
        raise Refused(ACTIVE)
    return _KNOWN["txt"]


def _reads(file: BinaryIO, start: int, decoder: codecs.IncrementalDecoder) -> bool:
    """Whether all of it can be read, and holds no NUL."""
    file.seek(start)
    read: Callable[[], bytes] = lambda: file.read(1024 * 1024)  # noqa: E731
    try:
        for part in iter(read, b""):
            if "\0" in decoder.decode(part):
                return False
        return "\0" not in decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
