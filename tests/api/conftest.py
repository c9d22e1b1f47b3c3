"""One PostgreSQL database for all tests of the calls, put back as it was after each.

A copy for each test would take a gigabyte and most of the time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.config import Config
from api.models.base import Base, Database
from api.rules.accounts import NewHandler
from tests.conftest import BOTH, Template, new_postgres
from tests.service import SECRET, Service

Filled = tuple[Database, dict[str, NewHandler], Mapping[str, list[dict[str, Any]]]]


@pytest.fixture(scope="session")
def filled_postgres(postgres_server: str, postgres_template: Template) -> Iterator[Filled]:
    """A copy of the filled database, and its rows."""
    template, handlers = postgres_template
    url = new_postgres(postgres_server, template.rsplit("/", 1)[1])
    database = Database(Config(url, SECRET))
    with database.engine.connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }
    yield database, handlers, rows
    database.engine.dispose()


def put_back(filled: Filled) -> None:
    """Makes the database hold just the rows that it began with."""
    database, _, rows = filled
    with database.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        for table in Base.metadata.sorted_tables:
            if rows[table.name]:
                connection.execute(table.insert(), rows[table.name])


@pytest.fixture(params=BOTH)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """The application with two organisations; runs without Flask's TESTING, as users have it."""
    if request.param == "sqlite":
        template, handlers = request.getfixturevalue("sqlite_template")
        copy = tmp_path / "wren.db"
        shutil.copy(template.removeprefix("sqlite:///"), copy)
        made = Service(f"sqlite:///{copy}", handlers)
        yield made
        made.close()
        return
    filled: Filled = request.getfixturevalue("filled_postgres")
    made = Service(filled[0].config.database_url, filled[1])
    yield made
    made.close()
    put_back(filled)
