"""What waits to be sent, one record of the store each. No Kivy, and no network, here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from threading import RLock
from typing import Any
from uuid import UUID, uuid4

from mobile.notebook_file import NotKept
from mobile.pace import Pace, asked_to_wait
from mobile.store import Store
from shared.errors import WrenError
from shared.sealing.encoding import b64, unb64
from shared.thread import Prepared

KIND = "outbox"

DRAFT, WAITING, SENDING, SENT, REFUSED = "draft", "waiting", "sending", "sent", "refused"
"""What becomes of an item: taken back to be changed, waits, on its way, arrived, refused."""

REPORT, TEXT, CONSENT, STOP, CLOSING = "report", "text", "consent", "stop", "closing"
"""What an item is: a report, or in a case a message, the answer to a consent-request, a consent
taken back, the answer to the closing question."""


class Gone(Exception):
    """An item was discarded, or taken back, while it was being sealed."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One thing to send, as it is kept and as screens show it.

    `organisation` is its address; `case` the reference, of a report only once it arrived.
    `content` is what was written: of a report what `mobile.reporter.Answers` holds. `words` are
    a report's eight words. `sealed` are the tries whose answer is not known, the newest last;
    `current` says that the newest is of `content` as it is now. `why` (a sentence), `code` and
    `errors` (by field) are of the last try. `earlier`: what arrived was the text of an earlier
    try. `due` is in seconds of the wall clock; none: not by itself.
    """

    name: str
    kind: str
    organisation: str
    order: int = 0
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    case: str = ""
    words: str = field(default="", repr=False)
    state: str = WAITING
    why: str = ""
    code: str = ""
    errors: Mapping[str, Any] = field(default_factory=dict)
    sealed: tuple[Prepared, ...] = field(default=(), repr=False)
    current: bool = False
    earlier: bool = False
    tries: int = 0
    hours: int = 0
    due: float | None = None

    @property
    def may_have_arrived(self) -> bool:
        """Whether the service may hold it, or an earlier version, though no answer said so."""
        return bool(self.sealed) and self.state != SENT

    @property
    def delayed(self) -> bool:
        """Whether it waits for the random moment that was asked for."""
        return self.state == WAITING and bool(self.hours) and not self.tries

    @property
    def text(self) -> str:
        """The words of a message."""
        return str(self.content.get("text", ""))

    def unsaid(self) -> OutboxItem:
        """The same without what the last try gave."""
        return replace(self, why="", code="", errors={}, tries=0)

    def as_record(self) -> dict[str, Any]:
        """The item as JSON holds it."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**found, "sealed": [_as_record(one) for one in self.sealed]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> OutboxItem:
        """The item that `as_record` wrote; what a later version added is passed over."""
        known = {one.name: record[one.name] for one in fields(cls) if one.name in record}
        return cls(**{**known, "sealed": tuple(_prepared(one) for one in record["sealed"])})


def _as_record(sealed: Prepared) -> dict[str, Any]:
    return {
        "id": str(sealed.id),
        "body": dict(sealed.body),
        "envelope": b64(sealed.envelope),
        "case_id": None if sealed.case_id is None else str(sealed.case_id),
        "call": sealed.call,
    }


def _prepared(record: Mapping[str, Any]) -> Prepared:
    case_id = record["case_id"]
    return Prepared(
        UUID(record["id"]),
        record["body"],
        unb64(record["envelope"]),
        None if case_id is None else UUID(case_id),
        record["call"],
    )


class Items:
    """All items, in the order in which they were put. Any thread may call it; nothing blocks
    but the store's own disk.

    `new`, `put` and `drop` are durable when they return, or raise `NotKept` with nothing
    changed. `note` and `arrived` are for what can be found out again by sending the same bytes:
    there a full disk is no reason to forget in memory what is known. What was discarded stays
    so, whatever a thread still says about it.
    """

    def __init__(self, store: Store, pace: Pace) -> None:
        self.store, self.pace = store, pace
        self._lock = RLock()
        self._items: dict[str, OutboxItem] = {}
        self._due: dict[str, float] = {}
        self._last = 0
        kept = [OutboxItem.from_record(one) for one in store.all(KIND).values()]
        for item in sorted(kept, key=lambda one: one.order):
            self._last = max(self._last, item.order)
            # Where the app ended meanwhile, the same bytes are sent again.
            state = WAITING if item.state == SENDING else item.state
            self._items[item.name] = replace(item, state=state)
            if item.due is not None:
                left = pace.left(item.due, pace.most(item.hours))
                self._due[item.name] = pace.steady() + left

    def all(self) -> tuple[OutboxItem, ...]:
        """Every item."""
        with self._lock:
            return tuple(self._items.values())

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

    def new(self, kind: str, organisation: str, hours: int = 0, **more: Any) -> OutboxItem:
        """Puts something new behind all others, due now or at a random moment within hours."""
        wait = self.pace.later(hours)
        with self._lock:
            at = self._last + 1
            item = OutboxItem(uuid4().hex, kind, organisation, at, hours=hours, **more)
            item = self._keep(item, wait)
            self._last = at
        return item

    def put(self, item: OutboxItem, wait: float | None = None) -> OutboxItem:
        """Keeps an item durably; with `wait` it is due in so many seconds.

        Raises `NotKept`, and `Gone` if it is not there any more.
        """
        with self._lock:
            if item.name not in self._items:
                raise Gone
            return self._keep(item, wait)

    def seal(self, item: OutboxItem) -> OutboxItem:
        """As `put`, for what is sent next; raises `Gone` too if it was taken back meanwhile."""
        with self._lock:
            now = self._items.get(item.name)
            if now is None or now.state not in (WAITING, SENDING):
                raise Gone
            return self._keep(replace(item, state=SENDING, current=True), None)

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
        self._items[item.name] = item
        if wait is not None:
            self._due[item.name] = self.pace.steady() + wait
        if item.due is None:
            self._due.pop(item.name, None)
        return item

    def forget(self) -> None:
        """Empties the memory; the store keeps what it keeps."""
        with self._lock:
            self._items.clear()
            self._due.clear()

    def drop(self, name: str) -> None:
        """Forgets an item for good. Raises `NotKept`."""
        with self._lock:
            self.store.drop(KIND, name)
            self._items.pop(name, None)
            self._due.pop(name, None)

    def arrived(self, name: str, *, seen: bool = False) -> None:
        """Forgets a message that arrived; in memory it is shown as sent until it was `seen`."""
        with self._lock:
            item = self._items.pop(name, None) if seen else self._items.get(name)
            self._due.pop(name, None)
            if item is not None and not seen:
                self._items[name] = replace(item, state=SENT, why="", code="", due=None)
            with suppress(NotKept):
                self.store.drop(KIND, name)

    def failed(self, item: OutboxItem, error: WrenError, why: str = "") -> OutboxItem:
        """Notes why it goes on waiting, and until when."""
        tries = item.tries + 1
        said = replace(item, state=WAITING, why=why or error.detail, code=error.code, tries=tries)
        return self.note(said, self.pace.again(tries, error.code))

    def refused(self, item: OutboxItem, error: WrenError) -> OutboxItem:
        """Notes that it can't be sent as it is, and why."""
        said = replace(item, why=error.detail, code=error.code, errors=dict(error.errors))
        return self.note(replace(said, state=REFUSED, due=None))

    def held(self, item: OutboxItem, why: str, code: str) -> OutboxItem:
        """Notes that it waits for its user, and does not try by itself till then."""
        return self.note(replace(item, state=WAITING, why=why, code=code, due=None))

    def due_in(self, item: OutboxItem) -> float | None:
        """Seconds until it is tried, 0 if now; none if not by itself."""
        at = self._due.get(item.name)
        if at is None or item.state not in (WAITING, SENDING):
            return None
        return max(0.0, at - self.pace.steady())

    def hurry(self, item: OutboxItem) -> OutboxItem:
        """Makes it due now, unless the service asked to wait or a delay was chosen."""
        if item.state != WAITING or asked_to_wait(item.code) or item.delayed:
            return item
        return self.note(item, 0.0)
