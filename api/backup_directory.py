"""A directory of backups: which are in it, which have all files of the vault, which may go.

What a backup has is told beside it, not in the database: a restore, or another directory, would
make that wrong.
"""

from __future__ import annotations

import re
from collections.abc import Container
from contextlib import suppress
from datetime import date
from pathlib import Path

from api import files

_OF_DAY = re.compile(r"\.?wren-(\d{4}-\d\d-\d\d)\.age(\.part|\.files(?:\.part)?)?")

MARK, ALL, SOME = "{}.files", b"all\n", b"some\n"
"""The file beside a backup in a directory that says whether it has all files of the vault."""


def of_days(place: Path) -> list[tuple[date, Path]]:
    """The whole backups in this directory, each with its day; the oldest first."""
    found = ((_OF_DAY.fullmatch(one.name), one) for one in place.iterdir())
    return sorted((date.fromisoformat(of[1]), one) for of, one in found if of and not of[2])


def oldest(place: Path, today: date) -> date | None:
    """The day of the oldest that is there from before today."""
    return min((day for day, _ in of_days(place) if day < today), default=None)


def note(one: Path, *, lacks: bool | None) -> None:
    """Says beside a backup whether it lacks files; None: that is not known.

    Beside one that is not called by a day nothing is said: it is in no directory of backups.
    Raises `OSError`.
    """
    if not _OF_DAY.fullmatch(one.name):
        return
    mark = one.with_name(MARK.format(one.name))
    if lacks is None:
        mark.unlink(missing_ok=True)
    else:
        files.replace(mark, SOME if lacks else ALL)


def has(one: Path) -> bytes:
    """What is said beside a backup: `ALL`, `SOME`, or nothing, as of those made before."""
    with suppress(FileNotFoundError):
        return one.with_name(MARK.format(one.name)).read_bytes()
    return b""


def spared(place: Path, today: date) -> set[date]:
    """The day of the newest that has all files; where none has, of all that may have them."""
    said_of = {day: has(one) for day, one in of_days(place) if day <= today}
    every = [day for day, said in said_of.items() if said == ALL]
    return {max(every)} if every else {day for day, said in said_of.items() if said != SOME}


def delete_old(place: Path, first: date, *, spare: Container[date | None]) -> int:
    """Deletes those from before this day, and what was left of any; how many. Days stay."""
    every = of_days(place)
    old = [one for day, one in every if day < first and day not in spare]
    for one in old:
        one.unlink(missing_ok=True)
    stay = {one.name for _, one in every} - {one.name for one in old}
    for one in place.iterdir():
        found = _OF_DAY.fullmatch(one.name)
        if not found or not found[2] or date.fromisoformat(found[1]) >= first:
            continue
        if one.suffix == ".part" or one.stem not in stay:
            one.unlink(missing_ok=True)
    files.sync(place)
    return len(old)
