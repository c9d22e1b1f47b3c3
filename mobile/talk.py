"""A case that is open on the phone: its thread, what waits to be sent, and who reads it.

What waits are items of the outbox (`mobile.items`), so that they outlive it. No Kivy here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from threading import RLock
from typing import Any
from uuid import UUID

from mobile import view
from mobile.access import Access
from mobile.items import (
    CLOSING,
    CONSENT,
    REFUSED,
    SENDING,
    SENT,
    STOP,
    TEXT,
    WAITING,
    Gone,
    Items,
    OutboxItem,
)
from mobile.language import _, language, later, listed
from mobile.notebook_file import NotKept
from mobile.pace import waits
from mobile.readable import readable
from mobile.standing import standing
from mobile.view import Cards, Item, View
from mobile.who import NOBODY
from shared import consents
from shared.conversation import ReporterCase
from shared.errors import (
    BadKey,
    BrokenChain,
    EpochChanged,
    LineError,
    SlowDown,
    Unavailable,
    UnknownToken,
    WrenError,
)
from shared.thread import Prepared, ThreadMessage, today

NEW_READER = later("Somebody new can read this case. Say first whether that is all right.")
NEW_READER_CODE = "new_reader"


class Talk:
    """One case. `refresh`, `flush`, `withdraw` and `sign_out` block; the others do not.

    `refresh` and `flush` raise `BrokenChain` or `BadKey` where the case does not check: then
    nothing is sent. What writes raises `NotKept` if the phone can't keep it: then it is not
    there. `access` is who reads the case, and changes that. `keep_agreed(ids)` is told whom the
    user accepted. `ended`: signed out or withdrawn.
    """

    def __init__(
        self,
        case: ReporterCase,
        directory: Mapping[str, Any],
        items: Items,
        organisation: str,
    ) -> None:
        self._case, self._directory = case, directory
        self._all, self._organisation = items, organisation
        self.access = Access(case, directory)
        self.keep_agreed: Callable[[list[str]], None] | None = None
        self._messages: list[ThreadMessage] = []
        self._items: dict[tuple[str, UUID], Item] = {}
        self._behind = False
        self._moved = False
        self._withdrawing = False
        self.ended = False
        self._sending = RLock()

    @property
    def reference(self) -> str:
        """The case's reference; empty before the first `refresh`."""
        return str(self.access.found.get("reference", ""))

    @property
    def outbox(self) -> tuple[OutboxItem, ...]:
        """What was written here, in order, until it was seen in the thread."""
        return self._all.of_case(self._organisation, self.reference)

    # --- looking ---

    def refresh(self) -> View:
        """Fetches and checks the case and what is new in its thread."""
        with self._sending:
            self.access.fetch()
            self._fetch_thread()
        return self.view()

    def _fetch_thread(self) -> None:
        before, self._messages = len(self._messages), self._case.thread()
        for one in self._messages[before:]:
            if isinstance(one.problem, BrokenChain):  # somebody who was left out was let in
                raise one.problem
        self.access.messages = self._messages
        done = {one.id for one in self._messages}
        for item in self.outbox:
            if any(one.id in done for one in item.sealed):
                self._all.arrived(item.name, seen=True)
        self._behind = False
        if len(self._messages) > before:
            self._case.read(max(one.number for one in self._messages))

    # --- writing ---

    def write(self, text: str) -> View:
        """Puts a message behind those that wait; `flush` sends it."""
        return self._put(TEXT, text)

    def answer(self, request: UUID, granted: bool) -> View:
        """Puts the answer to a consent-request behind what waits, once."""
        if request in self._answering():
            return self.view()
        words = _("I allow this.") if granted else _("I don\u2019t allow this.")
        return self._put(CONSENT, words, request=str(request), granted=granted)

    def stop_sharing(self, request: UUID) -> View:
        """Takes a consent back, once: first the key goes, then the signed word for it."""
        if request in self._answering():
            return self.view()
        return self._put(STOP, _("I stop sharing."), request=str(request), granted=False)

    def close_with(self, answer: str, comment: str) -> View:
        """Puts the answer to the closing question behind what waits, once."""
        if any(one.kind == CLOSING for one in self.outbox):
            return self.view()
        content = {"type": "feedback", "answer": answer, "comment": comment}
        text = readable(content, self._directory)
        return self._put(CLOSING, text, answer=answer, comment=comment)

    def _answering(self) -> set[UUID]:
        """The requests whose answer is on its way."""
        found = [one for one in self.outbox if one.kind in (CONSENT, STOP)]
        return {UUID(one.content["request"]) for one in found if one.state != REFUSED}

    def _put(self, kind: str, text: str, **more: Any) -> View:
        content = {"text": text, **more}
        self._all.new(kind, self._organisation, case=self.reference, content=content)
        return self.view()

    def take_back(self, key: str) -> str:
        """Takes a message that can't have arrived out of the list; its text, to be changed."""
        item = self._all.get(key)
        if item is None or item.sealed or item.state not in (WAITING, REFUSED):
            return ""
        self._all.drop(key)
        return item.text if item.kind == TEXT else ""

    def agree(self) -> View:
        """Accepts that those who are readers now may read what comes."""
        self.access.agree()
        if self.keep_agreed is not None:
            self.keep_agreed(self.access.agreed)
        for item in self.outbox:
            if item.code == NEW_READER_CODE:
                self._all.note(replace(item, why="", code=""), 0.0)
        return self.view()

    def unsent(self) -> int:
        """How many messages have not arrived."""
        return sum(one.state != SENT for one in self.outbox)

    # --- sending ---

    def flush(self) -> View:
        """Sends what waits, in order. What can't be sent now goes on waiting, and says why."""
        with self._sending:
            for one in self.outbox:
                item = self._all.get(one.name)
                if item is None or item.state not in (WAITING, SENDING):
                    continue
                if item.delayed and self._all.due_in(item):
                    break  # what was written after it goes after it
                if not self._try(item):
                    break
            if self._behind:
                with suppress(LineError, SlowDown, Unavailable):  # it arrived: that counts
                    self._fetch_thread()
                    if self._moved:
                        self.access.fetch()
                        self._moved = False
        return self.view()

    def _try(self, item: OutboxItem) -> bool:
        """Sends one; false if those behind it have to wait too."""
        try:
            self._send(item)
        except (BrokenChain, BadKey) as error:
            self._all.failed(self._now(item), error)
            raise
        except EpochChanged as error:  # again: somebody else is faster
            self._all.failed(self._unsealed(item), error)
            return False
        except _NewReader:
            self._all.held(self._now(item), NEW_READER, NEW_READER_CODE)
            return False
        except WrenError as error:
            if waits(error):
                self._all.failed(self._now(item), error)
                return False
            # Stored nowhere: those behind it are numbered as if it had never been.
            self._all.refused(self._unsealed(item), error)
        except Gone:
            pass
        return True

    def _unsealed(self, item: OutboxItem) -> OutboxItem:
        return replace(self._now(item), sealed=(), current=False)

    def _now(self, item: OutboxItem) -> OutboxItem:
        return self._all.get(item.name) or item

    def _send(self, item: OutboxItem) -> None:
        if self._behind:  # messages are numbered: the next one goes after what is there
            self._fetch_thread()
            if self._all.get(item.name) is None:
                return  # it had arrived, only the answer was lost
        if item.kind == STOP:
            self.access.take_key(UUID(item.content["request"]))
        try:
            self._send_sealed(item)
        except EpochChanged:  # not stored: sealed again, for those who read now
            self.access.fetch()
            self._fetch_thread()
            self._send_sealed(self._unsealed(item))
        self._all.arrived(item.name)
        self._behind = True
        self._moved = self._moved or item.kind != TEXT

    def _send_sealed(self, item: OutboxItem) -> None:
        # To take a consent back is never held up by whom else there may be.
        if item.kind != STOP and not self.access.all_agreed():
            raise _NewReader
        if not item.current:
            item = replace(item, sealed=(self._seal(item),))
        # Kept before it is sent, so that whatever happens then it is not sealed twice.
        self._case.send(self._all.seal(item).sealed[-1])

    def _seal(self, item: OutboxItem) -> Prepared:
        content = item.content
        if item.kind == TEXT:
            return self._case.prepare(item.text)
        if item.kind == CLOSING:
            return self._case.answer_closing(content["answer"], content["comment"])
        return self._case.answer_consent(UUID(content["request"]), content["granted"])

    # --- the end ---

    def withdraw(self) -> dict[str, Any]:
        """Withdraws the case: `deleted`, `held`, `exports`, and `backups_until` or null.

        Where the answer to an earlier try was lost and the words open nothing any more, it
        had worked. What waited to be sent is dropped: nobody would read it.
        """
        try:
            found = self._case.withdraw()
        except LineError:
            self._withdrawing = True
            raise
        except UnknownToken:
            if not self._withdrawing:
                raise
            held = bool(self.access.found.get("legal_hold"))
            found = {"deleted": not held, "held": held, "backups_until": None, "exports": 0}
        self.ended = True
        for item in self.outbox:
            with suppress(NotKept):
                self._all.drop(item.name)
        return found

    def sign_out(self) -> None:
        """Ends the session at the service, as far as the line allows, and the connection."""
        self.ended = True
        try:
            self._case.sign_out()
        finally:
            self._case.client.close()

    # --- showing ---

    def asked(self, request: UUID) -> tuple[str, str]:
        """Names of those whom a request is about, and the rest of what it asks."""
        found, cards = consents.asked(self._messages).get(request), self._cards()
        if found is None:  # answered by another client; the request itself can't be read
            answer = consents.given(self._messages).get(request)
            names = sorted(cards.name(one) for one in answer.handlers) if answer else []
            return listed(names or [_(NOBODY)]), ""
        return cards.names(found), cards.details(found)

    def _cards(self) -> Cards:
        return Cards(
            self._case.name_of,
            self._directory,
            today(self._directory),
            consents.given(self._messages),
            self._answering(),
            self._case.excluded,
        )

    def view(self) -> View:
        """The case as it is known here, with what waits at the end."""
        cards, now = self._cards(), standing(self.access.found, today(self._directory))
        outbox = self.outbox
        answering = any(one.kind == CLOSING for one in outbox)
        return View(
            self.reference,
            now,
            self.access.people(),
            (*(self._item(cards, one) for one in self._messages), *map(_waiting, outbox)),
            view.notices(now, answering=answering),
        )

    def _item(self, cards: Cards, one: ThreadMessage) -> Item:
        key = language.code, one.id
        item = self._items.get(key) or cards.item(one)
        if item.notice is None:  # the others change with what is answered
            self._items[key] = item
        return item


def _waiting(one: OutboxItem) -> Item:
    state = one.state if one.state in (SENT, REFUSED) else WAITING
    return Item(one.name, True, _("You"), "", one.text, state, _(one.why))


class _NewReader(Exception):
    """Somebody has to be agreed to first."""
