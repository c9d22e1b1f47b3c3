"""Backups: what is in them, and on which day the last one was made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

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

NAME, TRIED, KEPT = "backup", "backup_tried", "backup_kept_"
"""Under what it is noted when one was made; when one in a directory was tried; and, with what
the directory is called here, of which day the oldest is that it keeps."""

ALL = "backup%"
"""What all these names are like: they are no works of the worker's."""


def is_damaged(table: str, row: Mapping[Any, Any]) -> bool:
    """Whether a row's envelope is another than the one that was stored: its disk spoilt it."""
    if table not in HASHED:
        return False
    return sha256(row.get("envelope") or b"").digest() != row.get("envelope_hash")


def last(db: Work) -> date | None:
    """The day on which the last backup was made (UTC); None if there was none."""
    return db.scalar(select(Chore.day).where(Chore.name == NAME))


def try_today(db: Work, place: Path, oldest: date | None) -> bool:
    """Notes that one is tried today, and the oldest; whether older ones may go by this clock."""
    agrees = chores.follows(db, TRIED)
    chores.note_done(db, TRIED)
    note_oldest(db, place, oldest)
    return agrees


def note(db: Work) -> None:
    """Notes that one was made today."""
    chores.note_done(db, NAME)


def note_oldest(db: Work, place: Path, oldest: date | None) -> None:
    """Notes of which day the oldest is that this directory (or file) keeps of those before today.

    None: there is none, and nothing is noted any more.
    """
    if oldest is None:
        db.execute(delete(Chore).where(Chore.name == _kept(place)))
    else:
        db.merge(Chore(name=_kept(place), day=oldest))


def noted(db: Work, place: Path) -> date | None:
    """What `note_oldest` noted of this directory or file."""
    return db.scalar(select(Chore.day).where(Chore.name == _kept(place)))


def _kept(place: Path) -> str:
    return KEPT + sha256(os.fsencode(place.resolve())).hexdigest()[:24]


def oldest(db: Work) -> date | None:
    """Of which day the oldest backup is that Wren keeps, as far as it knows."""
    known = (Chore.name == NAME) | Chore.name.startswith(KEPT, autoescape=True)
    return db.scalar(select(func.min(Chore.day)).where(known))
