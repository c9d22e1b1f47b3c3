"""A case that is open on the phone: its thread, what waits to be sent, and who reads it.

No Kivy here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from mobile import view
from mobile.access import Access
from mobile.standing import standing
from mobile.view import REFUSED, SENT, WAITING, Cards, Item, View
from mobile.who import NOBODY
from shared import consents
from shared.conversation import ReporterCase
from shared.errors import (
    BadKey,
    BrokenChain,
    EpochChanged,
    LineError,
    SignIn,
    SlowDown,
    Unavailable,
    UnknownToken,
    WrenError,
)
from shared.thread import Prepared, ThreadMessage, today

NEW_READER = "Somebody new can read this case. Say first whether that is all right."


@dataclass
class Outgoing:
    """Something that was said here. Its sealed bytes stay the same until it arrived.

    `request` is the consent-request that it answers; `stops` whom it takes the key from.
    """

    key: str
    text: str = field(repr=False)
    seal: Callable[[], Prepared] = field(repr=False)
    state: str = WAITING
    why: str = ""
    prepared: Prepared | None = field(default=None, repr=False)
    request: UUID | None = None
    stops: bool = False
    once: str = ""


class Talk:
    """One case. `refresh`, `flush`, `withdraw` and `sign_out` block; the others do not.

    `refresh` and `flush` raise `BrokenChain` or `BadKey` where the case does not check: then
    nothing is sent. `access` is who reads it, and changes that.
    """

    def __init__(self, case: ReporterCase, directory: Mapping[str, Any]) -> None:
        self._case, self._directory = case, directory
        self.access = Access(case, directory)
        self._messages: list[ThreadMessage] = []
        self._items: dict[UUID, Item] = {}
        self._outbox: list[Outgoing] = []
        self._written = 0
        self._behind = False
        self._moved = False
        self._withdrawing = False

    # --- looking ---

    def refresh(self) -> View:
        """Fetches and checks the case and what is new in its thread."""
        self.access.fetch()
        self._fetch_thread()
        return self.view()

    def _fetch_thread(self) -> None:
        before, self._messages = len(self._messages), self._case.thread()
        for one in self._messages[before:]:
            if isinstance(one.problem, BrokenChain):  # somebody who was left out was let in
                raise one.problem
        self.access.messages = self._messages
        done = {str(one.id) for one in self._messages}
        self._outbox = [
            one for one in self._outbox if not (one.prepared and str(one.prepared.id) in done)
        ]
        self._behind = False
        if len(self._messages) > before:
            self._case.read(max(one.number for one in self._messages))

    # --- writing ---

    def write(self, text: str) -> View:
        """Puts a message behind those that wait; `flush` sends it."""
        return self._put(text, lambda: self._case.prepare(text))

    def answer(self, request: UUID, granted: bool) -> View:
        """Puts the answer to a consent-request behind what waits, once."""
        if request in self._answering():
            return self.view()
        words = "I allow this." if granted else "I don\u2019t allow this."
        return self._put(
            words, lambda: self._case.answer_consent(request, granted), request=request
        )

    def stop_sharing(self, request: UUID) -> View:
        """Takes a consent back, once: first the key goes, then the signed word for it."""
        if request in self._answering():
            return self.view()
        return self._put(
            "I stop sharing.",
            lambda: self._case.answer_consent(request, False),
            request=request,
            stops=True,
        )

    def close_with(self, answer: str, comment: str) -> View:
        """Puts the answer to the closing question behind what waits, once."""
        if any(one.once == "closing" for one in self._outbox):
            return self.view()
        content = {"type": "feedback", "answer": answer, "comment": comment}
        text = view.readable(content, self._directory)
        return self._put(text, lambda: self._case.answer_closing(answer, comment), once="closing")

    def _answering(self) -> set[UUID]:
        """The requests whose answer is on its way."""
        return {one.request for one in self._outbox if one.request and one.state != REFUSED}

    def _put(self, text: str, seal: Callable[[], Prepared], **more: Any) -> View:
        self._written += 1
        self._outbox.append(Outgoing(f"out-{self._written}", text, seal, **more))
        return self.view()

    def take_back(self, key: str) -> str:
        """Takes a refused message out of the list; returns its text, to be changed."""
        for one in self._outbox:
            if one.key == key and one.state == REFUSED:
                self._outbox.remove(one)
                return "" if one.request or one.once else one.text
        return ""

    def agree(self) -> View:
        """Accepts that those who are readers now may read what comes."""
        self.access.agree()
        return self.view()

    def unsent(self) -> int:
        """How many messages have not arrived."""
        return sum(one.state != SENT for one in self._outbox)

    # --- sending ---

    def flush(self) -> View:
        """Sends what waits, in order. What can't be sent now goes on waiting, and says why."""
        for one in list(self._outbox):
            if one.state != WAITING:
                continue
            try:
                self._send(one)
            except (BrokenChain, BadKey):
                raise
            except (LineError, SlowDown, Unavailable, SignIn) as error:
                one.why = error.detail
                break
            except _NewReader:
                one.why = NEW_READER
                break
            except WrenError as error:
                one.state, one.why, one.prepared = REFUSED, error.detail, None
        if self._behind:
            with suppress(LineError, SlowDown, Unavailable):  # it arrived: that is what counts
                self._fetch_thread()
                if self._moved:
                    self.access.fetch()
                    self._moved = False
        return self.view()

    def _send(self, one: Outgoing) -> None:
        if self._behind:  # messages are numbered: the next one goes after what is there
            self._fetch_thread()
            if not any(one is left for left in self._outbox):
                return  # it had arrived, only the answer was lost
        if one.stops and one.request is not None:
            self.access.take_key(one.request)
        try:
            self._send_sealed(one)
        except EpochChanged:  # not stored: sealed again, for those who read now
            one.prepared = None
            self.access.fetch()
            self._fetch_thread()
            self._send_sealed(one)
        one.state, one.why, self._behind = SENT, "", True
        self._moved = self._moved or bool(one.request or one.once)

    def _send_sealed(self, one: Outgoing) -> None:
        # To take a consent back is never held up by whom else there may be.
        if not one.stops and not self.access.all_agreed():
            raise _NewReader
        if one.prepared is None:
            one.prepared = one.seal()
        self._case.send(one.prepared)

    # --- the end ---

    def withdraw(self) -> dict[str, Any]:
        """Withdraws the case: `deleted`, `held`, `exports`, and `backups_until` or null.

        Where the answer to an earlier try was lost and the words open nothing any more, it
        had worked.
        """
        try:
            return self._case.withdraw()
        except LineError:
            self._withdrawing = True
            raise
        except UnknownToken:
            if not self._withdrawing:
                raise
            held = bool(self.access.found.get("legal_hold"))
            return {"deleted": not held, "held": held, "backups_until": None, "exports": 0}

    def sign_out(self) -> None:
        """Ends the session at the service."""
        self._case.sign_out()

    # --- showing ---

    def asked(self, request: UUID) -> tuple[str, str]:
        """Names of those whom a request is about, and the rest of what it asks."""
        found, cards = consents.asked(self._messages).get(request), self._cards()
        if found is None:  # answered by another client; the request itself can't be read
            answer = consents.given(self._messages).get(request)
            names = sorted(cards.name(one) for one in answer.handlers) if answer else []
            return view.listed(names or [NOBODY]), ""
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
        waiting = [
            Item(one.key, True, "You", "", one.text, one.state, one.why) for one in self._outbox
        ]
        answering = any(one.once == "closing" for one in self._outbox)
        return View(
            str(self.access.found.get("reference", "")),
            now,
            self.access.people(),
            (*(self._item(cards, one) for one in self._messages), *waiting),
            view.notices(now, answering=answering),
        )

    def _item(self, cards: Cards, one: ThreadMessage) -> Item:
        item = self._items.get(one.id) or cards.item(one)
        if item.notice is None:  # the others change with what is answered
            self._items[one.id] = item
        return item


class _NewReader(Exception):
    """Somebody has to be agreed to first."""
