"""What waits to be sent, one record of the store each. No Kivy, and no network, here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import RLock
from typing import Any
from uuid import uuid4

from mobile.evidence import forget
from mobile.item import EVIDENCE, REFUSED, REPORT, SENDING, SENT, WAITING, OutboxItem
from mobile.notebook_file import NotKept
from mobile.pace import Pace, asked_to_wait
from mobile.store import Store
from shared.errors import WrenError

KIND = "outbox"
ON_ITS_WAY = (WAITING, SENDING)


class Gone(Exception):
    """An item was discarded, or taken back, while it was being sealed."""


class GivesWay(Exception):
    """A long upload stops between two chunks, since something else is due."""


class Items:
    """All items, in the order in which they were put. Any thread may call it; nothing blocks
    but the store's own disk.

    `new`, `put` and `drop` are durable when they return, or raise `NotKept` with nothing
    changed. `note` and `arrived` are for what can be found out again by sending the same bytes:
    there a full disk is no reason to forget in memory what is known. What was discarded stays
    so, whatever a thread still says about it. `others_wait(item)` is asked between chunks.
    """

    def __init__(self, store: Store, pace: Pace) -> None:
        self.store, self.pace = store, pace
        self.others_wait: Callable[[OutboxItem], bool] = lambda _item: False
        self._lock = RLock()
        self._items: dict[str, OutboxItem] = {}
        self._due: dict[str, float] = {}
        self._cases: dict[tuple[str, str], RLock] = {}
        self._last = 0
        self._take_in(store)

    def _take_in(self, store: Store) -> None:
        kept = [OutboxItem.from_record(one) for one in store.all(KIND).values()]
        for item in sorted(kept, key=lambda one: one.order):
            self._last = max(self._last, item.order)
            # Where the app ended meanwhile, the same bytes are sent again.
            state = WAITING if item.state == SENDING else item.state
            self._items = {**self._items, item.name: replace(item, state=state)}
            if item.due is not None:
                left = self.pace.left(item.due, self.pace.most(item.hours))
                self._due[item.name] = self.pace.steady() + left

    def use(self, store: Store) -> None:
        """Goes on in another store, with what waits there too: a PIN was set, typed or given up.

        All that is here is written there first, however it is by now: something may be being
        sealed. Raises `NotKept`; then nothing changed.
        """
        with self._lock:
            if store is self.store:
                return
            here = self._items
            kept = [one for one in here.values() if one.kind == REPORT or one.state != SENT]
            records = [(KIND, one.name, one.as_record()) for one in kept]
            if records:
                store.put_all(records)
            self.store = store
            due = dict(self._due)
            self._take_in(store)
            self._items = {**self._items, **here}  # as it is, and not as after a restart
            self._due.update(due)

    def all(self) -> tuple[OutboxItem, ...]:
        """Every item. Never waits for the disk: `_items` is replaced, not changed."""
        return tuple(self._items.values())

    @contextmanager
    def busy(self, organisation: str, case: str) -> Iterator[None]:
        """Only one conversation at a time sends for a case, though two may have it open."""
        with self._lock:
            lock = self._cases.setdefault((organisation, case), RLock())
        with lock:
            yield

    def get(self, name: str) -> OutboxItem | None:
        """One item, if it is still there."""
        return self._items.get(name)

    def of_case(self, organisation: str, case: str) -> tuple[OutboxItem, ...]:
        """The messages of one case."""
        return tuple(
            one
            for one in self.all()
            if one.kind != REPORT and (one.organisation, one.case) == (organisation, case)
        )

    def heads(self) -> list[OutboxItem]:
        """The reports, and of each case the first message: those behind it wait for it.

        Words that are due go ahead of an upload that is not. Evidence that goes with a report is
        none of them before that arrived.
        """
        found: dict[object, OutboxItem] = {}
        for item in self.all():
            if item.state in ON_ITS_WAY and (item.case or item.kind != EVIDENCE):
                key = item.name if item.kind == REPORT else (item.organisation, item.case)
                found.setdefault(key, item)
        return [self._ahead(one) for one in found.values()]

    def _ahead(self, item: OutboxItem) -> OutboxItem:
        if item.kind != EVIDENCE or item.sealed or self.due_in(item) == 0:
            return item
        return next((one for one in self.behind(item) if self.due_in(one) == 0), item)

    def new(
        self, kind: str, organisation: str, hours: int = 0, *, name: str = "", **more: Any
    ) -> OutboxItem:
        """Puts something new behind all others, due now or at a random moment within hours."""
        wait = self.pace.later(hours)
        with self._lock:
            at = self._last + 1
            item = OutboxItem(name or uuid4().hex, kind, organisation, at, hours=hours, **more)
            item = self._keep(item, wait)
            self._last = at
        return item

    def following(self, name: str) -> list[OutboxItem]:
        """The evidence that waits for a report."""
        return [one for one in self.all() if one.follows == name and not one.case]

    def behind(self, item: OutboxItem) -> list[OutboxItem]:
        """The words that wait in a case behind its evidence."""
        found = self.of_case(item.organisation, item.case)
        return [one for one in found if one.order > item.order and one.kind != EVIDENCE]

    def follow(self, report: OutboxItem) -> None:
        """A report arrived: what followed it is of its case now, and due."""
        for one in self.following(report.name):
            self.note(replace(one, case=report.case, words=report.words), 0.0)

    def progress(self, name: str, done: int, of: int) -> None:
        """Says how much of it the service has; nothing is written.

        Raises `Gone`, and `GivesWay` before it is all there and while others wait.
        """
        with self._lock:
            item = self._items.get(name)
            if item is None or item.state not in ON_ITS_WAY:
                raise Gone
            item = self._remember(replace(item, state=SENDING, done=(done, of)), None)
        if done < of and self.others_wait(item):
            raise GivesWay

    def pause(self, name: str) -> None:
        """It gave way: it waits, and goes on where it stopped."""
        with self._lock:
            item = self._items.get(name)
            if item is not None and item.state == SENDING:
                self._remember(replace(item, state=WAITING), None)

    def put(self, item: OutboxItem, wait: float | None = None) -> OutboxItem:
        """Keeps an item durably; with `wait` it is due in so many seconds.

        Raises `NotKept`, and `Gone` if it is not there any more.
        """
        with self._lock:
            if item.name not in self._items:
                raise Gone
            return self._keep(item, wait)

    def seal(self, new: OutboxItem, old: OutboxItem) -> OutboxItem:
        """As `put`, for what is sent next, of the item as it was read before it was sealed.

        Raises `Gone` too if it was taken back, changed or sealed by another thread meanwhile.
        """
        with self._lock:
            now = self._items.get(old.name)
            same = now is not None and (now.content, now.sealed) == (old.content, old.sealed)
            if now is None or not same or now.state not in ON_ITS_WAY:
                raise Gone
            return self._keep(replace(new, state=SENDING, current=True), None)

    def _keep(self, item: OutboxItem, wait: float | None) -> OutboxItem:
        if wait is not None:
            item = replace(item, due=self.pace.wall() + wait)
        self.store.put(KIND, item.name, item.as_record())
        return self._remember(item, wait)

    def note(self, item: OutboxItem, wait: float | None = None) -> OutboxItem:
        """Keeps an item in memory, and durably if the disk takes it."""
        with self._lock:
            if item.name not in self._items:
                return item
            try:
                return self._keep(item, wait)
            except NotKept:
                return self._remember(item, wait)

    def _remember(self, item: OutboxItem, wait: float | None) -> OutboxItem:
        self._items = {**self._items, item.name: item}
        if wait is not None:
            self._due[item.name] = self.pace.steady() + wait
        if item.due is None:
            self._due.pop(item.name, None)
        return item

    def forget(self) -> None:
        """Empties the memory; the store keeps what it keeps."""
        with self._lock:
            self._items = {}
            self._due.clear()

    def drop(self, name: str) -> None:
        """Forgets an item for good. Raises `NotKept`."""
        with self._lock:
            self.store.drop(KIND, name)
            item = self._items.get(name)
            if item is not None:
                self._wipe(item)
            self._without(name)

    def _wipe(self, item: OutboxItem) -> None:
        """The bytes of an item that is gone; where that fails, the next start does it."""
        for one in item.pieces:
            forget(self.store, one["parts"])

    def give_back(self, name: str, records: list[tuple[str, str, Any]]) -> None:
        """Forgets an item; its bytes are those of these records now. Raises `NotKept`."""
        with self._lock:
            for one in records:
                self.store.put(*one)
            self.store.drop(KIND, name)
            self._without(name)

    def _without(self, name: str) -> None:
        self._items = {key: one for key, one in self._items.items() if key != name}
        self._due.pop(name, None)

    def arrived(self, name: str, *, seen: bool = False) -> None:
        """Forgets a message that arrived; in memory it is shown as sent until it was `seen`."""
        with self._lock:
            item = self._items.get(name)
            if item is None:
                return
            if seen:
                self._without(name)
            else:
                self._remember(replace(item.unsaid(), state=SENT, due=None), None)
            if item.state != SENT:
                with suppress(NotKept):
                    self.store.drop(KIND, name)
                    self._wipe(item)

    def failed(self, item: OutboxItem, error: WrenError) -> None:
        """Notes why it goes on waiting, and until when."""
        tries = item.tries + 1
        said = replace(item, state=WAITING, why=error.detail, code=error.code, tries=tries)
        self._say(said, self.pace.again(tries, error.code))

    def refused(self, item: OutboxItem, error: WrenError) -> None:
        """Notes that it can't be sent as it is, and why."""
        said = replace(item, why=error.detail, code=error.code, errors=dict(error.errors))
        self._say(replace(said, state=REFUSED, due=None))

    def held(self, item: OutboxItem, why: str, code: str) -> None:
        """Notes that it waits for its user, and does not try by itself till then."""
        self._say(replace(item, state=WAITING, why=why, code=code, due=None))

    def _say(self, said: OutboxItem, wait: float | None = None) -> None:
        """Notes what a thread found, unless the user took it back or changed it meanwhile."""
        with self._lock:
            now = self._items.get(said.name)
            if now is not None and now.state in ON_ITS_WAY and now.content == said.content:
                self.note(said, wait)

    def due_in(self, item: OutboxItem) -> float | None:
        """Seconds until it is tried, 0 if now; none if not by itself."""
        at = self._due.get(item.name)
        if at is None or item.state not in ON_ITS_WAY:
            return None
        return max(0.0, at - self.pace.steady())

    def plan(self, name: str, seconds: float) -> None:
        """Has it tried in so many seconds. In memory only: nothing waits for the disk."""
        with self._lock:
            if name in self._items:
                self._due[name] = self.pace.steady() + seconds

    def hurry(self, item: OutboxItem) -> None:
        """Makes it due now, unless the service asked to wait or a delay was chosen."""
        if item.state == WAITING and not asked_to_wait(item.code) and not item.delayed:
            self.plan(item.name, 0.0)
