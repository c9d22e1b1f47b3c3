"""Marked values that must never be written, and the search for each form they could take."""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import blake2b, md5, sha1, sha256
from string import ascii_lowercase
from typing import Any
from urllib.parse import quote

import psycopg
import sqlalchemy

CLIENT = "127.0.0.77"
"""Where the marked requests come from: all of 127.0.0.0/8 is this machine."""

SHORTEST = 6
"""Bytes of the shortest form that is searched for."""

SHORT = 4000
"""Of content in bytes: up to this, to search for each form is as fast as for what begins them."""

LONG, MANY = 200_000, 500
"""Of content in bytes at a time, and of beginnings of forms: from so many on, one search for all
is faster."""


def mark(name: str) -> str:
    """A text that occurs nowhere else. Without digits: a file's name loses long numbers."""
    return f"mark-{name}-{''.join(secrets.choice(ascii_lowercase) for _ in range(12))}"


@dataclass
class Marks:
    """Names of what was marked, and for each the byte strings that would give it away."""

    forms: dict[str, set[bytes]] = field(default_factory=dict)

    def add(self, name: str, value: str | bytes) -> None:
        """Marks a value in all the forms that a program might write it in."""
        raw = value.encode() if isinstance(value, str) else value
        forms = self.forms.setdefault(name, set())
        forms |= {raw, raw.hex().encode(), raw.hex().upper().encode(), quote(raw).encode()}
        for shift in range(3):
            # Base64 in the midst of something longer: what the neighbours can't change.
            inner = b64encode(b"\0" * shift + raw)[(shift * 8 + 5) // 6 :]
            inner = inner[: (len(raw) * 8 - (-shift * 8) % 6) // 6]
            forms |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
        if isinstance(value, str):
            forms |= {value.upper().encode(), value.encode("utf-16-le")}

    def add_words(self, name: str, words: str) -> None:
        """Marks a list of words: any four in a row, however they are joined."""
        parts = words.split()
        for at in range(len(parts) - 3):
            for joint in " -,_+\n":
                self.add(name, joint.join(parts[at : at + 4]))
            self.add(name, '", "'.join(parts[at : at + 4]))

    def add_hashes(self, name: str, value: str) -> None:
        """Marks what a program might keep instead of a value that is easily guessed."""
        raw = value.encode()
        for made in (md5, sha1, sha256, blake2b):
            self.add(name, made(raw).digest())
        for size in (16, 32):
            self.add(name, blake2b(raw, digest_size=size).digest())

    def found_in(self, content: bytes) -> set[str]:
        """The names of the marks that this gives away."""
        if len(content) <= SHORT:
            return {
                name
                for name, forms in self.forms.items()
                if any(len(form) >= SHORTEST and form in content for form in forms)
            }
        begins = self._begins()
        if len(begins) < MANY:
            there = {begin for begin in begins if begin in content}
            return {name for begin in there for name, form in begins[begin] if form in content}
        found = set[str]()
        # All that stands in it once, then each form that begins like some of it.
        for start in range(0, len(content), LONG):
            end = min(start + LONG, len(content) - SHORTEST + 1)
            there = {content[at : at + SHORTEST] for at in range(start, end)}
            for begin in there & begins.keys():
                found |= {name for name, form in begins[begin] if form in content}
        return found

    def _begins(self) -> dict[bytes, list[tuple[str, bytes]]]:
        known: dict[bytes, list[tuple[str, bytes]]] = {}
        for name, forms in self.forms.items():
            for form in forms:
                if len(form) >= SHORTEST:
                    known.setdefault(form[:SHORTEST], []).append((name, form))
        return known


def rows(database_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the database holds it."""
    engine = sqlalchemy.create_engine(database_url)
    try:
        with engine.connect() as connection:
            names = sqlalchemy.inspect(connection).get_table_names()
            return {
                name: [
                    tuple(row)
                    for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
                ]
                for name in names
            }
    finally:
        engine.dispose()


def as_bytes(table: list[tuple[Any, ...]]) -> bytes:
    """Rows for the search: bytes as they are, everything else as text."""
    return b"\n".join(
        bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode()
        for row in table
        for one in row
    )


def postgres_places(database_url: str) -> tuple[str, str]:
    """Where the cluster lies, and the object id of this database."""
    with psycopg.connect(database_url) as connection:
        place = connection.execute("SHOW data_directory").fetchone()
        number = connection.execute(
            "SELECT oid::text FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert place is not None
    assert number is not None
    return str(place[0]), str(number[0])
