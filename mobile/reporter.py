"""What a reporter does: find the organisation, report, come back. No Kivy here.

Everything that was sealed is kept until it is known to have arrived, so that a second try
sends the same bytes and the service stores one copy. Nothing is written to the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from mobile.draft import Draft
from mobile.items import Items
from mobile.pace import Pace
from mobile.store import Memory
from mobile.talk import Talk
from shared.client import Client
from shared.conversation import ReporterCase, prepare_report, send_report
from shared.errors import BadAddress, Conflict, ReadersChanged
from shared.sealing.roster import Pin, Roster
from shared.sealing.tokens import new_token
from shared.thread import Prepared


@dataclass(frozen=True)
class Opened:
    """A report that arrived. `earlier`: what arrived was the text of an earlier try."""

    reference: str
    token: str = field(repr=False)
    earlier: bool = False


@dataclass(frozen=True)
class Answers:
    """What a report was when *Send* was pressed."""

    desk: str
    excluded: frozenset[str]
    urgent: bool
    report: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, draft: Draft) -> Answers:
        """The draft as it is now; what is typed later does not change it."""
        return cls(draft.desk, frozenset(draft.excluded), draft.marked_urgent, draft.report())


class Reporter:
    """One organisation as the phone knows it, and what is under way with it.

    Calls block: they belong on a thread of `background.Jobs`. Raises what `shared.client`
    and `shared.conversation` raise; `BadAddress` at once for an address that can't be one.
    """

    def __init__(
        self,
        address: str,
        client: Callable[[str], Client] = Client,
        token: Callable[[], str] = new_token,
    ) -> None:
        self.client = client(address)
        self._new_token = token
        self.directory: Mapping[str, Any] | None = None
        self.slug = self.client.address.slug or ""
        self._roster: Roster | None = None
        self._pin: Pin | None = None
        if self.client.address.fingerprint is not None:
            self._pin = Pin(self.client.address.fingerprint)
        self._token: str | None = None
        self._prepared: tuple[Answers, Prepared] | None = None
        self._sent: list[Prepared] = []

    def connect(self) -> Mapping[str, Any]:
        """Fetches the directory and the roster, checks the roster, and pins it."""
        if not self.slug:
            self.slug = self._only_one()
        directory = self.client.organisation(self.slug)
        self.fetch_roster()
        self.directory = directory
        return directory

    def _only_one(self) -> str:
        found = self.client.organisations()
        if len(found) != 1:
            raise BadAddress("Use the whole address from the poster, with /o/ and a short name.")
        return str(found[0]["slug"])

    def fetch_roster(self) -> Roster:
        """The newest roster, which has to go on from the one that was seen before."""
        self._roster = self.client.roster(self.slug, self._pin)
        self._pin = self._roster.pin()
        return self._roster

    def readers(self, desk: str) -> list[tuple[str, str]]:
        """(id, name) of those who hold a key to a desk, by the checked roster."""
        if self._roster is None:
            return []
        found = sorted(self._roster.newest.desk(desk), key=lambda one: one.name)
        return [(str(one.id), one.name) for one in found]

    def open(self, answers: Answers) -> Opened:
        """Seals and sends a report; safe to call again after any error.

        With the same answers it sends the same bytes. With others, after a try whose answer
        was lost, it uses the same words: so the service can't take both, and the earlier one
        is found again. Raises `ReadersChanged` after it fetched the new roster.
        """
        prepared = self._prepare(answers)
        try:
            opened = self._send(prepared)
        except ReadersChanged:
            self._prepared = None
            self.fetch_roster()
            raise
        except Conflict:
            opened = self._find_earlier(prepared)
        self.forget()
        return opened

    def _prepare(self, answers: Answers) -> Prepared:
        if self._prepared is not None and self._prepared[0] == answers:
            return self._prepared[1]
        if self.directory is None or self._roster is None:
            self.connect()
        if self.directory is None or self._roster is None:
            raise RuntimeError("connect() gives both")
        self._token = self._token or self._new_token()
        prepared = prepare_report(
            self.directory,
            self._roster,
            self._token,
            answers.desk,
            {UUID(one) for one in answers.excluded},
            answers.report,
            urgent=answers.urgent,
        )
        self._prepared = (answers, prepared)
        return prepared

    def _send(self, prepared: Prepared, *, earlier: bool = False) -> Opened:
        if self._roster is None or self._token is None:
            raise RuntimeError("a report is prepared first")
        if prepared not in self._sent:
            self._sent.append(prepared)
        answer = send_report(self.client, self.slug, self._roster, prepared)
        return Opened(str(answer["reference"]), self._token, earlier)

    def _find_earlier(self, refused: Prepared) -> Opened:
        """The words were used: by an earlier try of ours, which is sent again as it was."""
        for prepared in reversed(self._sent):
            if prepared is refused:
                continue
            try:
                return self._send(prepared, earlier=True)
            except Conflict:
                continue
        self.forget()  # nobody's words of ours: the next try makes new ones
        raise Conflict("That did not work. Nothing was stored. Press Send again.")

    def forget(self) -> None:
        """Drops the words and every sealed report."""
        self._token = self._prepared = None
        self._sent = []

    def renewed(self) -> Reporter:
        """The same organisation, known as before, with nothing of the user's in it.

        What is still under way with this one ends with this one.
        """
        fresh = Reporter.__new__(Reporter)
        fresh.client, fresh._new_token = self.client, self._new_token
        fresh.directory, fresh.slug = self.directory, self.slug
        fresh._roster, fresh._pin = self._roster, self._pin
        fresh.forget()
        return fresh

    def come_back(self, token: str) -> Talk:
        """Opens the case of eight words. Raises `BadToken` before anything is sent."""
        if self.directory is None:
            self.connect()
        if self.directory is None:
            raise RuntimeError("connect() gives it")
        case = ReporterCase.sign_in(self.client, token, self.directory, self._pin)
        talk = Talk(case, self.directory, Items(Memory(), Pace()), self.client.address.base)
        talk.refresh()
        return talk
