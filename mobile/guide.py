"""The public things that the app keeps between two runs: what anybody can fetch. No Kivy here.

One file, `guide.json`, in clear: organisations as they were last seen, and the looks of the app.
It is there before a PIN was typed, so that guidance works offline and an older roster is
refused after a restart. Nothing in it tells whether its owner ever reported anything. It is
written whole or not at all, and only when something in it changed. The way out, straight or by
a proxy, is in a file of its own besides (`mobile.way_out`), which counts where both are there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from threading import RLock
from typing import Any

from mobile import whole_file
from mobile.kept import Kept, kept_of, object_of, text_of
from mobile.language import _, later
from mobile.way_out import WayOut

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
        self._way = WayOut(where)
        self.trouble = ""
        if self._path is not None:
            self._read(self._path)

    # --- the way out ---

    @property
    def proxy(self) -> str:
        """Through which everything goes; empty: straight. Counts only if the way is known."""
        return self._way.proxy

    @proxy.setter
    def proxy(self, address: str) -> None:
        self._way.choose(address)

    @property
    def way_known(self) -> bool:
        """Whether anything may go out: not where what its user had chosen can't be read."""
        return self._way.known

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
            data = self._to_bytes()
            try:
                self._way.save()
                if self._frozen:
                    return False
                if data == self._written:
                    return True
                whole_file.write(self._path, data)
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
        try:
            data = whole_file.read(path, LARGEST)
        except OSError:
            self._unread(BROKEN)
            return
        if data is None:
            return
        try:
            whole = json.loads(data) if len(data) <= LARGEST else None
            if isinstance(whole, dict) and _version(whole) > VERSION:
                self._frozen = True
                self._unread(NEWER)
                return
            self._take(_checked(whole))
        except (ValueError, TypeError, KeyError, RecursionError):
            self._unread(BROKEN)
            return
        self._written = data

    def _unread(self, trouble: str) -> None:
        self.trouble = _(trouble)
        self._way.doubt()

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
        self.night, self.motion = night, motion
        if proxy and not self._way.chosen:
            self._way.choose(proxy)


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
