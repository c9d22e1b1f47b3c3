"""Sends what is due of the outbox, whoever's case it is of. No Kivy here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Event, Lock
from typing import Any
from weakref import WeakValueDictionary

from mobile.access import KeyRefused
from mobile.item import REPORT, SENDING, SENT, WAITING, OutboxItem
from mobile.items import Gone, Items
from mobile.language import later
from mobile.notebook_file import NotKept
from mobile.organisation import Organisation
from mobile.pace import waits
from mobile.reporter import Reporter
from mobile.talk import Talk
from shared.conversation import ReporterCase
from shared.errors import WrenError
from shared.work import Stopped

NO_WORDS = later("This is sent as soon as you open the case with its eight words.")
NO_WORDS_CODE = "no_words"
BROKEN = later("Something went wrong in the app. What you wrote is still here: try again.")

TURN = 20.0
"""Seconds that an upload has before it stops for words, or for another case."""

Case = tuple[str, str]
"""An organisation's address and a reference."""


class Sender:
    """Sends reports, and messages through the case's `Talk`, which it opens where none is."""

    def __init__(
        self,
        items: Items,
        other: Callable[[str], Organisation],
        token: Callable[[], str],
    ) -> None:
        self._items, self._other, self._token = items, other, token
        self._others: dict[str, Organisation] = {}
        self._talks: WeakValueDictionary[Case, Talk] = WeakValueDictionary()
        self._sending = Lock()
        self._last: object = None  # which case was sent for
        self._free = 0.0  # from when on another one may be, by the steady clock
        self._began = 0.0  # since when is sent what is sent now
        self._stop = Event()
        items.others_wait = self._others_wait

    # --- when ---

    def due_in(self, item: OutboxItem) -> float | None:
        """As `Items.due_in`, with the pause after what was sent for another case."""
        seconds = self._items.due_in(item)
        if seconds is None or _of(item) == self._last:
            return seconds
        return max(seconds, self._free - self._items.pace.steady())

    def _next(self) -> OutboxItem | None:
        """What is sent now: of another case first, so that no case holds up the others."""
        due = [one for one in self._items.heads() if self.due_in(one) == 0]
        ready = [one for one in due if not self._drawn_anew(one)]
        return min(ready, key=lambda one: (_of(one) == self._last, one.tries), default=None)

    def _others_wait(self, item: OutboxItem) -> bool:
        """Whether a long upload should stop for something else: for words of its own case too.

        It has its turn first. Two cases are not sent for at once: that would say who they come
        from.
        """
        if self._items.pace.steady() - self._began < TURN:
            return False
        others = [one for one in self._items.heads() if _of(one) != _of(item)]
        return any(self._items.due_in(one) == 0 for one in (*others, *self._items.behind(item)))

    def _after_long(self, item: OutboxItem) -> None:
        """After a long upload the next case waits from its end on; what gave way does too.

        Words of its own case don't: `Items.heads` has them while it waits. Not after one that
        failed: it is tried again soon, and would hold up all others.
        """
        pace, due = self._items.pace, self._items.due_in(item)
        if pace.steady() - self._began < TURN or (due != 0 and item.state != SENT):
            return
        self._free = pace.steady() + pace.apart()
        if due == 0:
            self._items.plan(item.name, self._free - pace.steady())

    def _drawn_anew(self, item: OutboxItem) -> bool:
        """Whether its chosen moment passed while the app was closed: then it has another one."""
        pace = self._items.pace
        if not item.delayed or item.due is None or not pace.late(item.due):
            return False
        new = replace(item, late=item.late + 1)
        self._items.note(new, pace.anew(new.late))
        return True

    def _sent_for(self, case: object, now: object) -> None:
        """The next case waits; a report that arrived is a case by `now`."""
        if case != self._last:
            self._free = self._items.pace.steady() + self._items.pace.apart()
        self._last = now

    # --- sending ---

    def send_due(self, current: Organisation) -> None:
        """Sends for one case that is due; does nothing while another thread is at it."""
        if not self._sending.acquire(blocking=False):
            return
        try:
            item = self._next()
            if item is not None:
                self._began, self._stop = self._items.pace.steady(), Event()
                self._try(item, current)
                now = self._items.get(item.name) or item
                self._sent_for(_of(item), _of(now))
                self._after_long(now)
        finally:
            self._sending.release()

    def _try(self, item: OutboxItem, current: Organisation) -> None:
        """Whatever goes wrong with it, it is tried again later, and holds up no other one."""
        try:
            self._send(item, current)
        except Exception as error:  # noqa: BLE001 - what a service sent, or a fault of ours
            told = error if isinstance(error, WrenError) else WrenError(BROKEN)
            self._items.plan(item.name, self._items.pace.again(item.tries + 1, told.code))
            with suppress(Exception):  # the store may be what is broken
                self._items.failed(self._items.get(item.name) or item, told)

    def rest(self) -> None:
        """Ends work for a place that is under way."""
        self._stop.set()

    def forget(self) -> None:
        """Knows of no open case any more."""
        self._talks.clear()

    def _send(self, item: OutboxItem, current: Organisation) -> None:
        organisation = self._organisation(item.organisation, current)
        with suppress(Gone):  # discarded or taken back meanwhile
            if item.kind == REPORT:
                self._send_report(item, organisation)
            else:
                self._send_case(item, organisation)

    def _send_report(self, item: OutboxItem, organisation: Organisation) -> None:
        reporter = Reporter(organisation, self._items, self._token, self._stop)
        try:
            self._items.follow(reporter.send(item))
        except Stopped:
            self._items.pause(item.name)
        except WrenError as error:
            if waits(error):
                self._items.failed(self._items.get(item.name) or item, error)
            else:
                reporter.refused(item.name, error)

    def _send_case(self, item: OutboxItem, organisation: Organisation) -> None:
        talk = self._talks.get((item.organisation, item.case))
        opened = talk is None or talk.ended
        try:
            if talk is None or talk.ended:
                words = self._words(item)
                if not words:
                    self._items.held(item, NO_WORDS, NO_WORDS_CODE)
                    return
                talk = self._open(words, organisation)
            talk.flush()
        except WrenError as error:
            now = self._items.get(item.name)
            if now is not None and now.state in (WAITING, SENDING) and now.tries == item.tries:
                if waits(error):
                    self._items.failed(now, error)
                else:
                    self._items.refused(now, error)
        if opened and talk is not None:
            self._end(talk)

    @staticmethod
    def _end(talk: Talk) -> None:
        with suppress(WrenError):  # it ends by itself
            talk.sign_out()

    def open(self, words: str, organisation: Organisation, *, mend: bool = False) -> Talk:
        """As `Outbox.open`."""
        talk = self._open(words, organisation, mend=mend)
        key = organisation.address, talk.reference
        self._sent_for(key, key)
        for item in talk.outbox:
            if item.code == NO_WORDS_CODE:
                self._items.note(replace(item, why="", code=""), 0.0)
        return talk

    def _open(self, words: str, organisation: Organisation, *, mend: bool = False) -> Talk:
        if organisation.directory is None:
            organisation.connect()
        if organisation.directory is None:
            raise RuntimeError("connect() gives it")
        client = organisation.new_client()
        try:
            case = ReporterCase.sign_in(client, words, organisation.directory, organisation.pin)
            talk = Talk(case, organisation.directory, self._items, organisation.address)
            _refresh(talk, mend=mend)
        except BaseException:
            client.close()
            raise
        key = organisation.address, talk.reference
        self._know_agreed(talk, key)
        self._talks[key] = talk
        return talk

    # --- what the store knows of cases ---

    def _know_agreed(self, talk: Talk, key: Case) -> None:
        """Whom the user accepted counts from one opening of a kept case to the next."""
        found = self._kept(key)
        if found is None:
            return
        name, record = found

        def keep(people: list[list[str]]) -> None:
            now = self._items.store.get("case", name)
            with suppress(NotKept):  # then they are asked about again another day
                self._items.store.put("case", name, {**(now or record), "agreed": people})

        talk.access.know(record.get("agreed", ()))
        talk.keep_agreed = keep

    def _kept(self, key: Case) -> tuple[str, dict[str, Any]] | None:
        for name, record in self._items.store.all("case").items():
            if (record.get("organisation"), record.get("reference")) == key:
                return name, record
        return None

    def _words(self, item: OutboxItem) -> str:
        if item.words:  # of evidence that went with a report
            return item.words
        key = item.organisation, item.case
        found = self._kept(key)
        if found is not None and found[1].get("words"):
            return str(found[1]["words"])
        for one in self._items.all():
            if one.kind == REPORT and one.state == SENT and (one.organisation, one.case) == key:
                return one.words
        return ""

    def _organisation(self, address: str, current: Organisation) -> Organisation:
        if address == current.address:
            return current
        if address not in self._others:
            self._others[address] = self._other(address)
        return self._others[address]


def _refresh(talk: Talk, *, mend: bool) -> None:
    try:
        talk.refresh()
    except KeyRefused:
        if not mend:
            raise
        talk.mend()


def _of(item: OutboxItem) -> object:
    """Which case it is of; a report that has not arrived is one of its own."""
    return (item.organisation, item.case) if item.case else item.name
