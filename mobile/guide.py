"""The public things that the app keeps between two runs: what anybody can fetch. No Kivy here.

One file, `guide.json`, in clear: organisations as they were last seen, and the looks of the app.
It is there before a PIN was typed, so that guidance works offline and an older roster is
refused after a restart. Nothing in it tells whether its owner ever reported anything. It is
written whole or not at all, and only when something in it changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import RLock
from typing import Any

from mobile.kept import Kept, kept_of, object_of, text_of
from mobile.language import _, later

FILE = "guide.json"
VERSION = 1
LARGEST = 32 * 1024 * 1024
"""Bytes: a longer file was not written here."""

BROKEN = later(
    "What this phone kept about your organisation was damaged and is gone. Add the organisation "
    "again, best with the code from a poster."
)
NEWER = later(
    "What this phone kept about your organisation is from a newer Wren. Update the app. Until "
    "then nothing new is kept."
)
NOT_SAVED = later(
    "This phone has no room left, or does not let Wren keep anything. Wren works, but your "
    "settings and the guidance are gone when you close it."
)


class Guide:
    """What is kept in this directory; without one, for as long as the app runs.

    `trouble` is a sentence to tell, or empty: what was there could not be read, or what there
    is now can't be kept. Nothing here raises. Calls are safe from several threads.
    """

    def __init__(self, where: Path | None = None) -> None:
        self._path = where / FILE if where is not None else None
        self._lock = RLock()
        self._written = b""
        self._frozen = self._full = False
        self.organisations: dict[str, Kept] = {}
        self.current = ""
        self.language = "en"
        self.night = False
        self.motion = True
        self.proxy = ""
        self.trouble = ""
        if self._path is not None:
            self._read(self._path)

    # --- organisations ---

    def kept(self) -> Kept | None:
        """The organisation in use, if it was ever seen."""
        return self.organisations.get(self.current)

    def keep(self, address: str, kept: Kept) -> bool:
        """Keeps an organisation in the place of what was known of it. As `save`."""
        with self._lock:
            self.organisations[address] = kept
            return self.save()

    def use(self, address: str) -> bool:
        """Makes an organisation the one in use. As `save`."""
        with self._lock:
            self.current = address
            return self.save()

    def remove(self, address: str) -> bool:
        """Forgets an organisation; if it was in use, another one is, or none. As `save`."""
        with self._lock:
            self.organisations.pop(address, None)
            if self.current == address:
                self.current = next(iter(self.organisations), "")
            return self.save()

    # --- the file ---

    def save(self) -> bool:
        """Writes what changed. False, with the reason in `trouble`, if it could not be kept."""
        with self._lock:
            if self._path is None:
                return True
            if self._frozen:
                return False
            data = self._to_bytes()
            if data == self._written:
                return True
            try:
                _write(self._path, data)
            except OSError:
                self._full, self.trouble = True, _(NOT_SAVED)
                return False
            if self._full:
                self._full, self.trouble = False, ""
            self._written = data
            return True

    def _to_bytes(self) -> bytes:
        known = {
            address: asdict(one) | {"fetched_on": one.fetched_on.isoformat()}
            for address, one in self.organisations.items()
        }
        guide = {
            "current": self.current,
            "language": self.language,
            "night": self.night,
            "motion": self.motion,
            "proxy": self.proxy,
            "organisations": known,
        }
        whole = {"version": VERSION, "sum": _sum(guide), "guide": guide}
        return json.dumps(whole, indent=1).encode()

    def _read(self, path: Path) -> None:
        with suppress(OSError):
            _new(path).unlink(missing_ok=True)  # an app that was killed left it half written
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            return
        except OSError:
            self.trouble = _(BROKEN)
            return
        try:
            whole = json.loads(data) if len(data) <= LARGEST else None
            if isinstance(whole, dict) and _version(whole) > VERSION:
                self._frozen, self.trouble = True, _(NEWER)
                return
            self._take(_checked(whole))
        except (ValueError, TypeError, KeyError, RecursionError):
            self.trouble = _(BROKEN)
            return
        self._written = data

    def _take(self, guide: Mapping[str, Any]) -> None:
        known = {
            text_of(address): kept_of(one)
            for address, one in object_of(guide["organisations"]).items()
        }
        current, language = text_of(guide["current"]), text_of(guide["language"])
        night, motion, proxy = guide["night"], guide["motion"], text_of(guide["proxy"])
        if not isinstance(night, bool) or not isinstance(motion, bool):
            raise TypeError
        self.organisations, self.current, self.language = known, current, language
        self.night, self.motion, self.proxy = night, motion, proxy


def _new(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _write(path: Path, data: bytes) -> None:
    """Writes beside the file first, so that it is whole, or as it was before."""
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
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _sum(guide: Mapping[str, Any]) -> str:
    """What tells a flipped byte: a number to call that was changed still looks like one."""
    import hashlib  # only where there is something to read or write

    exact = json.dumps(guide, sort_keys=True).encode()
    return hashlib.sha256(exact).hexdigest()


def _checked(whole: Any) -> Mapping[str, Any]:
    guide = object_of(object_of(whole)["guide"])
    if whole["sum"] != _sum(guide):
        raise ValueError
    return guide


def _version(whole: Mapping[str, Any]) -> int:
    version = whole["version"]
    if type(version) is not int:
        raise TypeError
    return version
