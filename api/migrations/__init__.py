"""Bringing a database to the tables of this version (Alembic), also while an older one serves.

What brings them there is one transaction, on SQLite too: whoever is killed in it has changed
nothing, and the next run begins anew. Of several runs at once one works, and the others find
that it is done.

Revisions are four digits, each one higher than the one before. As long as the first digit stays
the same, each only adds: then an older version still works with the tables of a newer one, as
docs/adding.md says.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from alembic.config import Config

State = Literal["missing", "older", "current", "newer", "foreign"]

_HERE = Path(__file__).parent
_TRIES, _PAUSE = 30, 1.0
_LOCK = 0x5772656E
"""The number of PostgreSQL's advisory lock: "Wren"."""
_BUSY = ("55P03", "40P01")
"""lock_not_available and deadlock_detected, as PostgreSQL numbers them."""


def configuration() -> Config:
    """Alembic's settings, made here: there is no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    return config


def newest() -> str:
    """This version's revision, four digits, by which its file is called.

    A server asks at its start, and Alembic would take half as long as the rest of it.
    """
    return max(file.name[:4] for file in (_HERE / "versions").glob("[0-9]*.py"))


def state(engine: Engine) -> State:
    """Which tables the database has, next to this version's.

    `newer` are those that this version works with too; `foreign` are all others.
    """
    with engine.connect() as connection:
        return _state(connection)


def _state(connection: Connection) -> State:
    found, own = _revision(connection), newest()
    if found is None:
        return "missing"
    if found == own:
        return "current"
    if len(found) != len(own) or not found.isdecimal():
        return "foreign"
    if found < own:
        return "older"
    return "newer" if found[0] == own[0] else "foreign"


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def is_current(engine: Engine) -> bool:
    """True if the database has just the tables of this version."""
    return state(engine) == "current"


def fits(engine: Engine) -> bool:
    """True if this version can work with the tables: they are its own, or only have more."""
    return state(engine) in ("current", "newer")


def upgrade(engine: Engine, to: str = "head") -> None:
    """Brings the database to the newest version; one that is there, or beyond, stays as it is.

    On PostgreSQL it waits for those who use a table, and lets others by meanwhile: it gives up
    what it has after a few seconds and tries again. Raises `DBAPIError` after half a minute of
    tries, and Alembic's `CommandError` for tables of no version that this one knows.
    """
    for left in reversed(range(_TRIES)):
        try:
            _upgrade(engine, to)
            return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _BUSY or not left:
                raise
        time.sleep(_PAUSE)


def _upgrade(engine: Engine, to: str) -> None:
    from alembic import command

    config = configuration()
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # By hand, as everywhere: the driver would make each statement durable by itself.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '3s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if _state(connection) != "newer":
            config.attributes["connection"] = connection
            command.upgrade(config, to)
        connection.commit()
