"""The outbox: everything that the user sends goes through it, and outlives the app in a notebook.

It is durable before it is sent, and sent as the very same bytes until the answer is known: so
nothing is lost, and the service stores one copy, wherever the app is killed. No Kivy here.

The way of a report: `put_report` when *Send* is pressed makes its eight words and keeps both;
`send_due` (on a thread) seals and sends it; the item is then `sent` and holds words and
reference until `finish`, once the words were practised. What goes on waiting says `why`, and
is tried again by the next `send_due` that comes after its back-off: `next_due` says when to
call it. What was refused says `why`, with `code` (`readers_changed`, `invalid`, `no_reader`,
...) and `errors` by field; `again` sends it anew, changed or not, with the same words.

Messages of a case are written by its `Talk` (`open` gives it). While no `Talk` is open,
`send_due` opens the case by itself, with the words of a record of kind `case` in the store, whose
fields are `organisation` (its address), `reference`, `words`, and `agreed` (readers whom the
user accepted, each with the fingerprint of their keys); or with those of a report that was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from mobile.draft import Draft
from mobile.enclosed import as_pieces, take_over
from mobile.evidence import Piece
from mobile.item import (
    DRAFT,
    EVIDENCE,
    REFUSED,
    REPORT,
    SENDING,
    SENT,
    WAITING,
    OutboxItem,
)
from mobile.items import Items
from mobile.notebook_file import NotKept
from mobile.organisation import Organisation
from mobile.pace import HOURS, Pace
from mobile.place import Held
from mobile.reporter import Answers
from mobile.sender import Sender
from mobile.store import Store
from mobile.talk import Talk
from shared.sealing.tokens import new_token

__all__ = [
    "DRAFT", "HOURS", "REFUSED", "REPORT", "SENDING", "SENT", "WAITING", "Answers", "Outbox",
    "OutboxItem", "Talk",
]  # fmt: skip


class Outbox:
    """What waits to be sent from this phone. `send_due` and `open` block: they belong on a thread.

    The others don't, and raise `NotKept` if the phone could not keep what they were given;
    then nothing changed. `organisation` is the one in use; `other(address)` makes another, for
    what still waits for it. Times and chance are `pace`'s. Two cases, or reports, are never sent
    for at the same moment: there is a random pause between them.
    """

    def __init__(
        self,
        store: Store,
        organisation: Organisation,
        other: Callable[[str], Organisation],
        *,
        pace: Pace | None = None,
        token: Callable[[], str] = new_token,
    ) -> None:
        self.organisation = organisation
        self._token = token
        self._items = Items(store, pace or Pace())
        self._sender = Sender(self._items, other, token)
        self._drop_sent_draft()
        self._follow()

    # --- what there is ---

    def items(self) -> tuple[OutboxItem, ...]:
        """Everything, in the order in which it was written."""
        return self._items.all()

    def item(self, name: str) -> OutboxItem | None:
        """One item, if it is still there."""
        return self._items.get(name)

    def reports(self) -> tuple[OutboxItem, ...]:
        """The reports: on their way, refused, or sent while their words wait for practice."""
        return tuple(one for one in self.items() if one.kind == REPORT)

    def of_case(self, reference: str, organisation: str = "") -> tuple[OutboxItem, ...]:
        """The messages of one case."""
        return self._items.of_case(organisation or self.organisation.address, reference)

    def unsent(self) -> int:
        """How many things have not arrived: to be shown wherever the user is."""
        return sum(one.state != SENT for one in self.items())

    def next_due(self) -> float | None:
        """Seconds until `send_due` has something to do, 0 if now; none if nothing by itself."""
        found = [self._sender.due_in(one) for one in self._items.heads()]
        return min((one for one in found if one is not None), default=None)

    def due_in(self, name: str) -> float | None:
        """Seconds until this one is tried; none if not by itself."""
        item = self.item(name)
        return self._sender.due_in(item) if item is not None else None

    # --- writing ---

    def put_report(
        self,
        answers: Answers,
        hours: int = 0,
        pieces: Sequence[Piece] = (),
        text: str = "",
        held: Held | None = None,
    ) -> str:
        """Keeps a report to be sent now, or at a random moment within 2, 6 or 12 hours.

        Makes its eight words. The draft in the store goes: the item is in its place. `pieces`
        follow it in a message of their own, with this text. `held` is its place, if there is one
        (`mobile.place`). Returns the item's name.
        """
        name = uuid4().hex
        self._put_pieces(name, pieces, text)
        self._items.new(
            REPORT,
            self.organisation.address,
            hours,
            name=name,
            content=answers.as_record(),
            words=self._token(),
            held=dict(held or {}),
        )
        self._drop_sent_draft()
        return name

    def _put_pieces(self, name: str, pieces: Sequence[Piece], text: str) -> None:
        if pieces:
            take_over(self._items, self.organisation.address, pieces, text, report=name)

    def recall(self, name: str) -> None:
        """Gives the pieces that follow a report back to whoever writes it. Raises `NotKept`."""
        for one in self._items.following(name):
            self._items.give_back(one.name, [as_pieces(each) for each in one.pieces])

    def take_back(self, name: str) -> bool:
        """Stops a report from being sent while its user changes it; false while it is on its way.

        `Answers.from_record(item.content).draft()` is what to go on from; `again` sends it.
        """
        item = self.item(name)
        if item is None or item.state not in (WAITING, REFUSED, DRAFT):
            return False
        self._items.put(replace(item, state=DRAFT, due=None))
        return True

    def again(
        self,
        name: str,
        answers: Answers | None = None,
        hours: int = 0,
        pieces: Sequence[Piece] = (),
        text: str = "",
    ) -> None:
        """Sends what was refused, taken back or waits: as it is, or changed, with the same words.

        `pieces` are those that `recall` gave back, and new ones.

        An earlier version that had arrived after all is found again, and says `earlier`.
        """
        item = self.item(name)
        if item is None or item.state in (SENT, SENDING):
            return
        content = item.content if answers is None else answers.as_record()
        same = item.current and content == item.content
        new = replace(
            item.unsaid(), content=content, current=same, state=WAITING, hours=hours, late=0
        )
        self._put_pieces(name, pieces, text)
        self._items.put(new, self._items.pace.later(hours))
        self._drop_sent_draft()

    def send_now(self, name: str) -> None:
        """Takes the delay back that was asked for."""
        item = self.item(name)
        if item is not None and item.delayed:
            self._items.put(replace(item, hours=0), 0.0)

    def hurry(self) -> None:
        """Makes everything due that waits for a line: *Try again* was pressed."""
        for item in self.items():
            self._items.hurry(item)

    def discard(self, name: str) -> None:
        """Forgets one for good. With `may_have_arrived` it may be read all the same."""
        for one in self._items.following(name):
            self._items.drop(one.name)
        self._items.drop(name)

    def finish(self, name: str) -> None:
        """Forgets a report that was sent: its words were practised."""
        item = self.item(name)
        if item is not None and item.state == SENT:
            self._items.drop(name)

    def use(self, store: Store) -> None:
        """Goes on in another store, with what waits there too. Raises `NotKept`, unchanged."""
        self._items.use(store)
        self._follow()

    def forget(self) -> None:
        """Empties the memory. A thread that is still at it changes nothing any more."""
        self.rest()
        self._items.forget()
        self._sender.forget()

    def rest(self) -> None:
        """Ends work that a thread does for a place; what it was for waits, and is due."""
        self._sender.rest()

    def _follow(self) -> None:
        """What follows a report is of its case once that arrived; if there is none, the app was
        killed as *Send* was pressed: then nothing was put, and it is the draft's again."""
        for item in self.reports():
            if item.state == SENT:
                self._items.follow(item)
        for one in self.items():
            if one.kind == EVIDENCE and not one.case and self.item(one.follows) is None:
                with suppress(NotKept):  # it is done at the next start
                    self.recall(one.follows)

    def _drop_sent_draft(self) -> None:
        """A draft that is an item now goes, also where the app was killed between the two."""
        store = self._items.store
        record = store.get("draft", "report")
        if record is None:
            return
        draft = Draft()
        draft.take(record)
        content = Answers.of(draft).as_record()
        if any(one.content == content and one.state != DRAFT for one in self.reports()):
            with suppress(NotKept):  # it is dropped at the next start
                store.drop("draft", "report")

    # --- sending ---

    def send_due(self) -> tuple[OutboxItem, ...]:
        """Sends for one case, or one report, that is due; returns all items as they are then.

        Raises nothing, whatever goes wrong. While another thread is at it, or where nothing is
        due, this returns at once.
        """
        self._sender.send_due(self.organisation)
        return self.items()

    def open(
        self, words: str, organisation: Organisation | None = None, *, mend: bool = False
    ) -> Talk:
        """Opens the case of eight words, with what waits for it; `talk.sign_out` ends it.

        `mend`: where its newest key has to be refused, a new one is signed first. By a client of
        its own, so that no connection links two cases. Raises `BadToken` before anything is sent,
        `UnknownToken`, and as `Talk.refresh`.
        """
        return self._sender.open(words, organisation or self.organisation, mend=mend)
