"""What is told outside of a case: that it is there, that it changed, that it is overdue.

Only what handlers are shown already is told: at a release, at a handler's act, by the day.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from api.models.base import Work
from api.models.case import Case
from api.rules import notices, webhooks

OPENED: Final = "case.opened"
UPDATED: Final = "case.updated"
OVERDUE: Final = "case.overdue"
EVENTS: Final = (OPENED, UPDATED, OVERDUE)


def tell(
    db: Work, case: Case, event: str, *, by: UUID | None = None, urgent: bool = False
) -> None:
    """Puts into the outbox, in this transaction, what is to be told of the event.

    `by` is the handler who did it, who needs no notice; `urgent` is told to handlers at once.
    """
    webhooks.subscribe_fan(db, case, event)
    notices.mark(db, case, by=by, urgent=urgent or (event == OPENED and case.urgent))
