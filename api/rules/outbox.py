"""The outbox: what is to be told outside stays in the database until it has arrived.

The worker (`api/worker.py`) calls `claim` in one transaction, sends outside any, and calls
`done` or `failed` in another. So each arrives at least once, whenever the worker is killed. Who
makes rows calls `put` in the transaction of what they tell of.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, or_, select, update

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

FOR_GOOD = frozenset({"gone"})
"""Codes of what will never arrive, so that it is not tried again."""

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
    if _ring not in db.afterwards:
        db.afterwards.append(_ring)
    return made


_listening: set[Callable[[], None]] = set()


def listen(wake: Callable[[], None]) -> None:
    """From now on calls `wake` whenever this process has put something into the outbox."""
    _listening.add(wake)


def unlisten(wake: Callable[[], None]) -> None:
    """Ends `listen`."""
    _listening.discard(wake)


def _ring() -> None:
    for wake in tuple(_listening):
        wake()


def _due(now: int) -> ColumnElement[bool]:
    # Bounded on both sides: what a wrong clock put far ahead, or claimed, is due too. A clock
    # that is put right by a little takes nothing from whoever has it.
    return and_(
        Delivery.state == "waiting",
        or_(Delivery.due_at <= now, Delivery.due_at > now + FARTHEST),
        or_(
            Delivery.claimed_until.is_(None),
            Delivery.claimed_until <= now,
            Delivery.claimed_until > now + 2 * LEASE,
        ),
    )


def due(db: Work) -> set[str]:
    """The kinds of which something is due now: a look that costs next to nothing."""
    return set(db.scalars(select(Delivery.kind).where(_due(int(db.now))).distinct()))


def claim(
    db: Work,
    kind: str,
    limit: int,
    each: int | None = None,
    without: Collection[UUID] = (),
    *,
    share: int | None = None,
    without_organisations: Collection[int] = (),
) -> list[Item]:
    """Takes up to `limit` of what is due of this kind, for `LEASE` seconds.

    Of one target `each` at most, of those `without` none; of one organisation `share`, and none
    `without_organisations`: else one that hangs would hold up all others. Two workers never get
    the same: what another has locked is passed over.
    """
    now = int(db.now)
    found = select(Delivery).where(Delivery.kind == kind, _due(now))
    if without:
        found = found.where(Delivery.target.not_in(without))
    if without_organisations:
        of = Delivery.organisation_id
        found = found.where(or_(of.is_(None), of.not_in(without_organisations)))
    found = found.order_by(Delivery.due_at).limit(limit * (1 if each is None else 4))
    taken, of_target, of_organisation = list[Item](), Counter[UUID](), Counter[int]()
    for row in db.scalars(found.with_for_update(skip_locked=True)):
        organisation = row.organisation_id
        room = organisation is None or share is None or of_organisation[organisation] < share
        if len(taken) < limit and room and (each is None or of_target[row.target] < each):
            of_target[row.target] += 1
            if organisation is not None:
                of_organisation[organisation] += 1
            taken.append(_item(row))
    _set_claim(db, [one.id for one in taken], now + LEASE)
    return taken


def give_back(db: Work, ids: Collection[UUID]) -> None:
    """Lets others have what was claimed and not sent."""
    _set_claim(db, ids, None)


def _set_claim(db: Work, ids: Collection[UUID], until: int | None) -> None:
    if ids:
        db.execute(
            update(Delivery).where(Delivery.id.in_(ids)).values(claimed_until=until),
            execution_options={"synchronize_session": False},
        )


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


def done(db: Work, *ids: UUID) -> None:
    """These have arrived: their rows go."""
    db.execute(delete(Delivery).where(Delivery.id.in_(ids)))


def failed(db: Work, id: UUID, why: str) -> None:
    """It did not arrive; `why` is a code. It is tried again later, or after `TRIES` it is dead.

    So it is at once where `why` is in `FOR_GOOD`.
    """
    row = db.get(Delivery, id, with_for_update=True)
    if row is None:
        return
    row.tries += 1
    row.claimed_until, row.why = None, why[:40]
    if why in FOR_GOOD or row.tries >= TRIES:
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


def dead(
    db: Work, organisation_id: int, most: int, after: UUID | None = None
) -> Sequence[Delivery]:
    """What was given up of an organisation, by id: `most` of those that come `after`."""
    found = select(Delivery).where(*_dead_of(organisation_id))
    if after is not None:
        found = found.where(Delivery.id > after)
    return db.scalars(found.order_by(Delivery.id).limit(most)).all()


def again(db: Work, id: UUID, organisation_id: int) -> None:
    """Tries what was given up again, from the beginning. Raises `NotFound`."""
    one = [*_dead_of(organisation_id), Delivery.id == id]
    _found(db.execute(update(Delivery).where(*one).values(_ANEW)))


def drop(db: Work, id: UUID, organisation_id: int) -> None:
    """Takes what was given up away. Raises `NotFound`."""
    one = [*_dead_of(organisation_id), Delivery.id == id]
    _found(db.execute(delete(Delivery).where(*one)))


def again_some(db: Work, organisation_id: int, most: int) -> int:
    """As `again`, for up to `most` of an organisation; how many there were."""
    return _some(db, update(Delivery).values(_ANEW), organisation_id, most)


def drop_some(db: Work, organisation_id: int, most: int) -> int:
    """As `drop`, for up to `most` of an organisation; how many there were."""
    return _some(db, delete(Delivery), organisation_id, most)


_ANEW = {"state": "waiting", "tries": 0, "due_at": 0, "claimed_until": None}


def _some(db: Work, does: Update | Delete, organisation_id: int, most: int) -> int:
    ids = [one.id for one in dead(db, organisation_id, most)]
    statement = does.where(Delivery.id.in_(ids), *_dead_of(organisation_id))
    unseen = {"synchronize_session": False}
    changed: Any = db.execute(statement, execution_options=unseen)
    return int(changed.rowcount)


def _dead_of(organisation_id: int) -> tuple[ColumnElement[bool], ...]:
    return Delivery.organisation_id == organisation_id, Delivery.state == "dead"


def _found(changed: Any) -> None:
    if not changed.rowcount:
        raise NotFound
