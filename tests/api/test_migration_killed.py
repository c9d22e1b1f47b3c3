"""A migration that is killed at any of its statements: nothing is changed, and the next finishes.

Several at once, and one that has to wait for who uses a table.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text

from api import migrations
from api.config import Config
from api.models.base import Base, Database
from tests.conftest import BOTH, new_postgres
from tests.ordeal import tell
from tests.service import SECRET

FIRST = "0001"
NEVER = 1_000_000
ROW = "INSERT INTO organisations VALUES (1, 'east', 'East', 'Europe/London', '[]', '{}', :b, :b)"


@pytest.fixture(params=BOTH)
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the tables of the first version, and a row in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'first.db'}"
    else:
        url = new_postgres(request.getfixturevalue("postgres_server"))
    database = Database(Config(url, SECRET))
    migrations.upgrade(database.engine, FIRST)
    with database.engine.begin() as connection:
        connection.execute(text(ROW), {"b": b"b"})
    yield database
    database.engine.dispose()


def upgrade_in_child(database: Database, dies_at: int) -> int:
    """Runs the upgrade in a process of its own, which dies before a statement; its exit code."""
    database.engine.dispose()
    child = os.fork()
    if not child:
        try:
            steps = count()

            def die(*_: Any) -> None:
                if next(steps) == dies_at:
                    os.kill(os.getpid(), signal.SIGKILL)

            own = Database(database.config)
            event.listen(own.engine, "before_cursor_execute", die)
            event.listen(own.engine, "commit", die)
            migrations.upgrade(own.engine)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def statements(database: Database) -> int:
    """How many statements and commits the upgrade has, tried on tables that are thrown away."""
    steps = count()

    def note(*_: Any) -> None:
        next(steps)

    for what in ("before_cursor_execute", "commit"):
        event.listen(database.engine, what, note)
    migrations.upgrade(database.engine)
    for what in ("before_cursor_execute", "commit"):
        event.remove(database.engine, what, note)
    return next(steps)


def tables(database: Database) -> dict[str, set[str]]:
    """The columns of each table."""
    with database.engine.connect() as connection:
        look = inspect(connection)
        return {
            name: {one["name"] for one in look.get_columns(name)}
            for name in look.get_table_names()
        }


def begin_anew(database: Database) -> None:
    """The tables of the first version again, with its row."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            for name in inspect(connection).get_table_names():
                connection.exec_driver_sql(f'DROP TABLE "{name}"')
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        else:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        connection.commit()
    migrations.upgrade(database.engine, FIRST)
    with database.engine.begin() as connection:
        connection.execute(text(ROW), {"b": b"b"})


def check_finished(database: Database) -> None:
    """The tables are those of the models, and the row is still there."""
    assert migrations.is_current(database.engine)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        slugs = connection.execute(text("SELECT slug FROM organisations")).scalars().all()
    assert slugs == ["east"]


def kill(database: Database, step: int) -> None:
    """Killed before this step nothing has changed."""
    before = tables(database)
    assert upgrade_in_child(database, step) == -signal.SIGKILL
    assert tables(database) == before
    assert migrations.state(database.engine) == "older"


def finish(database: Database) -> None:
    """Run again it finishes."""
    migrations.upgrade(database.engine)
    check_finished(database)


def test_it_works(first: Database) -> None:
    assert upgrade_in_child(first, NEVER) == 0
    check_finished(first)


@pytest.mark.parametrize("part", [0.3, 1.0])
def test_killed_half_way(first: Database, part: float) -> None:
    steps = statements(first)
    assert steps > 50
    begin_anew(first)
    kill(first, int((steps - 1) * part))
    finish(first)


@pytest.mark.ordeal
@pytest.mark.timeout(900)
def test_killed_at_every_step(first: Database) -> None:
    steps = statements(first)
    begin_anew(first)
    for step in range(steps):
        kill(first, step)
        if step % 20 == 0:
            finish(first)
            begin_anew(first)
    finish(first)
    kind = "SQLite" if first.is_sqlite else "PostgreSQL"
    tell("scale", f"migration killed before each statement, {kind}", tried=steps, lost=0)


def test_several_at_once(first: Database) -> None:
    first.engine.dispose()
    children = []
    for _ in range(3):
        child = os.fork()
        if not child:
            try:
                migrations.upgrade(Database(first.config).engine)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children]
    assert codes == [0, 0, 0]
    check_finished(first)


# On SQLite the others wait in any case: it has one writer.
@pytest.mark.parametrize("first", ["postgresql"], indirect=True)
def test_others_go_by_while_it_waits(first: Database) -> None:
    done = threading.Event()
    with first.engine.connect() as long, ThreadPoolExecutor(1) as threads:
        # Somebody reads for a long time; the migration needs the table for itself.
        long.execute(text("SELECT count(*) FROM cases"))
        going = threads.submit(migrations.upgrade, first.engine)
        going.add_done_callback(lambda _: done.set())
        with first.engine.connect() as other:
            for _ in range(4):
                assert not done.wait(1.0)
                # Behind a migration that waits for ever this one would wait for ever too.
                other.exec_driver_sql("SET LOCAL statement_timeout = '10s'")
                assert other.execute(text("SELECT count(*) FROM cases")).scalar() == 0
                other.rollback()
        long.rollback()
        going.result(60)
    check_finished(first)
