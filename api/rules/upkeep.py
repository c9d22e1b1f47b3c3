"""What `wren doctor` finds in the database and the vault.

What belongs to nothing, what is missing, what is dated wrongly, what was to be done and was not.

Nothing here changes anything. Each function answers findings, true where all is as it should be.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, literal_column, not_, or_, select

from api import vault
from api.models.attachment import WHOLE_CASE, Attachment, VaultLeftover
from api.models.audit import AuditEntry
from api.models.base import Database, Work
from api.models.case import Case
from api.models.message import Message
from api.models.note import Note
from api.models.outbox import Chore
from api.rules import backups
from api.vault import Finding
from shared.errors import Unavailable

LATE = 3
"""Days after which what is done each day by the worker counts as not done."""

DRIFT = 60
"""Seconds by which two clocks may differ."""

SHOWN = 5
"""So many files are named."""

MADE_ON = date(2026, 11, 1)
"""A clock that shows less is wrong: this version is younger."""


# --- what belongs to nothing --------------------------------------------------------------


def orphans(db: Work, is_sqlite: bool) -> Iterator[Finding]:
    """Rows whose other half is gone. PostgreSQL refuses most of them itself."""
    if is_sqlite:
        rows = db.connection().exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        tables = ", ".join(sorted({str(row[0]) for row in rows}))
        told = f"{len(rows)} rows belong to nothing ({tables})." if rows else "Rows fit together."
        yield not rows, told
    kinds = (("message", Message), ("note", Note))
    hung = [
        and_(
            Attachment.kind == kind,
            exists().where(table.case_id == Attachment.case_id, table.id == Attachment.message_id),
        )
        for kind, table in kinds
    ]
    lost = _count(
        db, select(Attachment.id).where(Attachment.message_id.is_not(None), not_(or_(*hung)))
    )
    if lost:
        yield False, f"{lost} attachments hang on messages that are not there."
    silent = _count(db, select(Case.id).where(~exists().where(Message.case_id == Case.id)))
    gaps = _count(
        db,
        select(Message.case_id)
        .group_by(Message.case_id)
        .having(func.count() != func.max(Message.number)),
    )
    yield (
        not (silent or gaps),
        f"{silent} cases have no message, {gaps} lack one between others."
        if silent or gaps
        else "No case lacks a message.",
    )


def envelopes(db: Work) -> Finding:
    """Whether each envelope is the one that was stored, by its hash. Reads all of them."""
    damaged = 0
    for one in (Attachment, Message, Note):
        found = db.execute(select(one.envelope, one.envelope_hash).execution_options(yield_per=64))
        for row in found.mappings():
            damaged += backups.is_damaged(one.__tablename__, row)
    return (
        not damaged,
        f"{damaged} envelopes are damaged: nobody can read them. Backups from before have them."
        if damaged
        else "Each envelope is as it was stored.",
    )


def _count(db: Work, found: Select[Any]) -> int:
    return db.scalar(select(func.count()).select_from(found.subquery())) or 0


def vault_fits(database: Database, thorough: bool = False) -> Iterator[Finding]:
    """Whether the vault has what the database names, and nothing else.

    What changed while it looks is looked at again. `thorough` reads every chunk. Raises what the
    vault raises.
    """
    kept = vault.of(database.config)
    there = {(case_id, one): count for case_id, one, count in kept.held()}
    named = _named(database)
    late = [one for one in there if one not in named]
    short = [
        one
        for one, chunks in named.items()
        if (_readable(kept, one) if thorough else there.get(one, 0)) < chunks
    ]
    # An upload or a withdrawal may have come between the two looks.
    named = _named(database)
    leaving = _leaving(database)
    nobodys = [
        f"{one[0].hex}/{one[1].hex}"
        for one in late
        if not {one, (one[0], WHOLE_CASE)} & leaving and one not in named and kept.have(*one)
    ]
    missing = sum(one in named and _readable(kept, one) < named[one] for one in short)
    yield (
        not missing,
        f"The vault lacks parts of {missing} attachments."
        if missing
        else f"The vault has all of {len(named)} attachments.",
    )
    if missing and not there:
        yield (
            False,
            "The vault is empty, so no backup is made. Mount its disk. If its files are lost for "
            "good: wren backup --without-files, until there is one again.",
        )
    yield (
        not nobodys,
        f"The vault has {len(nobodys)} files that no case names: nobody can open them. Delete "
        f"{', '.join(nobodys[:SHOWN])}{' and others' if len(nobodys) > SHOWN else ''}"
        if nobodys
        else "The vault has no file that no case names.",
    )


def _readable(kept: vault.Vault, one: tuple[UUID, UUID]) -> int:
    """How many chunks of an attachment can be read. Raises `Unavailable` if nothing can."""
    try:
        return len(kept.have(*one))
    except Unavailable:
        kept.look()
        return 0


def _named(database: Database) -> dict[tuple[UUID, UUID], int]:
    """How many chunks there are of each attachment; 0 of one that is still coming."""
    with database.read() as db:
        rows = db.execute(
            select(Attachment.case_id, Attachment.id, Attachment.chunks, Attachment.whole)
        )
        return {(case_id, one): chunks if whole else 0 for case_id, one, chunks, whole in rows}


def _leaving(database: Database) -> set[tuple[UUID, UUID]]:
    with database.read() as db:
        rows = db.execute(select(VaultLeftover.case_id, VaultLeftover.attachment_id))
        return {(case_id, one) for case_id, one in rows}


# --- time ---------------------------------------------------------------------------------


def clocks(db: Work, is_sqlite: bool) -> Iterator[Finding]:
    """Whether the clock can be right: beside the database's, and beside what is stored."""
    today = db.utc.date()
    if today < MADE_ON:
        yield False, f"The clock shows {today}: it is behind. Set it, by NTP."
        return
    if not is_sqlite:
        told = db.scalar(select(func.extract("epoch", literal_column("clock_timestamp()"))))
        apart = abs(float(told or 0) - db.config.clock())
        if apart > DRIFT:
            yield False, f"This clock and the database's are {apart:.0f} seconds apart: use NTP."
    days = {
        "a case": db.scalar(select(func.max(Case.opened_on))),
        "a message": db.scalar(select(func.max(Message.day))),
        "the audit": db.scalar(select(func.max(AuditEntry.day))),
        "a daily work": db.scalar(select(func.max(Chore.day))),
    }
    # An organisation's day may be the next one already, further east.
    ahead = {what: day for what, day in days.items() if day and day > today + timedelta(days=1)}
    for what, day in ahead.items():
        yield False, f"{what.capitalize()} is dated {day}: the clock was ahead, or is behind now."
    if not ahead:
        yield True, f"The clock fits what is stored: {today}."


# --- what was to be done ------------------------------------------------------------------


def last_backup(db: Work, within: int) -> Finding:
    """Whether a backup was made in the last `within` days; 0: they are made otherwise."""
    if not within:
        return True, "Backups are made otherwise (--backup-days 0)."
    if not db.config.backup_to:
        return False, "No backups are made: WREN_BACKUP_TO is not set. Run: wren backup-key"
    day = backups.last(db)
    if day is None:
        return False, "No backup was made yet. Run: wren backup"
    ago = (db.utc.date() - day).days
    if ago > within:
        over = ago > db.config.backup_days
        late = " It stays until there is another: longer than reporters are told." if over else ""
        return False, f"The last backup was made on {day}, {ago} days ago.{late} Run: wren backup"
    return True, f"The last backup was made on {day}."


def old_backups(db: Work, within: int) -> Iterator[Finding]:
    """Whether one is kept for longer than it should be, and `within` days for the next to come."""
    oldest, most = backups.oldest(db), db.config.backup_days
    first = db.utc.date() - timedelta(days=most + within)
    if within and most and oldest and oldest < first and oldest != backups.last(db):
        yield (
            False,
            f"A backup of {oldest} is kept, longer than reporters are told. wren backup says why; "
            "docs/backup.md what to do where that directory was given up.",
        )


def works(db: Work) -> Iterator[Finding]:
    """What the worker does each day, and what it should have taken away by now."""
    first = db.utc.date() - timedelta(days=LATE)
    daily = select(Chore.name).where(Chore.name.not_like(backups.ALL))
    late = db.scalars(daily.where(Chore.day < first).order_by(Chore.name)).all()
    if late:
        yield False, f"Not done for {LATE} days: {', '.join(late)}. Is a worker at work?"
    never = _is_in_use_since(db, first) and db.scalar(daily.limit(1)) is None
    if never:
        yield False, "What is done daily was never done here. Is a worker at work?"
    waiting = _count(db, select(VaultLeftover.case_id).where(VaultLeftover.deleted_on < first))
    if waiting:
        yield False, f"{waiting} deletions of attachments wait since before {first}."
    over = select(Case.id).where(Case.goes_on < first, Case.legal_hold.is_(None))
    if count := _count(db, over):
        yield False, f"{count} closed cases should have been deleted before {first}."
    if not (late or never or waiting or count):
        yield True, "Nothing that is done daily is late."


def _is_in_use_since(db: Work, day: date) -> bool:
    """Whether anything is from before this day."""
    days = (select(one).where(one < day) for one in (AuditEntry.day, Case.opened_on))
    return any(db.scalar(one.limit(1)) is not None for one in days)
