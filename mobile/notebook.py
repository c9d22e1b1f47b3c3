"""The notebook: what the phone keeps under a PIN, in one encrypted file. No Kivy here.

It exists only if its user chose a PIN. Records are those of `mobile.store`; the file's format
is in docs/notebook.md. The PIN is stretched (`mobile.pin_key`), mixed with a secret of the
device where it has one (`mobile.keystore`), and opens one of four slots, each of which holds a
key to records or nothing but chance: so nobody can see whether there is a second PIN, which
opens a notebook without anything in it. Wrong PINs are counted before they are tried.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag

from mobile import notebook_file as file
from mobile import notebook_parts as parts
from mobile.keystore import Device, this_device
from mobile.language import later
from mobile.notebook_file import (
    BrokenNotebook,
    InUse,
    NewerNotebook,
    NotebookError,
    NotKept,
    WeakPin,
    Wiped,
    WrongPin,
    check_pin,
    exists,
    told,
)
from mobile.pin_key import Cost, calibrate
from mobile.store import FILE, Record

__all__ = [
    "FILE",
    "BrokenNotebook",
    "InUse",
    "NewerNotebook",
    "NotKept",
    "Notebook",
    "NotebookError",
    "WeakPin",
    "Wiped",
    "WrongPin",
    "check_pin",
    "exists",
    "tries_left",
    "wait",
    "wipe",
]

TRIES = 10
WAITS = (0, 0, 0, 5, 15, 30, 60, 120, 300)
"""Seconds to wait after so many wrong PINs; the last one for all that follow."""

OWN = "notebook", "slots"
"""The record by which a notebook knows the slots behind it, and whether it is a second one."""
DIFFER = later("The two PINs have to differ.")

_since: dict[Path, float] = {}
"""When the wait for a notebook began, by the monotonic clock: a restart begins it anew."""


def wait(directory: Path, clock: Callable[[], float] = time.monotonic) -> float:
    """Seconds until a PIN may be tried; 0 if now. Raises what reading the file may raise."""
    path = directory / FILE
    with file.reading(path) as db:
        wrong = int(file.lock_row(db)["wrong"])
    began = _since.setdefault(path, clock())
    return max(0.0, began + _wait_after(wrong) - clock())


def _wait_after(wrong: int) -> float:
    return float(WAITS[min(wrong, len(WAITS) - 1)])


def wipe(directory: Path, device: Device | None = None) -> None:
    """Destroys the notebook: the device's key, then the file's bytes, then the file."""
    file.wipe(directory, device or this_device())
    _since.pop(directory / FILE, None)


def tries_left(directory: Path) -> int:
    """How many wrong PINs there may still be."""
    with file.reading(directory / FILE) as db:
        row = file.lock_row(db)
    return max(0, int(row["tries"]) - int(row["wrong"]))


class _Row(NamedTuple):
    """A record: its id, its place among all, and what it holds, as JSON."""

    id: bytes
    at: int
    text: str


@dataclass(repr=False)  # it holds a key
class Notebook:
    """An open notebook: a `Store`. Any thread may call it. `close` forgets the key.

    `unreadable` counts records that are damaged: they are left as they are, and told.
    """

    directory: Path
    _db: sqlite3.Connection
    _number: int
    _key: bytes
    _device: Device
    unreadable: int = 0
    _kept: dict[tuple[str, str], _Row] = field(default_factory=dict)
    _lost: set[bytes] = field(default_factory=set)
    _lock: Any = field(default_factory=RLock)

    # --- making and opening ---

    @classmethod
    def create(
        cls,
        directory: Path,
        pin: str,
        *,
        tries: int = TRIES,
        cost: Cost | None = None,
        device: Device | None = None,
    ) -> Notebook:
        """Makes a notebook under a PIN and opens it; takes a second or two.

        `cost` is worked out for this device unless a test gives one. Raises `WeakPin`,
        `NotKept`, and `FileExistsError` if there is one already.
        """
        check_pin(pin)
        if exists(directory):
            raise FileExistsError
        device, new = device or this_device(), directory / (FILE + "-new")
        cost, salt, key = cost or calibrate(), os.urandom(16), os.urandom(file.KEY)
        with told():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            os.close(os.open(new, os.O_CREAT | os.O_WRONLY, 0o600))
        bound = device.make()
        outer = file.outer_key(pin, salt, cost, device, bound=bound)
        numbers = secrets.SystemRandom().sample(range(file.SLOTS), file.SLOTS)
        slots = [os.urandom(file.SLOT) for _ in numbers]
        slots[numbers[0]] = file.seal(outer, key, b"slot")
        with told():
            db = file.connect(new, new=True)
            db.executescript(f"PRAGMA user_version = {file.VERSION};{file.TABLES}{file.PARTS}")
            row = (cost.passes, cost.memory, salt, int(bound), tries, 0, b"")
            db.execute("INSERT INTO lock VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            for at, sealed in enumerate(slots):
                listed = file.seal(os.urandom(file.KEY), file.listed(()), b"list")
                db.execute("INSERT INTO slots VALUES (?, ?, ?)", (at, sealed, listed))
            made = cls(directory, db, numbers[0], key, device)
            made._insert([(*OWN, {"next": numbers[1:], "second": False})])
            file.stamp(db)
            db.commit()
            db.close()
            new.rename(directory / FILE)
            file.sync(directory)
        made._db = file.connect(directory / FILE)
        return made

    @classmethod
    def open(
        cls,
        directory: Path,
        pin: str,
        device: Device | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Notebook:
        """Opens the notebook with either PIN; takes about a second.

        Raises `WrongPin` (also while one has to wait, and then nothing was tried), `Wiped`
        after the last wrong one, `NewerNotebook`, `BrokenNotebook`, `InUse`, and `NotKept` if
        a try can't be counted.
        """
        path, device = directory / FILE, device or this_device()
        left = wait(directory, clock)
        db = file.connect(path)
        try:
            row = file.lock_row(db)
            tries, wrong = int(row["tries"]), int(row["wrong"])
            if left > 0:
                raise WrongPin(tries - wrong, left)
            if wrong >= tries:  # the last try was cut off: it counts
                raise Wiped
            _since[path] = clock()
            with told(), db:  # counted first: a try that is cut off was one
                file.count(db, wrong + 1)
            try:
                found = file.open_slots(db, row, pin, device)
            except Exception:  # no memory, no keystore: that was no try
                with told(), db:
                    file.count(db, wrong)
                raise
            if not found:
                _since[path] = clock()
                if wrong + 1 >= tries:
                    raise Wiped
                raise WrongPin(tries - wrong - 1, _wait_after(wrong + 1))
            book = cls._found(directory, db, found, device)
            # Who knows only a second PIN gets no more tries at the first one by using it.
            with told(), db:
                file.count(db, wrong if book._second else 0)
        except BaseException as error:
            db.close()
            if isinstance(error, Wiped):
                wipe(directory, device)
            if isinstance(error, sqlite3.DatabaseError):
                raise BrokenNotebook from None
            raise
        _since.pop(path, None)
        return book

    @classmethod
    def _found(
        cls,
        directory: Path,
        db: sqlite3.Connection,
        slots: list[tuple[int, bytes]],
        device: Device,
    ) -> Notebook:
        """The notebook that a PIN opens. If it opens two, the second: see `change_pin`."""
        books = [cls(directory, db, number, key, device) for number, key in slots]
        with suppress(sqlite3.OperationalError):  # no room left: the records can be read
            db.executescript(file.PARTS)
        for one in books:
            one._read()
        return next((one for one in books if one._second), books[0])

    def close(self) -> None:
        """Forgets the key and what was read."""
        with self._lock:
            self._key = b""
            self._kept.clear()
            self._db.close()

    # --- records ---

    def put(self, kind: str, name: str, record: Record) -> None:
        """Keeps a record, durably. Raises `NotKept`; then what was there before is there."""
        self.put_all([(kind, name, record)])

    def put_all(self, records: Iterable[tuple[str, str, Record]]) -> None:
        """Keeps several, durably, all or none. Raises `NotKept`, also once it is closed."""
        with self._lock, told():
            before = dict(self._kept)
            try:
                with self._open_db():
                    self._insert(records)
            except BaseException:
                self._kept = before
                raise

    def _insert(self, records: Iterable[tuple[str, str, Record]]) -> None:
        """Writes records within a transaction of the caller's."""
        for kind, name, record in records:
            text = json.dumps(record, ensure_ascii=False)  # shorter to seal and to hold
            old = self._kept.get((kind, name))
            at = old.at if old else 1 + max((one.at for one in self._kept.values()), default=0)
            new = _Row(old.id if old else os.urandom(16), at, text)
            head = json.dumps({"kind": kind, "name": name, "at": at})[:-1]
            body = file.padded(f'{head}, "record": {text}}}'.encode())
            values = (new.id, file.seal(self._key, body, new.id))
            self._db.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", values)
            self._kept[kind, name] = new
        self._write_list()

    def _open_db(self) -> sqlite3.Connection:
        """The file, for one transaction."""
        if not self._key:
            raise NotKept
        return self._db

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """A copy of one record."""
        found = self._kept.get((kind, name))
        return None if found is None else dict(json.loads(found.text))

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Copies of all of a kind, by name, in the order in which they first came."""
        with self._lock:
            return {
                name: json.loads(row.text)
                for (one, name), row in self._kept.items()
                if one == kind
            }

    def drop(self, kind: str, name: str) -> None:
        """Forgets one; its bytes are overwritten. Raises `NotKept`, also once it is closed."""
        with self._lock, told():
            row = self._kept.get((kind, name))
            if row is None:
                return
            with self._open_db() as db:
                db.execute("DELETE FROM records WHERE id = ?", (row.id,))
                self._write_list(without=row.id)
            del self._kept[kind, name]

    # --- parts ---

    def put_part(self, name: str, number: int, data: bytes) -> None:
        """Keeps a part of a piece's bytes, durably. Raises `NotKept`."""
        with self._lock, told(), self._open_db() as db:
            parts.put(db, self._key, name, number, data)

    def part(self, name: str, number: int) -> bytes | None:
        """A part; None if it is not there, or damaged. Raises `NotKept` once it is closed."""
        with self._lock, told():
            return parts.get(self._open_db(), self._key, name, number)

    def part_names(self) -> set[str]:
        """The names of the pieces whose bytes are kept here."""
        with self._lock, told():
            return parts.own(self._open_db(), self._key)

    def drop_parts(self, name: str) -> None:
        """Forgets all parts of a piece; their bytes are overwritten. Raises `NotKept`."""
        with self._lock, told(), self._open_db() as db:
            parts.drop(db, [name])

    def tidy(self, names: Collection[str]) -> None:
        """Forgets what this key opens of all pieces but these. Raises `NotKept`."""
        with self._lock, told(), self._open_db() as db:
            parts.drop(db, parts.own(db, self._key) - set(names))

    def _write_list(self, without: bytes = b"") -> None:
        """The ids of this key's records: so that one that vanished or broke is missed."""
        ids = {row.id for row in self._kept.values()} | self._lost
        sealed = file.seal(self._key, file.listed(sorted(ids - {without})), b"list")
        self._db.execute("UPDATE slots SET listed = ? WHERE number = ?", (sealed, self._number))

    def _read(self) -> None:
        query = "SELECT listed FROM slots WHERE number = ?"
        listed = self._db.execute(query, (self._number,)).fetchone()["listed"]
        try:
            text = file.unseal(self._key, listed, b"list").decode()
            self._lost = {bytes.fromhex(one) for one in text.split()}
        except InvalidTag:  # nothing tells what is missing, but that something is wrong
            self.unreadable = 1
        found = []
        for which, sealed in self._db.execute("SELECT id, sealed FROM records"):
            try:
                one = json.loads(file.unpadded(file.unseal(self._key, sealed, which)))
            except (InvalidTag, ValueError):
                continue  # the other key's; or damaged, and then it stays among the lost
            found.append((which, one))
            self._lost.discard(which)
        self.unreadable += len(self._lost)
        for which, one in sorted(found, key=lambda pair: pair[1]["at"]):
            self._kept[one["kind"], one["name"]] = _Row(
                which, one["at"], json.dumps(one["record"], ensure_ascii=False)
            )

    # --- PINs ---

    def confirm(self, pin: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Returns if this PIN opens this notebook; each try counts as one at the lock does.

        Raises `WrongPin` (also while one has to wait, and then nothing was tried) and, after
        the last wrong one, `Wiped`: then it is closed and destroyed. A PIN of another notebook
        in this file is as wrong as any.
        """
        path = self.directory / FILE
        with self._lock:
            db = self._open_db()
            row = file.lock_row(db)
            tries, wrong = int(row["tries"]), int(row["wrong"])
            began = _since.setdefault(path, clock())
            if (left := began + _wait_after(wrong) - clock()) > 0:
                raise WrongPin(tries - wrong, left)
            _since[path] = clock()
            with told(), db:  # counted first: a try that is cut off was one
                file.count(db, wrong + 1)
            try:
                right = self._number in {number for number, _ in self._slots(pin)}
            except Exception:  # no memory, no keystore: that was no try
                with told(), db:
                    file.count(db, wrong)
                raise
            if right:
                with told(), db:
                    file.count(db, wrong if self._second else 0)
                _since.pop(path, None)
                return
            _since[path] = clock()
            if wrong + 1 < tries:
                raise WrongPin(tries - wrong - 1, _wait_after(wrong + 1))
            self.close()
        wipe(self.directory, self._device)
        raise Wiped

    def tries(self, clock: Callable[[], float] = time.monotonic) -> tuple[int, float]:
        """How many wrong PINs there may still be, and the seconds to wait before the next."""
        with self._lock:
            row = file.lock_row(self._open_db())
        wrong, began = int(row["wrong"]), _since.setdefault(self.directory / FILE, clock())
        return int(row["tries"]) - wrong, max(0.0, began + _wait_after(wrong) - clock())

    def change_pin(self, pin: str) -> None:
        """From now on this PIN opens it. Raises `WeakPin`, `NotKept`.

        In a second notebook nothing tells whether somebody guessed the first PIN by this: such
        a PIN then opens the second one.
        """
        check_pin(pin)
        opened = {number for number, _ in self._slots(pin)}
        if not self._second and opened - {self._number}:
            raise WeakPin(DIFFER)
        sealed = self._sealed(pin, self._key)
        with self._lock, told(), self._open_db() as db:
            file.write_slot(db, self._number, sealed)

    def set_empty(self, pin: str) -> None:
        """From now on this second PIN opens a notebook without anything in it.

        Raises `WeakPin` if it is the PIN in use, and `NotKept`. What an earlier second PIN
        opened is gone. The notebook of a second PIN can have a second one of its own, which
        costs nothing of the first: each knows which slots are behind it.
        """
        check_pin(pin)
        if self._number in {number for number, _ in self._slots(pin)}:
            raise WeakPin(DIFFER)
        behind = list((self.get(*OWN) or {}).get("next", ()))
        if not behind:
            return  # the last of the four
        key = os.urandom(file.KEY)
        other = Notebook(self.directory, self._db, behind[0], key, self._device)
        sealed = other._sealed(pin, key)
        own = [row.id for row in self._kept.values()] + list(self._lost)
        with self._lock, told(), self._open_db() as db:
            if not self._second:  # all others are behind this one
                marks = ", ".join("?" * len(own))
                db.execute(f"DELETE FROM records WHERE id NOT IN ({marks})", own)  # noqa: S608
                parts.drop_others(db, self._key)
            for number in behind[1:]:
                file.write_slot(db, number, os.urandom(file.SLOT))
            file.write_slot(db, behind[0], sealed)
            other._insert([(*OWN, {"next": behind[1:], "second": True})])

    @property
    def _second(self) -> bool:
        return bool((self.get(*OWN) or {}).get("second"))

    def _slots(self, pin: str) -> list[tuple[int, bytes]]:
        """The slots that a PIN opens, with their keys."""
        return file.open_slots(self._db, file.lock_row(self._db), pin, self._device)

    def _sealed(self, pin: str, key: bytes) -> bytes:
        """A slot that this PIN opens."""
        row = file.lock_row(self._db)
        cost, bound = Cost(row["passes"], row["memory"]), bool(row["bound"])
        outer = file.outer_key(pin, row["salt"], cost, self._device, bound=bound)
        return file.seal(outer, key, b"slot")
