"""Daily works: which of them was done on which day, by whichever worker."""

from __future__ import annotations

from sqlalchemy import select

from api.models.base import Work
from api.models.outbox import Chore

STEP = 8
"""Days between two of a work that is done each week, and one more."""


def is_done(db: Work, name: str) -> bool:
    """Whether this work was done today. A clock that was set makes it another day: then it is
    done again, which every daily work can bear."""
    return db.scalar(select(Chore.day).where(Chore.name == name)) == db.utc.date()


def follows(db: Work, name: str) -> bool:
    """Whether this work was last done on one of the `STEP` days before today.

    Else the clock may have jumped: what is deleted by the day waits until two days agree.
    """
    last = db.scalar(select(Chore.day).where(Chore.name == name))
    return last is not None and 0 < (db.utc.date() - last).days <= STEP


def note_done(db: Work, name: str) -> None:
    """Notes that it was done today: after it, so that one that was cut off is done again."""
    db.merge(Chore(name=name, day=db.utc.date()))
    db.flush()
