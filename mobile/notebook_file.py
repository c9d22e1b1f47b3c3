"""The notebook's file: its tables, its locks, and what is wrong with it. No Kivy here.

docs/notebook.md has the format. `mobile.notebook` is what the app uses.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from mobile.keystore import Device
from mobile.language import later
from mobile.pin_key import Cost
from mobile.store import FILE
from shared.errors import WrenError
from shared.sealing.encoding import hkdf

MAGIC = b"SQLite format 3\0"
VERSION = 1
LEAST_DIGITS = 6
STEP = 1024
"""Bytes: a record is as long as a multiple of these."""
KEY, NONCE, TAG = 32, 12, 16
SLOT = NONCE + KEY + TAG
SLOTS = 4
LOCK = "SELECT passes, memory, salt, bound, tries, wrong FROM lock"
TABLES = """
CREATE TABLE lock (
    passes INTEGER NOT NULL, memory INTEGER NOT NULL, salt BLOB NOT NULL,
    bound INTEGER NOT NULL, tries INTEGER NOT NULL, wrong INTEGER NOT NULL, sum BLOB NOT NULL
);
CREATE TABLE slots (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL, listed BLOB NOT NULL);
CREATE TABLE records (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
"""
PARTS = """
CREATE TABLE IF NOT EXISTS parts (
    id BLOB NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS part ON parts (id, number);
"""
"""A notebook of an earlier Wren has no such table: it gets one when it is opened."""


class NotebookError(WrenError):
    """Something about the notebook on this phone."""

    code = "notebook"
    status = 0
    title = later("The notebook on this phone")
    default = later("The notebook on this phone can\u2019t be used now.")


class WrongPin(NotebookError):
    """`left` tries are left; the next one may be made in `wait` seconds."""

    code = "wrong_pin"
    default = later("That is not the PIN.")

    def __init__(self, left: int, wait: float) -> None:
        super().__init__()
        self.left, self.wait = left, wait


class Wiped(NotebookError):
    code = "wiped"
    default = later("Too many wrong PINs. Everything that was kept here is erased.")


class NewerNotebook(NotebookError):
    code = "newer_notebook"
    default = later(
        "A newer Wren wrote this notebook. Update the app to open it. Nothing is lost."
    )


class BrokenNotebook(NotebookError):
    code = "broken_notebook"
    default = later("The notebook on this phone is damaged, and can\u2019t be opened.")


class InUse(NotebookError):
    code = "notebook_in_use"
    default = later("Wren is open in another window. Close that one first.")


class NotKept(NotebookError):
    code = "not_kept"
    default = later(
        "This phone has no room left, or does not let Wren write. This was not kept: free some "
        "space, and try again."
    )


class WeakPin(NotebookError):
    code = "weak_pin"
    default = later("Choose six digits or more that nobody would try first.")


def check_pin(pin: str) -> None:
    """Returns if a PIN can be chosen. Raises `WeakPin` with what is wrong with it."""
    if not re.fullmatch(r"[0-9]+", pin):
        raise WeakPin(later("A PIN has digits only."))
    if len(pin) < LEAST_DIGITS:
        raise WeakPin(later("A PIN has six digits or more."))
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    repeated = any(pin == pin[:n] * (len(pin) // n) for n in (1, 2, 3) if len(pin) % n == 0)
    if repeated or steps in ({1}, {9}):
        raise WeakPin


def exists(directory: Path) -> bool:
    """Whether somebody keeps a notebook here."""
    return (directory / FILE).exists()


def wipe(directory: Path, device: Device) -> None:
    """Destroys the notebook: the device's key, then the file's bytes, then the file.

    A disk that writes elsewhere than it reads (flash) may keep the old bytes: they are
    ciphertext whose keys are gone (docs/threats.md).
    """
    try:
        device.destroy()
    finally:
        _overwrite(directory)


def _overwrite(directory: Path) -> None:
    for one in sorted(directory.glob(FILE + "*"), reverse=True):  # SQLite's journal too
        size = one.stat().st_size
        with suppress(OSError), one.open("r+b", buffering=0) as file:
            for _ in range(0, size, 1 << 20):
                file.write(secrets.token_bytes(1 << 20))
            os.fsync(file.fileno())
            file.truncate(0)
        one.unlink(missing_ok=True)


def connect(path: Path, *, new: bool = False) -> sqlite3.Connection:
    """The file, for this process alone. Raises `InUse`, `NotKept` or `BrokenNotebook`."""
    with told():
        with path.open("rb") as began:
            if not new and began.read(len(MAGIC)) != MAGIC:
                raise BrokenNotebook  # SQLite would make a database of what is left of one
        # No file is made where there is none, nor in the place of one that was taken away.
        db = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, check_same_thread=False, timeout=0
        )
        try:
            db.row_factory = sqlite3.Row
            for each in ("locking_mode = EXCLUSIVE", "secure_delete = ON", "synchronous = FULL"):
                db.execute(f"PRAGMA {each}")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("COMMIT")
        except sqlite3.Error:
            db.close()
            raise
    return db


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, until the block is left."""
    db = connect(path)
    try:
        yield db
    finally:
        db.close()


def lock_row(db: sqlite3.Connection) -> Any:
    """The row about the lock. Raises `NewerNotebook` or `BrokenNotebook`."""
    with told():
        if db.execute("PRAGMA user_version").fetchone()[0] > VERSION:
            raise NewerNotebook
        try:
            row = db.execute("SELECT * FROM lock").fetchone()
        except sqlite3.OperationalError:  # no such table
            raise BrokenNotebook from None
    if row is None or row["sum"] != _sum(db) or not Cost(row["passes"], row["memory"]).sound():
        raise BrokenNotebook  # else the right PIN would seem wrong, and be counted as wrong
    return row


def _sum(db: sqlite3.Connection) -> bytes:
    """SHA-256 over the lock and the slots: against damage, not against anybody."""
    found = hashlib.sha256()
    with told():
        for query in (LOCK, "SELECT number, sealed FROM slots"):
            for row in db.execute(query).fetchall():
                found.update(repr(tuple(row)).encode())
    return found.digest()


def stamp(db: sqlite3.Connection) -> None:
    """Writes the sum anew, in the caller's transaction."""
    db.execute("UPDATE lock SET sum = ?", (_sum(db),))


def count(db: sqlite3.Connection, wrong: int) -> None:
    """Writes how many wrong PINs there were, in the caller's transaction."""
    db.execute("UPDATE lock SET wrong = ?", (wrong,))
    stamp(db)


def write_slot(db: sqlite3.Connection, number: int, sealed: bytes) -> None:
    """Writes a slot, in the caller's transaction."""
    db.execute("UPDATE slots SET sealed = ? WHERE number = ?", (sealed, number))
    stamp(db)


def open_slots(
    db: sqlite3.Connection, row: Any, pin: str, device: Device
) -> list[tuple[int, bytes]]:
    """Numbers and keys of the slots that a PIN opens: none, one, or two with the same PIN."""
    cost = Cost(row["passes"], row["memory"])
    outer = outer_key(pin, row["salt"], cost, device, bound=bool(row["bound"]))
    found = []
    for number, sealed in db.execute("SELECT number, sealed FROM slots").fetchall():
        with suppress(InvalidTag):
            found.append((int(number), unseal(outer, sealed, b"slot")))
    return found


def outer_key(pin: str, salt: bytes, cost: Cost, device: Device, *, bound: bool) -> bytes:
    """The key to a slot: of the PIN, and of the device if the notebook is bound to it."""
    stretched = cost.stretch(pin, salt)
    mixed = device.mac(stretched) if bound else b""
    if mixed is None:
        raise BrokenNotebook(later("This notebook belongs to another phone."))
    return hkdf(stretched + mixed, "wren/v1/notebook")


def seal(key: bytes, text: bytes, place: bytes) -> bytes:
    """12 random bytes, and `text` under ChaCha20-Poly1305 (RFC 8439) bound to its place."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, text, b"wren/v1/notebook\0" + place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """The text. Raises `InvalidTag`."""
    if len(sealed) < NONCE + TAG:
        raise InvalidTag
    nonce, rest = sealed[:NONCE], sealed[NONCE:]
    return ChaCha20Poly1305(key).decrypt(nonce, rest, b"wren/v1/notebook\0" + place)


def padded(text: bytes) -> bytes:
    """The text, 0x80, and zeros up to a whole step."""
    return text + b"\x80" + bytes(-(len(text) + 1) % STEP)


def unpadded(text: bytes) -> bytes:
    """The text without its padding."""
    return text.rstrip(b"\0")[:-1]


def listed(ids: Iterable[bytes]) -> bytes:
    """The ids of all records, as text padded to whole steps."""
    text = "\n".join(one.hex() for one in ids).encode()
    return text + b" " * (-len(text) % STEP or STEP * (not text))


@contextmanager
def told() -> Iterator[None]:
    """What SQLite and the disk refuse, as what it means for people."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise InUse from None
        raise NotKept from None
    except sqlite3.DatabaseError:
        raise BrokenNotebook from None
    except OSError:
        raise NotKept from None


def sync(directory: Path) -> None:
    """Makes a file's new name durable, where a directory can be asked for that."""
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
