"""The bytes of evidence in the notebook's file, in parts that are read one by one. No Kivy here.

Each part is sealed like a record, and bound to its piece and number (docs/notebook.md). Whose a
part is, nobody can see; whoever has the key finds out by opening the first one of each piece.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag

from mobile.notebook_file import seal, unseal

QUERY = "SELECT sealed FROM parts WHERE id = ? AND number = ?"


def _place(which: bytes, number: int) -> bytes:
    return b"part\0" + which + number.to_bytes(4, "big")


def put(db: sqlite3.Connection, key: bytes, name: str, number: int, data: bytes) -> None:
    """Writes a part, in the caller's transaction. `name` is hexadecimal."""
    which = bytes.fromhex(name)
    sealed = seal(key, data, _place(which, number))
    db.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)", (which, number, sealed))


def get(db: sqlite3.Connection, key: bytes, name: str, number: int) -> bytes | None:
    """A part; None if it is not there, or is not what was written."""
    which = bytes.fromhex(name)
    row = db.execute(QUERY, (which, number)).fetchone()
    try:
        return None if row is None else unseal(key, row["sealed"], _place(which, number))
    except InvalidTag:
        return None


def own(db: sqlite3.Connection, key: bytes) -> set[str]:
    """The names of the pieces of which this key opens a part."""
    found = db.execute("SELECT id, min(number) AS number FROM parts GROUP BY id").fetchall()
    named = ((bytes(row["id"]).hex(), int(row["number"])) for row in found)
    return {name for name, number in named if get(db, key, name, number) is not None}


def drop(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Removes all parts of these pieces, in the caller's transaction."""
    for name in names:
        db.execute("DELETE FROM parts WHERE id = ?", (bytes.fromhex(name),))


def drop_others(db: sqlite3.Connection, key: bytes) -> None:
    """Removes what this key does not open, in the caller's transaction."""
    keep = own(db, key)
    found = db.execute("SELECT DISTINCT id FROM parts").fetchall()
    drop(db, [name for row in found if (name := bytes(row["id"]).hex()) not in keep])
