"""One application for many tests: it is made once, and its database put back after each.

To make an application costs more than most tests, and SQLAlchemy would write every statement
anew for each engine.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Engine, func, select

from api.models.base import Base
from api.rules import stretching
from shared.sealing import stretch as of_clients
from shared.sealing import tokens
from shared.sealing.stretch import Profile
from tests.service import Service

Stretch = Callable[[bytes, bytes, Profile], bytes]

_WORDS: list[str] = []


@dataclass
class Standing:
    """An application that stays, and how its database becomes what it was."""

    service: Service
    put_back: Callable[[], None]
    close: Callable[[], None]

    @contextmanager
    def lent(self) -> Iterator[Service]:
        """The application for one test: its clock shows now, and its browser has no cookies.

        What the test notes at its service, such as new keys of a handler, ends with it.
        """
        lent = copy(self.service)
        lent.begin_anew()
        lent.database.tidied = None
        with cheaply(), patch.object(tokens, "new_token", _words(tokens.new_token)):
            try:
                yield lent
            finally:
                self.put_back()
                lent.empty_vault()


def _words(new_token: Callable[[], str]) -> Callable[[], str]:
    """Makes tokens that differ within a test; the next test gets the same ones again.

    With `remembered` the service stretches each of them once, not in every test.
    """
    given = iter(range(1_000_000))  # its next step is one, whatever threads ask at once

    def token() -> str:
        at = next(given)
        while len(_WORDS) <= at:
            _WORDS.append(new_token())
        return _WORDS[at]

    return token


CHEAP = Profile("CHEAP", t=1, m=8, p=1)
"""The least that Argon2id takes: a thousandth of what people's words and passwords cost."""

KNOWN: dict[bytes, bytes] = {}
"""What was stretched at the full cost, by this process or by the one that filled the template."""

_CHEAPLY: list[object] = []


@contextmanager
def cheaply() -> Iterator[None]:
    """What nobody has stretched yet is stretched at the least cost, here and as a client."""
    _CHEAPLY.append(None)
    try:
        yield
    finally:
        _CHEAPLY.pop()


@contextmanager
def remembered() -> Iterator[None]:
    """What this process has stretched once it knows, as the service and as a client.

    While an application of this process is lent both stretch `cheaply`, but for what they know:
    the people of the template have keys of the full cost. Servers that tests start, and tests
    without an application, know nothing of it.
    """
    cheap = dict[bytes, bytes]()
    with (
        patch.object(stretching, "_stretch", _once(stretching._stretch, KNOWN, cheap)),
        patch.object(of_clients, "stretch", _once(of_clients.stretch, KNOWN, cheap)),
    ):
        yield


def _once(real: Stretch, known: dict[bytes, bytes], cheap: dict[bytes, bytes]) -> Stretch:
    def stretch(secret: bytes, salt: bytes, profile: Profile) -> bytes:
        key = sha256(repr((profile, salt, secret)).encode()).digest()
        if key in known:
            return known[key]
        # Kept apart: a server that a test starts has the same salt, and knows the full cost only.
        if _CHEAPLY and len(salt) == 16:
            if key not in cheap:
                own = sha256(repr((profile, salt)).encode()).digest()[:16]
                cheap[key] = real(secret, own, CHEAP)
            return cheap[key]
        known[key] = real(secret, salt, profile)
        return known[key]

    return stretch


def copy_rows(source: Engine, target: Engine) -> None:
    """Puts all rows of one database into a PostgreSQL, in place of those that are there."""
    tables = Base.metadata.sorted_tables
    with source.connect() as reading, target.begin() as writing:
        for table in reversed(tables):
            writing.execute(table.delete())
        for table in tables:
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            if rows:
                writing.execute(table.insert(), rows)
            counted = table.autoincrement_column
            if counted is not None:  # PostgreSQL counts on from here
                last = select(func.max(counted)).scalar_subquery()
                counter = func.pg_get_serial_sequence(table.name, counted.name)
                writing.execute(select(func.setval(counter, last)))


def on_sqlite(template: Path, handlers: Mapping[str, Any], place: Path) -> Standing:
    """One that stands on a copy of this file, which is copied again after each test."""
    shutil.copy(template, place)
    service = Service(f"sqlite:///{place}", handlers)

    def put_back() -> None:
        # No connection may go on that knows pages of the old file.
        service.close()
        for end in ("", "-wal", "-shm"):
            place.with_name(place.name + end).unlink(missing_ok=True)
        shutil.copy(template, place)

    return Standing(service, put_back, service.close)


def on_postgres(url: str, handlers: Mapping[str, Any]) -> Standing:
    """One that stands on this database, whose rows are put back after each test.

    They are kept beside it, in a schema of their own, so that one message puts all back. A copy
    of the database for each test would take a gigabyte and most of the time.
    """
    service = Service(url, handlers)
    names = [table.name for table in Base.metadata.sorted_tables]
    # Rows are put back as they were together: the rules that bind tables need not be asked.
    steps = ["BEGIN", "SET LOCAL session_replication_role = replica"]
    steps += [f'DELETE FROM public."{name}"' for name in names]
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("CREATE SCHEMA kept")
    for name in names:
        kept = f'kept."{name}" AS TABLE public."{name}"'
        if connection.execute(f"CREATE TABLE {kept}".encode()).rowcount:
            steps.append(f'INSERT INTO public."{name}" SELECT * FROM kept."{name}"')
    message = ";".join([*steps, "COMMIT"]).encode()

    def put_back() -> None:
        connection.execute(message)

    def close() -> None:
        service.close()
        connection.close()

    return Standing(service, put_back, close)
