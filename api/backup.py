"""`wren backup`: one moment of the database, then the chunks that it names, for an offline key.

Rows come from one snapshot (SQLite: a read transaction; PostgreSQL: REPEATABLE READ, read only),
in the order of their keys, so that a backup does not tell in which order they came. Chunks come
after it: each that was acknowledged before is in the vault by then, and none ever changes.
"""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Table, exists, inspect, select
from sqlalchemy.exc import DBAPIError

from api import archive, files, migrations, vault
from api.archive import Entry
from api.config import ConfigError
from api.models import tables
from api.models.attachment import Attachment
from api.models.base import Database
from api.rules import backups
from shared.errors import NotFound, Unavailable, WrenError

_NAMED = struct.Struct(">16s16sI")
_NOBODYS = UUID(int=0)
_ROWS = 64
"""Rows that are asked for at a time."""

_OF_DAY = re.compile(r"\.?wren-(\d{4}-\d\d-\d\d)\.age(\.part)?")


@dataclass
class Told:
    """What a backup holds: rows by table, chunks; and of how many attachments chunks lacked.

    `gone` are those that were deleted meanwhile, `missing` those that the vault should have, or
    can't read, and `damaged` the rows whose envelope is not the one that was stored: they are in
    it as they are.
    """

    out: Path
    rows: Counter[str] = field(default_factory=Counter)
    chunks: int = 0
    gone: int = 0
    missing: int = 0
    damaged: int = 0
    old: int = 0
    """How many older backups were deleted."""
    kept: int = 0
    """How many should have been, but the last run was not in the days before today."""
    ahead: int = 0
    """How many are called by a day that is still to come: a clock was ahead."""


def back_up(database: Database, secret_file: Path, out: Path) -> Told:
    """Writes a backup to the file `out`, or to one of today's name in the directory `out`.

    From a directory those older than `backup_days` go: before it, since they may be what fills
    the disk, but for the newest, which goes after it. None goes by a clock that may have jumped.
    Raises `ConfigError` and `OSError`.
    """
    config = database.config
    if not config.backup_to:
        raise ConfigError("WREN_BACKUP_TO is not set. Make a key first: wren backup-key")
    today = datetime.fromtimestamp(config.clock(), UTC).date()
    place = out if out.is_dir() else None
    told = Told(out / f"wren-{today}.age" if place else out)
    first, agrees = today - timedelta(config.backup_days), False
    if place:
        with suppress(DBAPIError, WrenError):  # a full disk: what is there can be read
            agrees = database.write(backups.try_today)
        if agrees:
            with suppress(OSError):  # told by the second time
                newest = [one for day, one in _of_days(place) if day <= today][-1:]
                told.old = _delete_old(place, first, spare=next(iter(newest), None))
    archive.write(told.out, _entries(database, secret_file, today, told), config.backup_to)
    database.write(backups.note)
    if place:
        if agrees:
            told.old += _delete_old(place, first)
        told.kept = sum(day < first for day, _ in _of_days(place))
        told.ahead = sum(day > today for day, _ in _of_days(place))
    return told


def _of_days(place: Path) -> list[tuple[date, Path]]:
    """The whole backups in this directory, each with its day; the oldest first."""
    found = ((_OF_DAY.fullmatch(one.name), one) for one in place.iterdir())
    return sorted((date.fromisoformat(of[1]), one) for of, one in found if of and not of[2])


def _delete_old(place: Path, first: date, *, spare: Path | None = None) -> int:
    """Deletes those from before this day, and what was left of any; how many. `spare` stays."""
    old = [one for day, one in _of_days(place) if day < first and one != spare]
    for one in old:
        one.unlink(missing_ok=True)
    for one in place.iterdir():
        found = _OF_DAY.fullmatch(one.name)
        if found and found[2] and date.fromisoformat(found[1]) < first:
            one.unlink(missing_ok=True)
    files.sync(place)
    return len(old)


def _entries(database: Database, secret_file: Path, today: date, told: Told) -> Iterator[Entry]:
    named = bytearray()  # 36 bytes an attachment: a million are 36 MB
    with _snapshot(database) as db:
        yield (
            archive.BEGIN,
            _json(
                format=archive.FORMAT,
                wren=version("wren"),
                tables=_revision(db),
                made_on=today.isoformat(),
            ),
        )
        yield archive.SECRET, secret_file.read_bytes()
        for table in tables.every().sorted_tables:
            if table.name not in backups.LEFT_OUT:
                yield from _table(db, table, told)
        ids = select(Attachment.case_id, Attachment.id, Attachment.chunks)
        for case_id, one, chunks in db.execute(
            ids.order_by(Attachment.case_id, Attachment.id).execution_options(yield_per=_ROWS)
        ):
            named += _NAMED.pack(case_id.bytes, one.bytes, chunks)
    # The snapshot is let go before: a database keeps what was changed since for as long.
    for case_id, one, chunks in _NAMED.iter_unpack(named):
        yield from _chunks(database, UUID(bytes=case_id), UUID(bytes=one), chunks, told)
    yield archive.END, _json(rows=told.rows, chunks=told.chunks)


def _json(**values: object) -> bytes:
    return json.dumps(values, indent=1).encode() + b"\n"


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """All of the database as it is at one moment."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection


def _revision(db: Connection) -> str:
    """The revision of the tables, which must be this version's. Raises `ConfigError`."""
    found = MigrationContext.configure(db).get_current_revision()
    there = set(inspect(db).get_table_names()) - {"alembic_version"}
    if found != migrations.newest() or there != set(tables.every().tables):
        raise ConfigError(
            "The tables are of another version. Back up with that version, or run: wren init"
        )
    return found


def _table(db: Connection, table: Table, told: Told) -> Iterator[Entry]:
    """The rows of a table in the order of its key."""
    found = db.execute(
        select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS)
    )

    def counted() -> Iterator[tuple[object, ...]]:
        for row in found:
            told.rows[table.name] += 1
            told.damaged += backups.is_damaged(table.name, row._mapping)
            yield tuple(row)

    for number, text in enumerate(archive.rows_to_text(list(table.columns), counted())):
        yield f"tables/{table.name}/{number}", text


def _chunks(
    database: Database, case_id: UUID, one: UUID, chunks: int, told: Told
) -> Iterator[Entry]:
    """The chunks of an attachment that are there and can be read."""
    kept, lacks = vault.of(database.config), False
    try:
        there = kept.have(case_id, one)
    except Unavailable:
        there = _unreadable(kept)
    for number in range(chunks):
        try:
            chunk = kept.get(case_id, one, number) if number in there else None
        except NotFound:
            chunk = None
        except Unavailable:
            there, chunk = _unreadable(kept), None
        if chunk is None:
            lacks = True
            continue
        told.chunks += 1
        yield archive.chunk_name(case_id, one, number), chunk
    if lacks:
        _tell(database, case_id, one, told)


def _unreadable(kept: vault.Vault) -> set[int]:
    """No chunk: this attachment can't be read. Raises `Unavailable` if none can."""
    kept.have(_NOBODYS, _NOBODYS)
    return set()


def _tell(database: Database, case_id: UUID, one: UUID, told: Told) -> None:
    """Why chunks lack: it was deleted meanwhile, it was still coming, or the vault lost them."""
    this = (Attachment.case_id == case_id) & (Attachment.id == one)
    with database.read() as db:
        if not db.scalar(select(exists().where(this))):
            told.gone += 1
        elif db.scalar(select(exists().where(this, Attachment.whole))):
            told.missing += 1
