"""Whether a worker is at work, wherever it runs: it notes each minute that it is."""

from __future__ import annotations

from api.models.base import Work
from api.models.notice import Heartbeat

EACH, LATE = 60, 300
"""Seconds between two notes, and after which a worker is missed."""

_WORKER = "worker"


def beat(db: Work) -> None:
    """A worker is at work."""
    db.merge(Heartbeat(name=_WORKER, at=int(db.now)))
    db.flush()


def is_alive(db: Work) -> bool:
    """Whether one was within `LATE` seconds. A clock that was set is right with the next note."""
    found = db.get(Heartbeat, _WORKER)
    return found is not None and abs(db.now - found.at) <= LATE
