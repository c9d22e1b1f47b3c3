"""The file with the deployment's secret, and its change while everything goes on.

A line is 32 bytes in base64url. A change goes in three steps, so that at no moment any process
meets what it can't open, wherever it read the file: a line `next` is a secret that opens already
and locks nothing; then it takes the place of the one in use, which stays as `before` with the day;
then all that is locked is locked anew, and `before` goes. Processes that go on look at the file
themselves.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from api import files
from shared.errors import Damaged
from shared.sealing.encoding import b64, unb64

NEXT, BEFORE = "next", "before"
LONG = 32

LOOK = 1.0
"""Seconds between two looks at the file by a process that goes on."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the file holds: the secret in use, and of a change the one that comes or that was."""

    now: bytes = field(repr=False)
    next: bytes | None = field(default=None, repr=False)
    before: bytes | None = field(default=None, repr=False)
    since: date | None = None
    """The day since which `before` is not in use any more."""

    @property
    def others(self) -> tuple[bytes, ...]:
        """Those that open, but lock nothing."""
        return tuple(one for one in (self.next, self.before) if one is not None)


def read(path: Path) -> Secrets:
    """What the file holds. Raises `OSError`, and `ValueError` saying what is wrong with it."""
    found: dict[str, tuple[bytes, date | None]] = {}
    for line in path.read_text("ascii").splitlines():
        words = line.split()
        kind = words.pop(0) if words and words[0] in (NEXT, BEFORE) else ""
        if not words and not kind:
            continue
        if kind in found or len(words) != (2 if kind == BEFORE else 1):
            raise ValueError("is not a secret")
        since = date.fromisoformat(words[1]) if kind == BEFORE else None
        found[kind] = (_bytes(words[0]), since)
    if "" not in found or len(found) == 3:
        raise ValueError("does not hold one secret")
    before, since = found.get(BEFORE, (None, None))
    return Secrets(found[""][0], found.get(NEXT, (None, None))[0], before, since)


def _bytes(text: str) -> bytes:
    try:
        found = unb64(text)
    except Damaged:
        raise ValueError("is not a secret") from None
    if len(found) != LONG:
        raise ValueError(f"does not hold {LONG} bytes")
    return found


def _text(secrets: Secrets) -> bytes:
    lines = [b64(secrets.now)]
    if secrets.next is not None:
        lines.append(f"{NEXT} {b64(secrets.next)}")
    if secrets.before is not None and secrets.since is not None:
        lines.append(f"{BEFORE} {b64(secrets.before)} {secrets.since.isoformat()}")
    return "".join(f"{one}\n" for one in lines).encode()


def make(path: Path) -> None:
    """Writes a new secret for the owner's eyes only; one that is there stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        files.new(path, _text(Secrets(os.urandom(LONG))))


def write(path: Path, secrets: Secrets) -> None:
    """Puts these in the place of what the file holds: all of it is there then, or nothing.

    The owner stays. Raises `OSError`.
    """
    path = path.resolve()
    owner = path.stat()

    def ready(file: int) -> None:
        if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(file, owner.st_uid, owner.st_gid)

    files.replace(path, _text(secrets), ready)


class Watched:
    """What the file held when it was last looked at. One that can't be read changes nothing."""

    def __init__(self, path: Path) -> None:
        self._path, self._found = path, read(path)
        self._stamp, self._next_look = self._now(), time.monotonic() + LOOK

    def _now(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_ino, found.st_mtime_ns

    def secrets(self) -> Secrets:
        """What it holds, or held a second ago."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK
            with suppress(OSError, ValueError):
                stamp = self._now()
                if stamp != self._stamp:
                    self._found, self._stamp = read(self._path), stamp
        return self._found


watched = cache(Watched)
"""The file at a path, looked at by this process. Raises as `read` does, the first time."""
