"""What was given up, for administrators: they see it, have it tried again, or drop it.

They read no case, so none is named: only what was to be told to whom, and why it did not arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.models.account import Account
from api.models.base import Database, Work
from api.models.integration import Webhook
from api.models.organisation import Organisation
from api.models.outbox import Delivery
from api.rules import audit, outbox
from api.rules.roles import require

MOST = 100
"""The most that are shown at once."""

AT_ONCE = 500
"""How many are changed in one transaction."""


def read(db: Work, me: UUID, slug: str, after: UUID | None = None) -> dict[str, Any]:
    """A page: `items`, `next` (where the next begins, or None) and `count` of all.

    Raises `NotFound` or `NotAllowed`.
    """
    organisation = require(db, me, slug, "administrator")
    found = outbox.dead(db, organisation.id, MOST + 1, after)
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
    more = found[MOST - 1].id if len(found) > MOST else None
    return {"items": items, "next": more, "count": count(db, organisation)}


def _names(db: Work, targets: list[UUID]) -> dict[UUID, str]:
    """What receivers are called: handlers and webhooks by their names."""
    people = select(Account.id, Account.display_name.label("name")).where(Account.id.in_(targets))
    hooks = select(Webhook.id, Webhook.name).where(Webhook.id.in_(targets))
    return {row.id: row.name for found in (people, hooks) for row in db.execute(found)}


def again(db: Work, me: UUID, slug: str, one: UUID) -> None:
    """Has one tried again from the beginning. Raises `NotFound` or `NotAllowed`."""
    organisation = require(db, me, slug, "administrator")
    outbox.again(db, one, organisation.id)
    audit.record(db, organisation, me, _AGAIN, None, count=1)


def drop(db: Work, me: UUID, slug: str, one: UUID) -> None:
    """Takes one away. Raises `NotFound` or `NotAllowed`."""
    organisation = require(db, me, slug, "administrator")
    outbox.drop(db, one, organisation.id)
    audit.record(db, organisation, me, _DROPPED, None, count=1)


def again_all(database: Database, me: UUID, slug: str) -> None:
    """Has all tried again that there are now, some at a time. Raises as `again` does."""
    _all(database, me, slug, outbox.again_some, _AGAIN)


def drop_all(database: Database, me: UUID, slug: str) -> None:
    """Takes all away that there are now, some at a time. Raises as `drop` does."""
    _all(database, me, slug, outbox.drop_some, _DROPPED)


_AGAIN, _DROPPED = "deliveries_tried_again", "deliveries_dropped"


def _all(
    database: Database, me: UUID, slug: str, does: Callable[[Work, int, int], int], act: str
) -> None:
    with database.read() as db:
        left = count(db, require(db, me, slug, "administrator"))

    def some(db: Work) -> int:
        organisation = require(db, me, slug, "administrator")
        done = does(db, organisation.id, min(left, AT_ONCE))
        if done:
            audit.record(db, organisation, me, act, None, count=done)
        return done

    # Not more than there were: what is given up again meanwhile is not tried for ever.
    while left > 0:
        done = database.write(some)
        left = left - done if done else 0


def count(db: Work, organisation: Organisation) -> int:
    """How many were given up."""
    found = select(func.count()).where(
        Delivery.organisation_id == organisation.id, Delivery.state == "dead"
    )
    return db.scalar(found) or 0
