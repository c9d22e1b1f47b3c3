"""A case that is open on the phone: its thread, what waits to be sent, and who reads it.

What waits are items of the outbox (`mobile.items`), so that they outlive it. No Kivy here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from mobile import view
from mobile.access import Access
from mobile.delivery import NEW_READER_CODE, Delivery
from mobile.enclosed import as_pieces, take_over
from mobile.evidence import Piece
from mobile.item import (
    CLOSING,
    CONSENT,
    EVIDENCE,
    REFUSED,
    SENT,
    STOP,
    TEXT,
    WAITING,
    OutboxItem,
)
from mobile.items import Items
from mobile.language import _, language, listed
from mobile.notebook_file import NotKept
from mobile.pieces_shown import of_item, of_message, progress
from mobile.readable import readable
from mobile.standing import standing
from mobile.view import Cards, Item, View
from mobile.who import NOBODY
from shared import consents
from shared.conversation import ReporterCase
from shared.errors import LineError, UnknownToken
from shared.sealing.message import Attached
from shared.sealing.stream import Description
from shared.thread import ThreadMessage, today


class Talk:
    """One case. `refresh`, `flush`, `read`, `withdraw` and `sign_out` block; the others do not.

    `refresh` and `flush` raise `BrokenChain` or `BadKey` where the case does not check: then
    nothing is sent. What writes raises `NotKept` if the phone can't keep it: then it is not
    there. `access` is who reads the case, and changes that. `keep_agreed(people)` is told whom the
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
        self.keep_agreed: Callable[[list[list[str]]], None] | None = None
        self._delivery = Delivery(case, self.access, items, organisation)
        self._items: dict[tuple[str, UUID], Item] = {}
        self._withdrawing = False
        self.ended = False

    @property
    def reference(self) -> str:
        """The case's reference; empty before the first `refresh`."""
        return self._delivery.reference

    @property
    def organisation(self) -> str:
        """The address of its organisation."""
        return self._organisation

    @property
    def limits(self) -> Mapping[str, Any]:
        """How much may be sent, as the organisation's directory says."""
        found: Mapping[str, Any] = self._directory.get("limits", {})
        return found

    @property
    def taken(self) -> int:
        """Chunks of the case's room that are used up by what was sent, or waits to be."""
        return self._delivery.taken

    @property
    def outbox(self) -> tuple[OutboxItem, ...]:
        """What was written here, in order, until it was seen in the thread."""
        return self._delivery.outbox

    @property
    def _messages(self) -> Sequence[ThreadMessage]:
        return self._delivery.messages

    # --- the line ---

    def refresh(self) -> View:
        """Fetches and checks the case and what is new in its thread."""
        self._delivery.refresh()
        return self.view()

    def mend(self) -> View:
        """After `KeyRefused`: signs a new key for the same people, then as `refresh`."""
        self.access.mend()
        return self.refresh()

    def flush(self) -> View:
        """Sends what waits, in order. What can't be sent now goes on waiting, and says why."""
        self._delivery.flush()
        return self.view()

    @property
    def unread(self) -> bool:
        """Whether something was fetched that was not said to be `read`."""
        return self._delivery.unread

    def read(self) -> None:
        """Says that what was fetched was seen: for a conversation on the screen, and no other."""
        self._delivery.read()

    def message(self, message_id: UUID) -> ThreadMessage | None:
        """A message of the thread that was fetched."""
        return next((one for one in self._messages if one.id == message_id), None)

    def fetch(self, named: Attached) -> tuple[Description, bytes]:
        """What a message names, and its checked bytes. Blocks; raises as `OpenCase.fetch`."""
        return self._case.describe(named), b"".join(self._case.fetch(named))

    def proof(self) -> dict[str, Any]:
        """The proof file. Blocks."""
        return self._case.proof()

    # --- writing ---

    def write(self, text: str) -> View:
        """Puts a message behind those that wait; `flush` sends it."""
        return self._put(TEXT, text)

    def attach(self, pieces: Sequence[Piece], text: str) -> View:
        """Puts a message with pieces of evidence behind those that wait: the outbox has them."""
        take_over(self._all, self._organisation, pieces, text, case=self.reference)
        return self.view()

    def give_back(self, key: str) -> None:
        """Takes a message with evidence out of the list; its pieces can be changed again."""
        item = self._all.get(key)
        if item is not None and item.kind == EVIDENCE and item.state != SENT and not item.sealed:
            self._all.give_back(key, [as_pieces(one) for one in item.pieces])

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
        fresh = item is not None and item.state == WAITING and not item.sealed
        if item is None or not (fresh or item.state == REFUSED):
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
            self.access.gone(),
        )

    def _item(self, cards: Cards, one: ThreadMessage) -> Item:
        key = language.code, one.id
        item = self._items.get(key) or cards.item(one)
        if one.attached and not item.warning:
            return replace(item, pieces=of_message(one, self._delivery.described))
        if item.notice is None:  # the others change with what is answered
            self._items[key] = item
        return item


def _waiting(one: OutboxItem) -> Item:
    state = one.state if one.state in (SENT, REFUSED) else WAITING
    return Item(
        one.name, True, _("You"), "", one.text, state, _(one.why), pieces=of_item(one),
        progress=progress(one),
    )  # fmt: skip
