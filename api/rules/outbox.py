"""The outbox: what is to be told outside stays in the database until it has arrived.

How a kind goes out: the worker calls `claim` in one transaction, sends outside any, and calls
`done` or `failed` in another. So each arrives at least once, whenever the worker is killed. Who
makes rows calls `put` in the transaction of what they tell of.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, func, or_, select, update

from api.models.base import Work
from api.models.outbox import Delivery
from shared.errors import NotFound

LEASE = 300
"""Seconds that a worker has what it claimed for itself: longer than sending a batch can take."""

FARTHEST = 2 * 86400
"""Seconds that anything is due ahead at most. What lies farther was put there by a clock that
was wrong."""

FIRST, LONGEST = 5, 6 * 3600
"""Seconds until the second try; each next one waits twice as long, up to the longest."""

TRIES = 24
"""Tries after which nothing is tried by itself: about three days. Counted, and not measured, so
that no clock that is set gives up early."""

_jitter = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed row. `tries` counts those before this one."""

    id: UUID
    kind: str
    target: UUID
    organisation_id: int | None
    event: str
    case_id: UUID | None
    body: Any
    tries: int


def put(
    db: Work,
    *,
    kind: str,
    target: UUID,
    organisation_id: int | None,
    event: str,
    body: Any,
    case_id: UUID | None = None,
    due_at: int | None = None,
) -> UUID:
    """Adds something to be told, at `due_at` (Unix seconds) or at once. Returns its id.

    With `case_id` it goes if the case is deleted before it was told. At once is written as 0:
    where acts show at once, the second would be the reporter's.
    """
    made = uuid4()
    row = {
        "id": made,
        "kind": kind,
        "target": target,
        "organisation_id": organisation_id,
        "event": event,
        "case_id": case_id,
        "body": body,
        "due_at": min(due_at or 0, int(db.now) + FARTHEST),
        "claimed_until": None,
        "tries": 0,
        "state": "waiting",
        "why": None,
    }
    db.flush()
    db.store(Delivery, row)
    return made


def _due(now: int) -> ColumnElement[bool]:
    # Bounded on both sides: what a wrong clock put far ahead, or claimed, is due too.
    return and_(
        Delivery.state == "waiting",
        or_(Delivery.due_at <= now, Delivery.due_at > now + FARTHEST),
        or_(
            Delivery.claimed_until.is_(None),
            Delivery.claimed_until <= now,
            Delivery.claimed_until > now + LEASE,
        ),
    )


def claim(db: Work, kind: str, limit: int) -> list[Item]:
    """Takes up to `limit` of what is due of this kind, for `LEASE` seconds.

    Two workers never get the same: what another has locked is passed over.
    """
    now = int(db.now)
    rows = db.scalars(
        select(Delivery)
        .where(Delivery.kind == kind, _due(now))
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    db.execute(
        update(Delivery)
        .where(Delivery.id.in_([one.id for one in rows]))
        .values(claimed_until=now + LEASE),
        execution_options={"synchronize_session": False},
    )
    return [_item(one) for one in rows]


def _item(row: Delivery) -> Item:
    return Item(
        row.id,
        row.kind,
        row.target,
        row.organisation_id,
        row.event,
        row.case_id,
        row.body,
        row.tries,
    )


def next_due(db: Work) -> int | None:
    """The Unix time at which something waiting is due; None if nothing waits."""
    now = int(db.now)
    claimed = func.coalesce(Delivery.claimed_until, 0)
    at = case((claimed > Delivery.due_at, claimed), else_=Delivery.due_at)
    found = db.scalar(select(func.min(at)).where(Delivery.state == "waiting"))
    return None if found is None else min(int(found), now + FARTHEST)


def done(db: Work, *ids: UUID) -> None:
    """These have arrived: their rows go."""
    db.execute(delete(Delivery).where(Delivery.id.in_(ids)))


def failed(db: Work, id: UUID, why: str, *, for_good: bool = False) -> None:
    """It did not arrive; `why` is a code. It is tried again later, or after `TRIES` it is dead.

    `for_good`: it would never arrive, so that it is dead at once.
    """
    row = db.get(Delivery, id, with_for_update=True)
    if row is None:
        return
    row.tries += 1
    row.claimed_until, row.why = None, why[:40]
    if for_good or row.tries >= TRIES:
        row.state = "dead"
    else:
        row.due_at = int(db.now + pause(row.tries))
    db.flush()


def pause(tries: int) -> float:
    """Seconds to wait after so many tries: twice as long each time, half as much more or less.

    So those that failed together are not tried together.
    """
    usual = float(min(FIRST << (tries - 1), LONGEST))
    return usual * _jitter.uniform(0.5, 1.5)


# --- what is given up -----------------------------------------------------------------------


def dead(db: Work, organisation_id: int | None = None) -> Sequence[Delivery]:
    """What was given up, of one organisation or of all, in the order it was made due."""
    found = select(Delivery).where(Delivery.state == "dead").order_by(Delivery.due_at, Delivery.id)
    if organisation_id is not None:
        found = found.where(Delivery.organisation_id == organisation_id)
    return db.scalars(found).all()


def again(db: Work, id: UUID, organisation_id: int) -> None:
    """Tries what was given up again, from the beginning. Raises `NotFound`."""
    changed: Any = db.execute(
        update(Delivery)
        .where(_is_dead(id, organisation_id))
        .values(state="waiting", tries=0, due_at=0, claimed_until=None)
    )
    _found(changed)


def drop(db: Work, id: UUID, organisation_id: int) -> None:
    """Takes what was given up away. Raises `NotFound`."""
    changed: Any = db.execute(delete(Delivery).where(_is_dead(id, organisation_id)))
    _found(changed)


def _is_dead(id: UUID, organisation_id: int) -> ColumnElement[bool]:
    return and_(
        Delivery.id == id,
        Delivery.organisation_id == organisation_id,
        Delivery.state == "dead",
    )


def _found(changed: CursorResult[Any]) -> None:
    if not changed.rowcount:
        raise NotFound
