"""The thread of an open case, and the messages that go into it, in order. No Kivy here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import RLock
from uuid import UUID

from mobile.access import Access
from mobile.item import CLOSING, EVIDENCE, SENDING, SENT, STOP, TEXT, WAITING, OutboxItem
from mobile.items import GivesWay, Gone, Items
from mobile.language import later
from mobile.pace import waits
from mobile.uploading import Uploading, plainly
from shared.conversation import ReporterCase
from shared.errors import (
    BadKey,
    BrokenChain,
    EpochChanged,
    LineError,
    SlowDown,
    Unavailable,
    WrenError,
)
from shared.sealing.stream import Description, chunk_count
from shared.thread import Prepared, ThreadMessage

NEW_READER = later("Somebody new can read this case. Say first whether that is all right.")
NEW_READER_CODE = "new_reader"


class Delivery:
    """Fetches and sends for one case. Both block, and never at the same time but for pieces.

    Both raise `BrokenChain` or `BadKey` where the case does not check.
    """

    def __init__(
        self, case: ReporterCase, access: Access, items: Items, organisation: str
    ) -> None:
        self._case, self._access = case, access
        self._items, self._organisation = items, organisation
        self._busy = RLock()
        self._uploading = Uploading(case, items, self._busy)
        self.messages: Sequence[ThreadMessage] = ()
        self.described: dict[UUID, Description | WrenError] = {}
        self._read = 0
        self._behind = False
        self._moved = False

    @property
    def reference(self) -> str:
        """The case's reference; empty before the first `refresh`."""
        return str(self._access.found.get("reference", ""))

    @property
    def outbox(self) -> tuple[OutboxItem, ...]:
        """What was written here, in order, until it was seen in the thread."""
        return self._items.of_case(self._organisation, self.reference)

    def refresh(self) -> None:
        """Fetches and checks the case and what is new in its thread."""
        with self._busy:
            self._access.fetch()
            self._fetch_thread()

    def _fetch_thread(self) -> None:
        before, self.messages = len(self.messages), self._case.thread()
        for one in self.messages[before:]:
            if isinstance(one.problem, BrokenChain):  # somebody who was left out was let in
                raise one.problem
        self._access.messages = self.messages
        done = {one.id for one in self.messages}
        for item in self.outbox:
            if any(one.id in done for one in item.sealed):
                self._items.arrived(item.name, seen=True)
        self._behind = False
        with suppress(LineError, SlowDown, Unavailable):  # the others are found out another time
            self._describe()

    @property
    def taken(self) -> int:
        """Chunks of evidence that its reporter sent in this case, or that wait to be sent.

        What could not be described has no size that is known, and is left out.
        """
        sent = [
            self.described.get(one.id)
            for message in self.messages
            if message.author == "reporter"
            for one in message.attached
        ]
        sizes = [one.size for one in sent if isinstance(one, Description)]
        there = {one.id for one in self.messages}
        waiting = [
            one
            for one in self.outbox
            if one.kind == EVIDENCE and not any(each.id in there for each in one.sealed)
        ]
        sizes += [int(piece["size"]) for one in waiting for piece in one.pieces]
        return sum(chunk_count(size) for size in sizes)

    def _describe(self) -> None:
        """Finds out what the attachments are that messages name, each once."""
        named = [one for message in self.messages for one in message.attached]
        for one in named:
            if one.id in self.described:
                continue
            try:
                self.described[one.id] = self._case.describe(one)
            except (LineError, SlowDown, Unavailable):
                raise
            except WrenError as error:
                self.described[one.id] = error

    @property
    def unread(self) -> bool:
        """Whether something came that the service was not told to be read."""
        return self._newest() > self._read

    def _newest(self) -> int:
        return max((one.number for one in self.messages), default=0)

    def read(self) -> None:
        """Tells the service that what was fetched was seen: only while its user looks at it."""
        with self._busy:
            newest = self._newest()
            if newest > self._read:
                self._case.read(newest)
                self._read = newest

    def flush(self) -> None:
        """Sends what waits, in order. What can't be sent now goes on waiting, and says why.

        A long upload holds up no words: where it gave way, or could not go on, they go ahead.
        """
        with self._busy, self._items.busy(self._organisation, self.reference):
            # What another conversation sent for this case is not read yet.
            self._behind = self._behind or any(one.state == SENT for one in self.outbox)
            tried, uploads = set[str](), True
            while (item := self._next(tried, uploads=uploads)) is not None:
                tried.add(item.name)
                if not self._try(item):
                    uploads = False
                    if not self._is_uploading(item.name):
                        break
            if self._behind:
                with suppress(LineError, SlowDown, Unavailable):  # it arrived: that counts
                    self._fetch_thread()
                    if self._moved:
                        self._access.fetch()
                        self._moved = False

    def _next(self, tried: set[str], *, uploads: bool) -> OutboxItem | None:
        """What goes now: also what was written while something else was on its way.

        Evidence whose own time has not come lets words go ahead, and no other evidence.
        """
        for one in self.outbox:
            if one.name in tried or one.state not in (WAITING, SENDING):
                continue
            if one.kind != EVIDENCE:
                return one
            uploads = uploads and (bool(one.sealed) or not self._items.due_in(one))
            if uploads:
                return one
        return None

    def _try(self, item: OutboxItem) -> bool:
        """Sends one; false if those behind it have to wait too."""
        try:
            self._send(item)
        except (BrokenChain, BadKey) as error:
            self._items.failed(self._now(item), error)
            raise
        except EpochChanged as error:  # again: somebody else is faster
            self._items.failed(self._unsealed(item), error)
            return False
        except _NewReader:
            self._items.held(self._now(item), NEW_READER, NEW_READER_CODE)
            return False
        except WrenError as error:
            if waits(error):
                now = self._now(item)
                if now.done > item.done:  # it got on: the next try needs no more patience
                    now = replace(now, tries=0)
                self._items.failed(now, error)
                return False
            # Stored nowhere: those behind it are numbered as if it had never been.
            self._items.refused(self._unsealed(item), plainly(error))
        except Gone:
            pass
        except GivesWay:
            self._items.pause(item.name)
            return False
        return True

    def _is_uploading(self, name: str) -> bool:
        """Whether it is evidence of which no message was sent: what is behind has its number."""
        item = self._items.get(name)
        return item is not None and item.kind == EVIDENCE and not item.sealed

    def _now(self, item: OutboxItem) -> OutboxItem:
        return self._items.get(item.name) or item

    def _unsealed(self, item: OutboxItem) -> OutboxItem:
        return replace(self._now(item), sealed=(), current=False)

    def _send(self, item: OutboxItem) -> None:
        found_out = item.kind == EVIDENCE and item.sealed  # else pieces might be sent twice
        if self._behind or found_out:  # messages are numbered: the next goes after what is there
            self._fetch_thread()
            if self._items.get(item.name) is None:
                return  # it had arrived, only the answer was lost
        if item.kind == STOP:
            self._access.take_key(UUID(item.content["request"]))
        try:
            self._send_sealed(item)
        except EpochChanged:  # not stored: sealed again, for those who read now
            self._access.fetch()
            self._fetch_thread()
            self._send_sealed(self._now(item), anew=True)
        self._items.arrived(item.name)
        self._behind = True
        self._moved = self._moved or item.kind not in (TEXT, EVIDENCE)

    def _send_sealed(self, item: OutboxItem, *, anew: bool = False) -> None:
        # To take a consent back is never held up by whom else there may be.
        if item.kind != STOP and not self._access.all_agreed():
            raise _NewReader
        if item.kind == EVIDENCE:
            with self._free():
                item = self._uploading.upload(item)
        new = item
        if anew or not item.current:
            new = replace(item, sealed=(self._seal(item),))
        # Kept before it is sent, so that whatever happens then it is not sealed twice.
        self._case.send(self._items.seal(new, item).sealed[-1])

    @contextmanager
    def _free(self) -> Iterator[None]:
        """While pieces go the case can be looked at; `items.busy` keeps what is sent in order."""
        self._busy.release()
        try:
            yield
        finally:
            self._busy.acquire()

    def _seal(self, item: OutboxItem) -> Prepared:
        content = item.content
        if item.kind == TEXT:
            return self._case.prepare(item.text)
        if item.kind == EVIDENCE:
            return self._uploading.prepare(item)
        if item.kind == CLOSING:
            return self._case.answer_closing(content["answer"], content["comment"])
        return self._case.answer_consent(UUID(content["request"]), content["granted"])


class _NewReader(Exception):
    """Somebody has to be agreed to first."""
