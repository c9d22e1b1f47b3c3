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
from pathlib import Path
from typing import Any

from sqlalchemy import select

from api.models.base import Base
from tests.service import Service


@dataclass
class Standing:
    """An application that stays, and how its database becomes what it was."""

    service: Service
    put_back: Callable[[], None]

    @contextmanager
    def lent(self) -> Iterator[Service]:
        """The application for one test: its clock shows now, and its browser has no cookies.

        What the test notes at its service, such as new keys of a handler, ends with it.
        """
        lent = copy(self.service)
        lent.begin_anew()
        try:
            yield lent
        finally:
            self.put_back()


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

    return Standing(service, put_back)


def on_postgres(url: str, handlers: Mapping[str, Any]) -> Standing:
    """One that stands on this database, whose rows are put back after each test.

    A copy for each test would take a gigabyte and most of the time.
    """
    service = Service(url, handlers)
    tables = Base.metadata.sorted_tables
    with service.database.engine.connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in tables
        }

    def put_back() -> None:
        with service.database.engine.begin() as connection:
            for table in reversed(tables):
                connection.execute(table.delete())
            for table in tables:
                if rows[table.name]:
                    connection.execute(table.insert(), rows[table.name])

    return Standing(service, put_back)
