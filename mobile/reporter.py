"""Seals and sends one report of the outbox: once, however often it is tried. No Kivy here.

Everything that was sealed is kept, before it is sent for the first time, until it is known
whether it arrived: a second try sends the same bytes, and the service stores one copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any
from uuid import UUID

from mobile import place
from mobile.draft import Draft
from mobile.item import SENT, OutboxItem
from mobile.items import Items
from mobile.organisation import Organisation
from shared.conversation import prepare_report, send_report
from shared.errors import Conflict, NotWren, ReadersChanged, WorkNeeded, WrenError
from shared.sealing.tokens import new_token
from shared.thread import Prepared

AGAIN = "That did not work. Nothing was stored. Press Send again."

SUMS = 2
"""How often the phone works for a place before the report waits."""


@dataclass(frozen=True)
class Answers:
    """What a report was when *Send* was pressed. `agreed` are the readers that were shown."""

    desk: str
    excluded: frozenset[str]
    urgent: bool
    report: Mapping[str, Any] = field(repr=False)
    agreed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, draft: Draft) -> Answers:
        """The draft as it is now; what is typed later does not change it."""
        return cls(
            draft.desk,
            frozenset(draft.excluded),
            draft.marked_urgent,
            draft.report(),
            frozenset(draft.agreed),
        )

    def as_record(self) -> dict[str, Any]:
        """The answers as JSON holds them."""
        return {
            "desk": self.desk,
            "excluded": sorted(self.excluded),
            "urgent": self.urgent,
            "report": dict(self.report),
            "agreed": sorted(self.agreed),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Answers:
        """The answers that `as_record` wrote."""
        return cls(
            record["desk"],
            frozenset(record["excluded"]),
            record["urgent"],
            record["report"],
            frozenset(record["agreed"]),
        )

    def draft(self) -> Draft:
        """A draft to go on from, if the report has to be changed."""
        return Draft(
            **self.report,
            in_danger=self.urgent or "immediate_danger" in self.report,
            urgent=self.urgent,
            desk=self.desk,
            excluded=sorted(self.excluded),
            agreed=sorted(self.agreed),
        )


class Reporter:
    """Sends reports to one organisation. `send` blocks; each goes by a client of its own.

    `stop` ends work that it does for a place.
    """

    def __init__(
        self,
        organisation: Organisation,
        items: Items,
        token: Callable[[], str] = new_token,
        stop: Event | None = None,
    ) -> None:
        self._organisation, self._items, self._token = organisation, items, token
        self._stop = stop or Event()

    def send(self, item: OutboxItem) -> OutboxItem:
        """Sends a report; returns it as it is kept once it arrived.

        With other content than that of a try whose answer was lost the words are the same: so
        the service can't take both, and the earlier one is found again (`earlier`). Raises
        what `shared.client` raises, `NotKept`, and `ReadersChanged` also where the user has to
        look again at who reads; `Stopped`. What is known of the item then is kept.
        """
        self._look(item)
        item = self._sealed(item)
        try:
            return self._arrived(item, self._post(item, item.sealed[-1]))
        except Conflict:
            return self._find_earlier(self._now(item))
        except ReadersChanged:
            self._unsealed(self._now(item))
            self._organisation.fetch_roster()
            raise

    def _now(self, item: OutboxItem) -> OutboxItem:
        """With the place that it has by now."""
        return self._items.get(item.name) or item

    def _look(self, item: OutboxItem) -> None:
        """Fetches who can be written to, where that may have changed since it was shown."""
        organisation = self._organisation
        unknown = organisation.directory is None or organisation.roster is None
        stale = not item.current and (not organisation.fresh or item.tries or item.hours)
        if unknown or stale or item.code == NotWren.code:  # a receipt may be by a newer key
            organisation.connect()
        if not item.current:
            self._check_readers(Answers.from_record(item.content))

    def _check_readers(self, answers: Answers) -> None:
        now = {one for one, _ in self._organisation.readers(answers.desk)} - answers.excluded
        if self._organisation.changes or (answers.agreed and not now <= answers.agreed):
            raise ReadersChanged

    def _sealed(self, item: OutboxItem) -> OutboxItem:
        """The item with the bytes that are sent, which are kept before that."""
        if item.current:
            return self._items.seal(item, item)
        organisation, answers = self._organisation, Answers.from_record(item.content)
        if organisation.directory is None or organisation.roster is None:
            raise RuntimeError("connect() gives both")
        prepared = prepare_report(
            organisation.directory,
            organisation.roster,
            item.words,
            answers.desk,
            {UUID(one) for one in answers.excluded},
            answers.report,
            urgent=answers.urgent,
        )
        return self._items.seal(replace(item, sealed=(*item.sealed, prepared)), item)

    def _post(self, item: OutboxItem, prepared: Prepared) -> str:
        """Sends what was sealed; with the work of its place only once that is asked for.

        Work ties the report to the moment at which it was begun: while it is quiet nothing does.
        """
        work, left = "", SUMS
        while True:
            try:
                return self._post_once(prepared, work)
            except WorkNeeded:
                if work or not item.held.get("work"):
                    if not left:
                        raise WorkNeeded(place.STILL_ASKED) from None
                    item, left = self._worked(item), left - 1
                work = str(item.held["work"])

    def _worked(self, item: OutboxItem) -> OutboxItem:
        """The item with work for its place, which is kept before it is used.

        The place that was held from the beginning first: it costs what it did then.
        """
        held = item.held
        if held.get("work") or not place.is_good(held):
            held = place.fetch(self._organisation)
        said = replace(item, held=held, why=place.WORKING, code=WorkNeeded.code)
        said = self._items.put(said)
        return self._items.put(replace(said, held=place.worked(held, self._stop), why="", code=""))

    def _post_once(self, prepared: Prepared, work: str) -> str:
        organisation = self._organisation
        if work:  # beside what is sealed: it is of no case, and may be another the next time
            prepared = replace(prepared, body={**prepared.body, "work": work})
        if organisation.roster is None:
            raise RuntimeError("connect() gives it")
        client = organisation.new_client()
        try:
            answer = send_report(client, organisation.slug, organisation.roster, prepared)
        finally:
            client.close()
        return str(answer["reference"])

    def _arrived(self, item: OutboxItem, reference: str, *, earlier: bool = False) -> OutboxItem:
        done = replace(item.unsaid(), case=reference, state=SENT, earlier=earlier)
        return self._items.note(replace(done, sealed=(), due=None, held={}))

    def _find_earlier(self, item: OutboxItem) -> OutboxItem:
        """The words were used: by an earlier try of ours, which is sent again as it was."""
        for prepared in reversed(item.sealed[:-1]):
            try:
                return self._arrived(item, self._post(item, prepared), earlier=True)
            except Conflict:
                continue
        # Nobody's words of ours: the next try has new ones.
        new = replace(item, words=self._token(), sealed=(), current=False)
        self._items.note(new)
        raise Conflict(AGAIN)

    def _unsealed(self, item: OutboxItem) -> OutboxItem:
        """It was refused as it is: those bytes are stored nowhere, and are not sent again."""
        return self._items.note(replace(item, sealed=item.sealed[:-1], current=False))

    def refused(self, name: str, error: WrenError) -> None:
        """Notes a refusal: what was sealed for this try is dropped, earlier tries are kept."""
        item = self._items.get(name)
        if item is not None:
            self._items.refused(self._unsealed(item) if item.current else item, error)
