"""What was given up, for administrators: they see it, have it tried again, or drop it.

They read no case, so none is named: only what was to be told to whom, and why it did not arrive.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.models.account import Account
from api.models.base import Work
from api.models.integration import Webhook
from api.models.organisation import Organisation
from api.models.outbox import Delivery
from api.rules import audit, outbox
from api.rules.roles import require

MOST = 200
"""The most that are shown at once."""


def read(db: Work, me: UUID, slug: str) -> dict[str, Any]:
    """`items` (`MOST` at most) and `count`. Raises `NotFound` or `NotAllowed`."""
    organisation = require(db, me, slug, "administrator")
    found = outbox.dead(db, organisation.id)
    named = _names(db, [one.target for one in found[:MOST]])
    items = [
        {
            "id": one.id,
            "kind": one.kind,
            "event": one.event,
            "to": named.get(one.target, ""),
            "tries": one.tries,
            "why": one.why or "",
        }
        for one in found[:MOST]
    ]
    return {"items": items, "count": len(found)}


def _names(db: Work, targets: list[UUID]) -> dict[UUID, str]:
    """What receivers are called: handlers and webhooks by their names."""
    people = select(Account.id, Account.display_name.label("name")).where(Account.id.in_(targets))
    hooks = select(Webhook.id, Webhook.name).where(Webhook.id.in_(targets))
    return {row.id: row.name for found in (people, hooks) for row in db.execute(found)}


def again(db: Work, me: UUID, slug: str, one: UUID | None) -> None:
    """Has one tried again from the beginning, or all. Raises `NotFound` or `NotAllowed`."""
    _do(db, me, slug, one, outbox.again, "deliveries_tried_again")


def drop(db: Work, me: UUID, slug: str, one: UUID | None) -> None:
    """Takes one away, or all. Raises `NotFound` or `NotAllowed`."""
    _do(db, me, slug, one, outbox.drop, "deliveries_dropped")


def _do(db: Work, me: UUID, slug: str, one: UUID | None, does: Any, act: str) -> None:
    organisation = require(db, me, slug, "administrator")
    ids = [one] if one is not None else [row.id for row in outbox.dead(db, organisation.id)]
    for delivery in ids:
        does(db, delivery, organisation.id)
    if ids:
        audit.record(db, organisation, me, act, None, count=len(ids))


def count(db: Work, organisation: Organisation) -> int:
    """How many were given up."""
    found = select(func.count()).where(
        Delivery.organisation_id == organisation.id, Delivery.state == "dead"
    )
    return db.scalar(found) or 0
