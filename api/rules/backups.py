"""Backups: what is in them, and on which day the last one was made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from api.models.base import Work
from api.models.outbox import Chore
from api.rules import chores

LEFT_OUT = frozenset(
    {
        "chores",
        "heartbeats",
        "notices_sent",
        "report_drafts",
        "sessions",
        "spent_work",
        "throttles",
    }
)
"""Tables that no backup has: what is in them ends by itself within days, and tells of hours."""

HASHED = ("attachments", "messages", "notes")
"""Tables whose rows have a hash of their envelope."""

NAMES = NAME, TRIED, WHOLE = "backup", "backup_tried", "backup_whole"
"""Under what it is noted when one was made; and in a directory when it was tried, and had all."""


def is_damaged(table: str, row: Mapping[Any, Any]) -> bool:
    """Whether a row's envelope is another than the one that was stored: its disk spoilt it."""
    if table not in HASHED:
        return False
    return sha256(row.get("envelope") or b"").digest() != row.get("envelope_hash")


def last(db: Work) -> date | None:
    """The day on which the last backup was made (UTC); None if there was none."""
    return db.scalar(select(Chore.day).where(Chore.name == NAME))


def try_today(db: Work) -> tuple[bool, date | None]:
    """Notes that one is tried today.

    Whether older ones may go by this clock; and which day's is the last that has all files.
    """
    agrees = chores.follows(db, TRIED)
    chores.note_done(db, TRIED)
    return agrees, db.scalar(select(Chore.day).where(Chore.name == WHOLE))


def note(db: Work, whole: date | None = None) -> None:
    """Notes that one was made today, and which day's is the last that has all files."""
    chores.note_done(db, NAME)
    if whole is not None:
        db.merge(Chore(name=WHOLE, day=whole))
