"""`wren restore`: a backup into an empty place, whole or not at all.

The file is read twice: first to know that all of it is good, then to restore it. Tables are made
as they were when the backup was made, filled, and brought to this version, as an upgrade would.
On SQLite that is a file beside, which takes its name at the end; on PostgreSQL one transaction.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Table, func, inspect, select
from sqlalchemy.exc import DataError, IntegrityError

from api import archive, files, migrations, vault
from api.archive import BadBackup, Entry
from api.config import Config, ConfigError, vault_place
from api.models import tables
from api.models.base import Database, Work
from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import deletions, organisations, withdrawing
from api.rules.backups import LEFT_OUT, is_damaged
from shared.errors import WrenError
from shared.sealing.encoding import b64
from shared.sealing.stream import SEALED_CHUNK

_STAGED = ".restoring"


@dataclass
class Told:
    """What a backup holds, and what was restored of it."""

    made_on: str
    wren: str
    revision: str
    rows: Counter[str] = field(default_factory=Counter)
    chunks: int = 0
    secret: bytes = field(default=b"", repr=False)
    damaged: int = 0
    """How many rows were damaged before it was made: they are restored as they are."""
    deleted: int = 0
    """How many cases were deleted after the backup was made, and were not brought back."""
    listed: bool = False
    """Whether there was any list of deleted cases with a line in it, or one was given."""
    rosters: dict[str, str] = field(default_factory=dict)
    """Short name of each organisation -> the fingerprint of its roster, as on its poster."""


def check(file: BinaryIO, keys: Sequence[Any], *, damaged: bool = False) -> Told:
    """What a backup holds, all of which was read. Raises `BadBackup`.

    Rows that were damaged before it was made are counted if they are taken, else refused.
    """
    count = 0

    def look(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        nonlocal count
        count += sum(is_damaged(table.name, row) for row in rows)
        if count and not damaged:
            raise BadBackup(
                f"A row of {table.name} was damaged before this was made. Take an older backup, "
                "or this one with --damaged: all else is restored, and that row as it is."
            )

    with archive.reading(file, keys) as entries:
        told = _read(entries, look, lambda *_: None)
    told.damaged = count
    return told


def restore(
    config_for: Callable[[], Config],
    url: str,
    secret_file: Path,
    file: BinaryIO,
    keys: Sequence[Any],
    deleted: bytes | None = None,
    *,
    damaged: bool = False,
) -> Told:
    """Restores a backup to the database at `url`, the vault and the secret file.

    `config_for` gives the settings once the secret is there. Cases go again that were deleted
    since, as the list in the vault says, where that is still there, and the one in `deleted`.
    Raises `BadBackup` for a file that can't be restored, `ConfigError` for a place that is not
    empty, and `OSError`: then nothing is restored, but for chunks that nothing names. Where the
    last step failed, the secret file stays: the database may have what it belongs to.
    """
    if not deletions.is_list(deleted or b""):
        raise ConfigError("The file of --deleted is no list of deleted cases. Look at it.")
    with _target(url) as (engine_url, done):
        told = check(file, keys, damaged=damaged)
        made, committed = _keep_secret(secret_file, told.secret), False
        try:
            config = config_for()
            place = vault_place(config)
            database = Database(replace(config, database_url=engine_url, vault=place))
            try:
                with database.engine.connect() as connection:
                    _fill(database, connection, file, keys, told, deleted)
                    committed = True  # or in doubt, where the connection broke meanwhile
                    connection.commit()
                    if database.is_sqlite:
                        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                database.engine.dispose()
            done()
        except BaseException:
            if made and not committed:
                secret_file.unlink()
            raise
    return told


# --- the place ------------------------------------------------------------------------------


@contextmanager
def _target(url: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """Where the tables are made, and what makes them the database. Raises `ConfigError`."""
    made = Database(Config(url, b""))
    if not made.is_sqlite:
        try:
            if inspect(made.engine).get_table_names():
                raise ConfigError("This database is not empty. Restore into a new one.")
        finally:
            made.engine.dispose()
        yield url, lambda: None
        return
    place = Path(made.engine.url.database or "")
    if place.exists() and place.stat().st_size:
        raise ConfigError(f"{place} is there already. Restore into an empty place.")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = place.with_name(place.name + _STAGED)
    _remove(staged)

    def done() -> None:
        for end in ("-wal", "-shm"):
            place.with_name(place.name + end).unlink(missing_ok=True)
        with staged.open("rb") as written:
            os.fsync(written.fileno())
        staged.replace(place)
        files.sync(place.parent)

    try:
        yield str(made.engine.url.set(database=str(staged))), done
    finally:
        _remove(staged)


def _remove(staged: Path) -> None:
    for end in ("", "-wal", "-shm"):
        staged.with_name(staged.name + end).unlink(missing_ok=True)


def _keep_secret(path: Path, text: bytes) -> bool:
    """Writes the secret file; false if the same is there. Raises `ConfigError` for another."""
    if path.exists():
        if path.read_bytes() != text:
            raise ConfigError(f"{path} is there already, with another secret. Take it away first.")
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.new(path, text)
    return True


# --- filling it -----------------------------------------------------------------------------


def _fill(
    database: Database,
    connection: Connection,
    file: BinaryIO,
    keys: Sequence[Any],
    told: Told,
    deleted: bytes | None,
) -> None:
    """Makes the tables, puts the rows into them and the chunks into the vault; commits nothing."""
    kept = vault.of(database.config)
    with archive.reading(file, keys) as entries:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.begin()
        _migrate(connection, told.revision)

        def put(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
            try:
                connection.execute(table.insert(), rows)
            except (IntegrityError, DataError):
                raise BadBackup(archive.NO_BACKUP) from None

        def put_chunk(case_id: UUID, attachment_id: UUID, number: int, chunk: bytes) -> None:
            if case_id not in finish():
                kept.put(case_id, attachment_id, number, chunk)

        @cache
        def finish() -> Collection[UUID]:
            """Once all rows are there, which come before all chunks: which cases go again."""
            _count(connection, told.rows)
            if not database.is_sqlite:
                _count_on(connection)
            _migrate(connection, "head")
            held = kept.listed()
            told.listed = bool(held) or deleted is not None
            return _delete_again(database, connection, held + (deleted or b""))

        _read(entries, put, put_chunk)
        told.deleted = len(finish())
    with database.joined(connection) as db:
        for one in db.scalars(select(Organisation).order_by(Organisation.slug)):
            told.rosters[one.slug] = _fingerprint(db, one)


def _fingerprint(db: Work, organisation: Organisation) -> str:
    """What the poster of this organisation says after the #, or why there is nothing."""
    try:
        roster = organisations.find_roster(db, organisation)
    except WrenError:
        return "does not check: look at it with wren doctor"
    return b64(roster.fingerprint) if roster else "none"


def _migrate(connection: Connection, to: str) -> None:
    """Brings the tables to this revision, within the transaction that was begun."""
    settings = migrations.configuration()
    settings.attributes["connection"] = connection
    command.upgrade(settings, to)


def _delete_again(database: Database, connection: Connection, listed: bytes) -> Collection[UUID]:
    """Deletes the cases that were deleted after the backup; which they were."""
    with database.joined(connection) as db:
        gone = deletions.since(db, deletions.read(listed))
        for case_id in gone:
            withdrawing.delete(db, db.get_one(Case, case_id))
        db.commit()
    return frozenset(gone)


def _count(connection: Connection, rows: Mapping[str, int]) -> None:
    """Returns if the tables have as many rows as the backup says. Raises `BadBackup`."""
    for name, count in rows.items():
        table = tables.every().tables[name]
        if connection.scalar(select(func.count()).select_from(table)) != count:
            raise BadBackup(f"{archive.ALTERED} Its table {name} is not whole.")


def _count_on(connection: Connection) -> None:
    """PostgreSQL numbers what is added from the highest number on."""
    for table in tables.every().sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = select(func.max(column)).scalar_subquery()
            counter = func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(select(func.setval(counter, last)))


# --- reading --------------------------------------------------------------------------------


def _read(
    entries: Iterator[Entry],
    rows: Callable[[Table, Sequence[Mapping[str, Any]]], None],
    chunk: Callable[[UUID, UUID, int, bytes], None],
) -> Told:
    """Gives all rows and chunks away; what there was of them. Raises `BadBackup`."""
    told, ended = None, False
    for name, content in entries:
        if ended or (told is None) != (name == archive.BEGIN):
            raise BadBackup(archive.NO_BACKUP)
        if told is None:
            told = _begin(content)
        elif name == archive.SECRET:
            told.secret = content
        elif name == archive.END:
            ended = _json(content) == {"rows": dict(told.rows), "chunks": told.chunks}
        elif (table_name := archive.table_of(name)) is not None:
            table = _table(table_name)
            found = archive.rows_from_text(table, content)
            rows(table, found)
            told.rows[table_name] += len(found)
        elif (place := archive.chunk_of(name)) is not None and len(content) <= SEALED_CHUNK:
            chunk(*place, content)
            told.chunks += 1
        else:
            raise BadBackup(archive.NO_BACKUP)
    if told is None or not ended or not told.secret:
        raise BadBackup(archive.NO_BACKUP)
    return told


def _begin(content: bytes) -> Told:
    head = _json(content)
    told = Told(str(head.get("made_on")), str(head.get("wren")), str(head.get("tables")))
    if head.get("format") != archive.FORMAT or not _knows(told.revision):
        raise BadBackup(
            f"This backup is of a newer version of Wren ({told.wren}). Restore it with that one."
        )
    return told


def _knows(revision: str) -> bool:
    try:
        known = ScriptDirectory.from_config(migrations.configuration()).get_revision(revision)
    except CommandError:
        return False
    return known is not None and known.revision == revision


def _table(name: str) -> Table:
    found = tables.every().tables.get(name)
    if found is None or name in LEFT_OUT:
        raise BadBackup(archive.NO_BACKUP)
    return found


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadBackup(archive.NO_BACKUP)
    return found
