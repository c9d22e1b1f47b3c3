"""What the locks pin: names, versions and hashes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)")


class Pin(NamedTuple):
    """A package at a version; a name may be pinned twice, for two versions of Python."""

    name: str
    version: str


def read(lock: Path) -> list[Pin]:
    """The pins of a lock, in its order. Raises `ValueError` for a line that pins nothing."""
    found = []
    for line in lock.read_text("utf-8").splitlines():
        if not line or line.startswith((" ", "#")):
            continue
        pin = _PIN.match(line)
        if pin is None:
            raise ValueError(f"{lock}: {line}")
        found.append(Pin(pin["name"], pin["version"]))
    return found
