"""How deliveries of one kind go out: claimed, sent by a few threads, written down.

A kind is a `Way`. What it has to do:

- `prepare(db, items)` gives what sending needs of each, by the item's id; one that is left out
  has no receiver any more, and is dropped. Where it raises, each is prepared by itself, so that
  a row which can't be is tried again later and holds up no other.
- `send(config, prepared)` runs in a thread, outside any transaction. None: it arrived; else a
  code for what went wrong. It raises nothing that a network can do, and takes under 30 seconds.
- `record(db, results)` notes what the kind itself keeps of it, in the transaction in which the
  outbox notes it. Where it raises, each is noted by itself.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from api.config import Config
from api.logs import log
from api.models.base import Database, Work
from api.rules import notice_addresses, notices, outbox, webhook_deliveries, webhooks
from api.rules.outbox import Item

FAULT = "fault"
"""The code of a fault of the service's own."""

Result = tuple[Item, str | None]


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of deliveries, and how it goes out."""

    kind: str
    prepare: Callable[[Work, Sequence[Item]], Mapping[UUID, Any]]
    send: Callable[[Config, Any], str | None]
    record: Callable[[Work, Sequence[Result]], None]
    threads: int = 48
    """How many are on their way at once, of which `each` to one target."""
    each: int = 4
    share: int = 12
    """How many of one organisation: so that not even many targets that hang hold up others'."""


WAYS: tuple[Way, ...] = (
    Way(
        webhooks.KIND,
        webhook_deliveries.prepare,
        webhook_deliveries.send,
        webhook_deliveries.record,
    ),
    Way(
        notice_addresses.KIND,
        notices.prepare,
        notices.send,
        notices.record,
        threads=4,
        share=4,
    ),
)


@dataclass(slots=True)
class _Held:
    item: Item
    prepared: Any
    since: float
    """When it was claimed, on a clock that nobody sets."""


class Lane:
    """What one worker has in hand of one kind. Only the worker's own thread calls it."""

    def __init__(self, database: Database, way: Way, rings: SimpleQueue[Lane | None]) -> None:
        self.database, self.way = database, way
        self.held: dict[UUID, _Held] = {}
        self.arrived = 0
        self.sent = 0
        self._rings = rings
        self._queue: deque[_Held] = deque()
        self._flying: Counter[UUID] = Counter()
        self._flying_of: Counter[int | None] = Counter()
        self._back: SimpleQueue[Result] = SimpleQueue()
        self._unwritten: list[Result] = []

    def has_room(self) -> bool:
        """Whether so little of what is in hand may go at once that more can be claimed."""
        may_go = Counter[int | None]()
        for (organisation, _), count in self._in_hand().items():
            may_go[organisation] += min(count, self.way.each)
        most = [one if org is None else min(one, self.way.share) for org, one in may_go.items()]
        return sum(most) <= self.way.threads

    def _in_hand(self) -> Counter[tuple[int | None, UUID]]:
        found = ((one.item.organisation_id, one.item.target) for one in self.held.values())
        return Counter(found)

    def send_due(self) -> None:
        """Claims what is due and sends it; `sent` says how many it claimed."""
        self.sent = 0
        in_hand, of_organisation = self._in_hand(), Counter[int]()
        for (organisation, _), count in in_hand.items():
            if organisation is not None:
                of_organisation[organisation] += count
        full = [target for (_, target), count in in_hand.items() if count >= 2 * self.way.each]
        most = 4 * self.way.share
        crowded = [one for one, count in of_organisation.items() if count >= most]
        claimed = self.database.write(
            lambda db: outbox.claim(
                db,
                self.way.kind,
                2 * self.way.threads,
                4 * self.way.each,
                full,
                share=2 * self.way.share,
                without_organisations=crowded,
            ),
            lasting=False,
        )
        self.sent = len(claimed)
        if not claimed:
            return
        since = time.monotonic()
        try:
            ready, faulty = self._prepared(claimed)
        except DBAPIError:
            self.database.write(lambda db: outbox.give_back(db, [one.id for one in claimed]))
            raise
        gone = [one.id for one in claimed if one.id not in ready and one.id not in faulty]
        if gone or faulty:
            self.database.write(lambda db: self._set_aside(db, gone, faulty))
        for item in claimed:
            if item.id in ready:
                held = self.held[item.id] = _Held(item, ready[item.id], since)
                self._queue.append(held)
        self._start()

    def _prepared(self, claimed: Sequence[Item]) -> tuple[Mapping[UUID, Any], set[UUID]]:
        """What sending needs of each, and those of which it can't be told.

        Raises `DBAPIError` where the database's connection broke: that is no delivery's fault.
        """
        try:
            with self.database.read() as db:
                return self.way.prepare(db, claimed), set()
        except Exception as error:  # it is one's fault, whatever it was
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log.error("worker", step=self.way.kind, type=type(error).__name__)
            if len(claimed) == 1:
                return {}, {claimed[0].id}
        ready, faulty = dict[UUID, Any](), set[UUID]()
        for one in claimed:
            found, failed = self._prepared([one])
            ready |= found
            faulty |= failed
        return ready, faulty

    def _set_aside(self, db: Work, gone: Sequence[UUID], faulty: set[UUID]) -> None:
        outbox.done(db, *gone)
        for one in faulty:
            outbox.failed(db, one, FAULT)

    def _start(self) -> None:
        """Sends what may go: some wait while as many as allowed are on their way."""
        late = time.monotonic() - outbox.LEASE / 2
        for _ in range(len(self._queue)):
            if self._flying.total() >= self.way.threads:
                return
            held = self._queue.popleft()
            target, organisation = held.item.target, held.item.organisation_id
            crowded = organisation is not None and self._flying_of[organisation] >= self.way.share
            if held.since < late:  # soon another worker has it
                del self.held[held.item.id]
            elif crowded or self._flying[target] >= self.way.each:
                self._queue.append(held)
            else:
                self._flying[target] += 1
                self._flying_of[organisation] += 1
                Thread(target=self._send, args=(held,), daemon=True).start()

    def _send(self, held: _Held) -> None:
        why: str | None = FAULT
        try:
            why = self.way.send(self.database.config, held.prepared)
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            log.error("worker", step=self.way.kind, type=type(error).__name__)
        finally:
            self._back.put((held.item, why))
            self._rings.put(self)

    def write_down(self) -> None:
        """Writes down, at once for all, how those ended that came back; then sends the next."""
        try:
            while True:
                item, why = self._back.get_nowait()
                self._unwritten.append((item, why))
                self._flying[item.target] -= 1
                self._flying_of[item.organisation_id] -= 1
        except Empty:
            pass
        if self._unwritten:
            results = list(self._unwritten)
            try:
                # What is lost with the power is sent again.
                self.database.write(lambda db: self._record(db, results), lasting=False)
            except Exception as error:  # noqa: BLE001 - it is one's fault, whatever it was
                log.error("worker", step=self.way.kind, type=type(error).__name__)
                self._record_each(results)
            self._unwritten.clear()
            self.arrived += sum(why is None for _, why in results)
            for item, _ in results:
                self.held.pop(item.id, None)
        self._flying += Counter()
        self._flying_of += Counter()
        self._start()

    def _record_each(self, results: Sequence[Result]) -> None:
        """If all can't be noted together: one that still can't loses only the way's note."""
        for one in results:
            try:
                self.database.write(partial(self._record, results=[one]), lasting=False)
            except Exception:  # noqa: BLE001 - if the database is away, this one raises too
                self.database.write(partial(self._end, results=[one]), lasting=False)

    def _record(self, db: Work, results: Sequence[Result]) -> None:
        self._end(db, results)
        self.way.record(db, results)

    def _end(self, db: Work, results: Sequence[Result]) -> None:
        outbox.done(db, *(item.id for item, why in results if why is None))
        for item, why in results:
            if why is not None:
                outbox.failed(db, item.id, why)

    def give_back(self) -> None:
        """Lets others have what was claimed and is not on its way."""
        ids = [one.item.id for one in self._queue]
        self._queue.clear()
        for one in ids:
            del self.held[one]
        if ids:
            self.database.write(lambda db: outbox.give_back(db, ids))
