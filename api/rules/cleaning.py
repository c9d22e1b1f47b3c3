"""Taking away what a file says beside what it shows: who made it, when, where and with what.

Pictures are made anew from their pixels. Documents are cleaned by mat2: a PDF is printed into
pictures, of an office document what tells of its making is left out. Of films and recordings
ffmpeg copies picture and sound alone into a new file: mat2 does that with it too, but keeps other
tracks, in which phones write where they were, and doesn't know all kinds. Text and AMR have no
room for more.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from api.rules import rebuilding, workshop
from shared import filetypes, pictures
from shared.errors import Refused, Unavailable
from shared.filetypes import FileType

SECONDS, PICTURE_SECONDS = 60, 20
_PICTURE_MEMORY = 512 * 1024 * 1024
_FROM: Mapping[str, str] = {"m4a": "mov", "mp4": "mov", "3gp": "mov", "webm": "matroska"}
"""Ending -> ffmpeg's name for how it is read, where that is another."""
_INTO: Mapping[str, str] = {"m4a": "ipod"}
"""The same for how it is written."""
_WITHOUT_MORE = ("txt", "amr")
PROGRAMS: Mapping[str, str] = {
    "mat2": "PDF and office documents",
    "ffmpeg": "Films and recordings",
}
"""Program, which is its Debian package's name too -> what it cleans."""
_APART: Mapping[str, tuple[bool, str]] = {
    "bwrap": (True, "Programs that clean have no network and see no file of the service's."),
    "unshare": (
        False,
        "Programs that clean have no network, but see the service's files: "
        "bubblewrap is missing or may not run. apt-get install bubblewrap",
    ),
    "": (
        False,
        "Nothing keeps programs that clean from the network and the service's files: "
        "bubblewrap is missing, or the system lets it make no namespaces. "
        "apt-get install bubblewrap",
    ),
}
"""What `workshop.apartness` found -> the doctor's finding."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of a file. If it could not be `cleaned`, it is the one that was given."""

    file: BinaryIO = field(repr=False)
    kind: FileType
    cleaned: bool


def clean(file: BinaryIO, kind: FileType) -> Cleaned:
    """A file in memory without what it says of its making, at its beginning.

    The given file stays as it is. Raises `Refused` for a picture that can't be made anew, and
    `Unavailable` while too many other files are being cleaned.
    """
    file.seek(0)
    if kind.ending in _WITHOUT_MORE:
        return Cleaned(file, kind, True)
    if not workshop.in_memory():
        return Cleaned(file, kind, False)
    if kind.group == "picture":
        return Cleaned(_rebuilt(file), filetypes.PNG, True)
    done = _by_program(file, kind)
    file.seek(0)
    return Cleaned(done or file, kind, done is not None)


def preview(file: BinaryIO, most: int) -> BinaryIO:
    """A picture as PNG to be looked at: made anew, its longer side at most so many pixels.

    Raises `Refused` for one that can't be made anew, and `Unavailable`.
    """
    if not workshop.in_memory():
        raise Unavailable
    file.seek(0)
    return _rebuilt(file, str(most))


def check() -> list[tuple[bool, str]]:
    """For `wren doctor`: whether the machine has what cleaning takes, and what to install."""
    found = [
        (True, f"Files can be cleaned by {program}.")
        if shutil.which(program)
        else (False, f"{what} can't be cleaned: {program} is missing. apt-get install {program}")
        for program, what in PROGRAMS.items()
    ]
    if workshop.in_memory(workshop.MEMORY):
        found.append((True, f"Files are cleaned in memory, on {workshop.MEMORY}."))
    else:
        place = f"{workshop.MEMORY} is no memory file system that Wren may write to."
        found.append((False, f"No file but text can be cleaned: {place} Mount a tmpfs there."))
    return [*found, _APART[workshop.apartness()]]


def _rebuilt(file: BinaryIO, *words: str) -> BinaryIO:
    """The picture as PNG, made by a process that has its own limits."""
    python, also = workshop.python()
    made = workshop.memory_file()
    with workshop.alone("picture") as folder:
        code = workshop.run(
            [python, "-I", "-m", rebuilding.__name__, *words],
            folder,
            PICTURE_SECONDS,
            memory=_PICTURE_MEMORY,
            also=also,
            streams=(file, made),
        )
    at = code - rebuilding.FIRST
    if code:
        made.close()
        known = 0 <= at < len(rebuilding.REFUSALS)
        raise Refused(rebuilding.REFUSALS[at] if known else pictures.BROKEN)
    made.seek(0)
    return made


def _by_program(file: BinaryIO, kind: FileType) -> BinaryIO | None:
    """The cleaned file, or None if the program is missing or can't do it."""
    with workshop.alone("document") as folder:
        given, made = folder / f"file.{kind.ending}", folder / f"file.cleaned.{kind.ending}"
        command = _mat2(given) if kind.group in ("pdf", "office") else _ffmpeg(given, made, kind)
        if shutil.which(command[0]) is None:
            return None
        with given.open("xb") as copy:
            shutil.copyfileobj(file, copy, 1024 * 1024)
        if workshop.run(command, folder, SECONDS) or not made.is_file():
            return None
        cleaned = workshop.memory_file()
        with made.open("rb") as source:
            shutil.copyfileobj(source, cleaned, 1024 * 1024)
    try:
        still = filetypes.kind_of(cleaned).group == kind.group
    except Refused:
        still = False
    if not still:
        cleaned.close()
    return cleaned if still else None


def _mat2(given: Path) -> list[str]:
    # An office document with a part that mat2 doesn't know is not cleaned: rather asked about
    # than sent without that part.
    return ["mat2", given.name]


def _ffmpeg(given: Path, made: Path, kind: FileType) -> list[str]:
    """Picture and sound as they are, no other tracks, no covers, chapters, texts or dates."""
    read = _FROM.get(kind.ending, kind.ending)
    written = ["-f", _INTO.get(kind.ending, kind.ending)]
    if kind.ending == "mp3":
        written += ["-id3v2_version", "0", "-write_id3v1", "0", "-write_xing", "0"]
    return [
        "ffmpeg",
        *("-nostdin", "-hide_banner", "-loglevel", "quiet"),
        *("-protocol_whitelist", "file", "-f", read, "-i", given.name),
        *("-map", "0:V?", "-map", "0:a?", "-c", "copy", "-map_chapters", "-1"),
        *("-map_metadata", "-1", "-map_metadata:s", "-1", "-disposition", "0"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        *written,
        made.name,
    ]
