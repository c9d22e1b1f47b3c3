"""`wren backup`: one moment of the database, then the chunks that it names, for an offline key.

Rows come from one snapshot (SQLite: a read transaction; PostgreSQL: REPEATABLE READ, read only),
in the order of their keys, so that a backup does not tell in which order they came. Chunks come
after it: each that was acknowledged before is in the vault by then, and none ever changes.
"""

from __future__ import annotations

import json
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

from api import archive, migrations, vault
from api import backup_directory as directory
from api.archive import Entry
from api.config import ConfigError
from api.models import tables
from api.models.attachment import Attachment
from api.models.base import Database
from api.rules import backups
from shared.errors import NotFound, Unavailable, WrenError

_NAMED = struct.Struct(">16s16sI?")
_ROWS = 64
"""Rows that are asked for at a time."""

_AWAY = (
    "No file can be read from the vault: it is empty, or away. So no backup was made. Is its disk "
    "mounted, its storage up, and WREN_VAULT right? To make one that lacks all files, also where "
    "they are lost for good, until there is one again: --without-files"
)


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
    spared: list[date] = field(default_factory=list)
    """Of which days those are that should have been, but one may be the last with all files."""
    aside: Path | None = None
    """What was at `out` when the vault had lost files, and may have them: it stays."""
    ahead: int = 0
    """How many are called by a day that is still to come: a clock was ahead."""
    without_files: bool = False
    takes_all: bool = False
    """Whether it takes the place of one that may have all files, and so must have them too."""


def back_up(
    database: Database, secret_file: Path, out: Path, *, without_files: bool = False
) -> Told:
    """Writes a backup to the file `out`, or to one of today's name in the directory `out`.

    From a directory those older than `backup_days` go: before it, since they may be what fills
    the disk, but for the newest, which goes after it. None goes by a clock that may have jumped,
    nor ever the last that has all files of the vault, which `without_files` leaves out. Which
    have them is told beside each.
    Raises `ConfigError`, `OSError`, and `Unavailable` where the vault is away, or empty and should
    not be.
    """
    config = database.config
    if not config.backup_to:
        raise ConfigError("WREN_BACKUP_TO is not set. Make a key first: wren backup-key")
    today = datetime.fromtimestamp(config.clock(), UTC).date()
    told = Told(_target(out, today), without_files=without_files)
    if out.is_dir():
        _into(database, secret_file, out, today, told)
    else:
        _to_file(database, secret_file, today, told)
    return told


def _into(database: Database, secret_file: Path, place: Path, today: date, told: Told) -> None:
    """Writes it into a directory, from which older ones go."""
    first, agrees = today - timedelta(database.config.backup_days), False
    newest = max((day for day, _ in directory.of_days(place) if day <= today), default=None)
    oldest = directory.oldest(place, today)
    with suppress(DBAPIError, WrenError):  # a full disk: what is there can be read
        agrees = database.write(lambda db: backups.try_today(db, place, oldest))
    if agrees:
        with suppress(OSError):  # told by the second time
            told.old = directory.delete_old(
                place, first, spare={newest, *directory.spared(place, today)}
            )
    # What has all files makes room for nothing less.
    told.takes_all = told.out.exists() and directory.has(told.out) != directory.SOME
    if not told.takes_all:
        directory.note(told.out, lacks=None)
    _write(database, secret_file, today, told)
    directory.note(told.out, lacks=bool(told.missing))
    database.write(backups.note)
    spared = directory.spared(place, today)
    if agrees:
        told.old += directory.delete_old(place, first, spare=spared)
    old = [day for day, _ in directory.of_days(place) if day < first]
    told.spared = [day for day in old if day in spared]
    told.kept = len(old) - len(told.spared)
    told.ahead = sum(day > today for day, _ in directory.of_days(place))
    oldest = directory.oldest(place, today)
    database.write(lambda db: backups.note_oldest(db, place, oldest))


def _to_file(database: Database, secret_file: Path, today: date, told: Told) -> None:
    """Writes it to a file; one there that may have files which this lacks is set aside."""
    told.takes_all, told.aside = told.out.exists(), _aside(told.out)
    with database.read() as db:
        last = backups.last(db)
        kept = backups.noted(db, told.out) if told.aside.exists() else None
    directory.note(told.out, lacks=None)  # it may be one of a directory, by its name
    _write(database, secret_file, today, told)
    directory.note(told.out, lacks=bool(told.missing))
    database.write(backups.note)
    if not told.aside.exists() or not archive.is_one(told.aside):
        kept = told.aside = None
    elif told.missing:
        # A file's date is that of its end, or of a copy: what is in it may be from before.
        dated = datetime.fromtimestamp(told.aside.stat().st_mtime, UTC).date()
        kept = kept or min(dated, last or dated) - timedelta(days=1)
    else:
        told.aside.unlink()
        told.old, kept, told.aside = 1, None, None
    database.write(lambda db: backups.note_oldest(db, told.out, kept))


def _write(database: Database, secret_file: Path, today: date, told: Told) -> None:
    entries = _entries(database, secret_file, today, told)
    archive.write(told.out, entries, database.config.backup_to)


def _aside(out: Path) -> Path:
    return out.with_suffix(".before.age")


def _target(out: Path, today: date) -> Path:
    """Where it is written to. Raises `ConfigError` for what is neither directory nor backup."""
    if out.is_dir():
        out = out / f"wren-{today}.age"
    elif out.suffix != ".age":
        raise ConfigError(f"{out} is no directory. Make it, or give a file that ends with .age.")
    if out.exists() and not archive.is_one(out):
        raise ConfigError(f"{out} is there already, and no backup. Take it away first.")
    return out


def _entries(database: Database, secret_file: Path, today: date, told: Told) -> Iterator[Entry]:
    named = bytearray()  # 37 bytes an attachment: a million are 37 MB
    # Before the snapshot: what is locked under one that comes meanwhile opens by `next` in it.
    secret = secret_file.read_bytes()
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
        yield archive.SECRET, secret
        for table in tables.every().sorted_tables:
            if table.name not in backups.LEFT_OUT:
                yield from _table(db, table, told)
        ids = select(Attachment.case_id, Attachment.id, Attachment.chunks, Attachment.whole)
        for case_id, one, chunks, whole in db.execute(
            ids.order_by(Attachment.case_id, Attachment.id).execution_options(yield_per=_ROWS)
        ):
            named += _NAMED.pack(case_id.bytes, one.bytes, chunks, whole)
    # The snapshot is let go before: a database keeps what was changed since for as long.
    for case_id, one, chunks, whole in _NAMED.iter_unpack(named):
        if told.without_files:
            told.missing += whole
            continue
        yield from _chunks(database, UUID(bytes=case_id), UUID(bytes=one), chunks, whole, told)
    if told.missing and not told.chunks and not told.without_files:
        _look_into(vault.of(database.config))
    if told.missing and told.takes_all:
        _make_room(told)
    yield archive.END, _json(rows=told.rows, chunks=told.chunks)


def _make_room(told: Told) -> None:
    """Sets aside what the new one takes the place of, once. Raises `ConfigError`."""
    if told.aside is None or (told.aside.exists() and not archive.is_one(told.aside)):
        raise ConfigError(f"{told.out} may have all files, and stays: the new one would not.")
    if not told.aside.exists():
        told.out.rename(told.aside)


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
    database: Database, case_id: UUID, one: UUID, chunks: int, whole: bool, told: Told
) -> Iterator[Entry]:
    """The chunks of an attachment that are there and can be read. Raises `Unavailable`."""
    kept, lacks = vault.of(database.config), False
    for number in range(chunks):
        try:
            chunk = kept.get(case_id, one, number)
        except NotFound:
            lacks = True
            continue
        except Unavailable:
            _look(kept)
            lacks = True
            break
        told.chunks += 1
        yield archive.chunk_name(case_id, one, number), chunk
    if lacks:
        this = (Attachment.case_id == case_id) & (Attachment.id == one)
        with database.read() as db:
            there = db.scalar(select(exists().where(this)))
        told.gone += not there
        if there and whole:  # else it was still coming
            _look(kept)
            told.missing += 1


def _look(kept: vault.Vault) -> None:
    """Returns if it is this attachment, and not the vault. Raises `Unavailable`."""
    try:
        kept.look()
    except Unavailable:
        raise Unavailable(_AWAY) from None


def _look_into(kept: vault.Vault) -> None:
    """Returns if anything is in it: one that is empty may not be mounted. Raises `Unavailable`."""
    try:
        if next(kept.held(), None) is not None:
            return
    except Unavailable:
        pass
    except OSError:  # a directory in it can't be read, so it has one
        return
    raise Unavailable(_AWAY)
