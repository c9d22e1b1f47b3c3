"""Small files that are written whole or not at all. No Kivy here."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Writes beside the file first, so that it is whole, or as it was before. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = _new(path)
    try:
        with os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
        ) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        clear(path)
        raise


def clear(path: Path) -> None:
    """Removes what an app that was killed while it wrote left half written."""
    with suppress(OSError):
        _new(path).unlink(missing_ok=True)


def read(path: Path, most: int) -> bytes | None:
    """What is in a file, and a byte more than `most` where it is longer; None: there is none.

    Raises `OSError`.
    """
    clear(path)
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        return None


def _new(path: Path) -> Path:
    return path.with_name(path.name + ".new")
