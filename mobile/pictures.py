"""Folders, and pictures or other files on this device, to choose one from. No Kivy here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

KINDS = frozenset({".jpg", ".jpeg", ".png", ".webp"})
MOST = 200
"""Entries of a folder that are shown: the newest files."""


@dataclass(frozen=True)
class Entry:
    """A folder, or a file in one."""

    path: Path
    folder: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.name


def begin(home: Path | None = None) -> Path:
    """Where pictures are likely to be."""
    home = home or Path.home()
    for name in ("Pictures", "Downloads"):
        if (home / name).is_dir():
            return home / name
    return home


def look(folder: Path, kinds: Collection[str] | None = KINDS) -> list[Entry]:
    """Its folders by name, then its files, newest first; nothing where it can't be read.

    `kinds` are the endings of files that are shown; None: all of them.
    """
    folders: list[Path] = []
    found: list[tuple[float, Path]] = []
    try:
        for one in folder.iterdir():
            if one.name.startswith("."):
                continue
            if one.is_dir():
                folders.append(one)
            elif kinds is None or one.suffix.lower() in kinds:
                found.append((one.stat().st_mtime, one))
    except OSError:
        pass
    folders.sort(key=lambda one: one.name.lower())
    found.sort(key=lambda one: (-one[0], one[1].name))
    shown = [Entry(one, True) for one in folders] + [Entry(one, False) for _, one in found]
    return shown[:MOST]
