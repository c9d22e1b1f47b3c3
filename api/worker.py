"""The worker: what happens by itself, at its time, and what is told outside.

`run_once` does all that is due now; `run` goes on until it is told to stop. Any number of workers
may run, in any process: a delivery is claimed in one transaction, sent outside any, and written
down in another, so that it arrives at least once wherever a worker is killed. Works by the day
may be done twice without harm.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event

from api import vault
from api.logs import log
from api.models.base import Database
from api.rules import (
    chores,
    deletions,
    heartbeats,
    outbox,
    overdue,
    publication,
    releases,
    retention,
    sweeping,
)
from api.sending import WAYS, Lane, Way

LOOK = 3.0
"""Seconds between two looks at what is due: each costs two small questions."""

SPREAD = 60.0
"""Seconds within which a new day's works begin, so that many workers don't begin at once."""

AGAIN = 300.0
"""Seconds until a daily work that failed is tried again."""

STOP = 4.0
"""Seconds that a worker which is told to stop waits for what is on its way."""

DAILY: tuple[tuple[str, Callable[[Database], None]], ...] = (
    ("figures", publication.run),
    ("overdue", overdue.work),
    ("retention", retention.work),
    ("sweep", sweeping.work),
    (deletions.NAME, deletions.work),
    ("dates", lambda database: vault.of(database.config).redate()),
)
"""Works by the day, in their order, each under the name that says on which day it was done."""


class Worker:
    """One worker over a database."""

    def __init__(self, database: Database, ways: tuple[Way, ...] = WAYS) -> None:
        self.database = database
        self._rings: SimpleQueue[Lane | None] = SimpleQueue()
        self._lanes = [Lane(database, way, self._rings) for way in ways]
        self._looked = 0.0
        self._beats_from = 0.0
        self._day = ""
        self._daily_from = 0.0

    def run_once(self) -> Counter[str]:
        """Does all that is due now and waits for it; how many of each kind arrived."""
        self._beat(time.monotonic())
        self._guarded("releases", lambda: releases.settle(self.database))
        self._daily()
        before = self._arrived()
        while self._deliver() or self._flying():
            if self._flying():
                self._next_ring(LOOK)
        self._guarded("log", self.database.empty_log)
        return self._arrived() - before

    def run(self, stop: Event) -> None:
        """Works until `stop` is set; what is on its way then is waited for, for `STOP` seconds."""
        outbox.listen(self.wake)
        try:
            while not stop.is_set():
                self._turn()
                self._next_ring(LOOK)
        finally:
            outbox.unlisten(self.wake)
            self._leave()

    def wake(self) -> None:
        """Ends the sleep of a worker that has nothing to do."""
        self._rings.put(None)

    def _turn(self) -> None:
        now = time.monotonic()
        if now - self._looked >= LOOK or now < self._looked:
            self._looked = now
            self._beat(now)
            self._guarded("releases", lambda: releases.settle(self.database))
            if self._new_day(now):
                self._daily()
        while self._deliver():
            pass

    def _beat(self, now: float) -> None:
        if now >= self._beats_from:
            self._beats_from = now + heartbeats.EACH
            self._guarded("heartbeat", lambda: self.database.write(heartbeats.beat, lasting=False))
            self._guarded("log", self.database.empty_log)

    def _next_ring(self, seconds: float) -> None:
        """Waits until something was sent, or put into the outbox."""
        try:
            self._rings.get(timeout=seconds)
            while True:
                self._rings.get_nowait()
        except Empty:
            pass

    # --- by the day -------------------------------------------------------------------------

    def _new_day(self, now: float) -> bool:
        day = time.strftime("%Y-%m-%d", time.gmtime(self.database.config.clock()))
        if day != self._day:
            first = not self._day
            self._day = day
            self._daily_from = now + (0.0 if first else random.uniform(0, SPREAD))  # noqa: S311
        return self._daily_from <= now

    def _daily(self) -> None:
        done = True
        for name, work in DAILY:
            done &= self._guarded(name, lambda name=name, work=work: self._by_day(name, work))  # type: ignore[misc]
        self._daily_from = float("inf") if done else time.monotonic() + AGAIN

    def _by_day(self, name: str, work: Callable[[Database], None]) -> None:
        with self.database.read() as db:
            if chores.is_done(db, name):
                return
        work(self.database)
        self.database.write(lambda db: chores.note_done(db, name))

    # --- deliveries -------------------------------------------------------------------------

    def _deliver(self) -> bool:
        """Writes down what came back, and sends what is due; whether there may be more."""
        more = False
        for lane in self._lanes:
            self._guarded(lane.way.kind, lane.write_down)
        due = set[str]()
        self._guarded("outbox", lambda: due.update(self._due()))
        for lane in self._lanes:
            if lane.way.kind in due and lane.has_room():
                more |= self._guarded(lane.way.kind, lane.send_due) and lane.sent > 0
        return more

    def _due(self) -> set[str]:
        with self.database.read() as db:
            return outbox.due(db)

    def _arrived(self) -> Counter[str]:
        return Counter({lane.way.kind: lane.arrived for lane in self._lanes})

    def _flying(self) -> bool:
        return any(lane.held for lane in self._lanes)

    def _leave(self) -> None:
        ends = time.monotonic() + STOP
        for lane in self._lanes:
            self._guarded(lane.way.kind, lane.give_back)
        while self._flying() and time.monotonic() < ends:
            self._next_ring(0.1)
            for lane in self._lanes:
                self._guarded(lane.way.kind, lane.write_down)

    def _guarded(self, name: str, step: Callable[[], object]) -> bool:
        """Does a step; a fault of one does not stop the others, and is logged by its type."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - whatever it was, the worker goes on
            log.error("worker", step=name, type=type(error).__name__)
            return False
        return True
