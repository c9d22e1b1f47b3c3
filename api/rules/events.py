"""What is told outside of a case: that it is there, that it changed, that it is overdue.

Only what handlers are shown already is told: at a release, at a handler's act, by the day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from api.models.base import Work
from api.models.case import Case
from api.rules import webhooks

OPENED: Final = "case.opened"
UPDATED: Final = "case.updated"
OVERDUE: Final = "case.overdue"
EVENTS: Final = (OPENED, UPDATED, OVERDUE)

_FANS: tuple[Callable[[Work, Case, str], None], ...] = (webhooks.subscribe_fan,)


def tell(db: Work, case: Case, event: str) -> None:
    """Puts into the outbox, in this transaction, what is to be told of the event."""
    for fan in _FANS:
        fan(db, case, event)
