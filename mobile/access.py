"""Who reads a case that is open on the phone, and every change that the user signs to it.

No Kivy here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from mobile.language import _, later, listed
from mobile.who import NOBODY, Person, people
from shared import consents, who
from shared.conversation import ReporterCase
from shared.errors import (
    BadKey,
    Damaged,
    EpochChanged,
    LineError,
    NoReader,
    WrenError,
    WrongKey,
)
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES, handlers_of
from shared.thread import PreparedEpoch, ThreadMessage, today
from shared.who import STAY, Grounds, Known, Reader

TRIES = 3
"""How often a change is signed anew because another one was faster."""
LEFT_OUT = later("You left them out of your report. They can\u2019t read it.")
SHUT_OUT = later("No longer reads it. You took the key away.")


class KeyRefused(BadKey):
    """The newest key of a case is not what was signed; a new one, signed by its reporter, helps.

    Nothing else is wrong with it: the records follow from each other.
    """


@dataclass(frozen=True)
class Gone:
    """Somebody who reads no more because the user wanted it. `back`: can be let in again."""

    id: str
    name: str
    about: str
    back: bool


class Access:
    """The readers of one case. `messages` are those of its thread that were fetched.

    `fetch` and what changes readers block; they raise `BrokenChain` or `BadKey` where the
    case does not check.
    """

    def __init__(self, case: ReporterCase, directory: Mapping[str, Any]) -> None:
        self._case, self._directory = case, directory
        self.found: Mapping[str, Any] = {}
        self.messages: Sequence[ThreadMessage] = ()
        self._agreed: set[Known] = set()
        self._epochs: dict[object, PreparedEpoch] = {}

    def fetch(self) -> None:
        """Fetches and checks the case. Raises `KeyRefused` where only its newest key is faulty."""
        try:
            self.found = self._case.refresh()
        except (BadKey, WrongKey, Damaged):
            if self._case.key_refused:
                raise KeyRefused from None
            raise

    # --- who ---

    def people(self) -> tuple[Person, ...]:
        """Who reads the newest record."""
        return people(self._readers(), today(self._directory))

    def _readers(self, without: UUID | None = None) -> tuple[Reader, ...]:
        """The same without words. `without` leaves a consent out of account."""
        given: Mapping[UUID, consents.Consent] = consents.given(self.messages)
        grounds = Grounds(
            self._case.keys,
            str(self.found.get("desk", "")),
            given if without is None else who.without(given, without),
            who.written_to(self.messages),
            self._agreed,
            today(self._directory),
        )
        return who.readers(grounds, self._case.name_of)

    def all_agreed(self) -> bool:
        """Whether nobody reads it whom the user has to be asked about first."""
        return all(one.agreed for one in self._readers())

    def agree(self) -> None:
        """Accepts that those who are readers now may read what comes."""
        newest = self._case.keys.records[MESSAGES][-1]
        self._agreed |= {who.known(one) for one in handlers_of(newest)}

    def know(self, agreed: Iterable[Sequence[str]]) -> None:
        """Whom the user accepted before, as `agreed` told."""
        self._agreed |= {(UUID(one[0]), one[1]) for one in agreed if len(one) == 2}

    @property
    def agreed(self) -> list[list[str]]:
        """Those whom the user accepted: id, and the fingerprint of their keys."""
        return sorted([str(one), keys] for one, keys in self._agreed)

    def at_desk(self, desk: str) -> list[str]:
        """Names of those who would read it at a desk: by the roster, less those left out."""
        found = self._case.keys.roster.newest.desk(desk)
        return sorted(one.name for one in found if one.id not in self._case.excluded)

    def desk_name(self) -> str:
        """The name of the desk that has the case now."""
        slug = str(self.found.get("desk", ""))
        return self._desks().get(slug, slug)

    def _desks(self) -> dict[str, str]:
        return {str(one["slug"]): _(str(one["name"])) for one in self._directory["desks"]}

    def other_desks(self) -> list[dict[str, str]]:
        """The other desks where somebody would read it: `code`, `name`, and who in `about`."""
        return [
            {"code": slug, "name": name, "about": _("Read by {names}").format(names=listed(names))}
            for slug, name in self._desks().items()
            if slug != self.found.get("desk") and (names := self.at_desk(slug))
        ]

    def gone(self) -> tuple[Gone, ...]:
        """Who was left out of the report, or had the key taken by the user; and reads no more."""
        reading, roster = set(self._case.handlers()), self._case.keys.roster
        found = dict.fromkeys(self._case.excluded, LEFT_OUT)
        for before, after in pairwise(self._case.keys.records[MESSAGES]):
            if after.signer == REPORTER:
                left = {one.id for one in before.readers} - {one.id for one in after.readers}
                found |= dict.fromkeys(left, SHUT_OUT)
        return tuple(
            Gone(str(one), name, _(text), roster.newest.active(one) is not None)
            for name, one, text in sorted(
                (self._case.name_of(one) or _(NOBODY), one, text)
                for one, text in found.items()
                if one not in reading
            )
        )

    def others(self) -> list[dict[str, str]]:
        """Handlers of the organisation who don't read it and were not left out."""
        out = {UUID(one.id) for one in self.gone()}  # they are offered where they are shown
        reading, desks = {*self._case.handlers(), *out}, self._desks()
        return [
            {
                "code": str(one.id),
                "name": one.name,
                "about": ", ".join(desks.get(slug, slug) for slug in one.desks),
            }
            for one in sorted(self._case.keys.roster.newest.handlers, key=lambda one: one.name)
            if not one.until and one.id not in reading
        ]

    # --- changes ---

    def take_key(self, request: UUID) -> None:
        """Takes the key from those who read by this consent alone."""
        consent = consents.given(self.messages).get(request)
        if consent is None:
            return
        kept = {one.id for one in self._readers(without=request) if one.why in STAY}
        self.shut_out(str(one) for one in consent.handlers - kept)

    def shut_out(self, handlers: Iterable[str]) -> None:
        """Takes these handlers the key to all that comes, by a record that the user signs."""
        gone = frozenset(UUID(one) for one in handlers)
        self._change(
            gone, lambda: self._case.shut_out(gone), lambda: gone.isdisjoint(self._case.handlers())
        )

    def add(self, handler: str) -> None:
        """Lets a handler of the organisation in, by a record that the user signs."""
        came = UUID(handler)
        self._change(came, lambda: self._case.let_in(came), lambda: came in self._case.handlers())

    def mend(self) -> None:
        """After a key that had to be refused: signs the next record, for the same people.

        Their new key opens what comes; each opens what was before with the keys they have.
        """
        self._change(
            "mend",
            lambda: self._case.prepare_epoch(self._case.handlers()),
            lambda: not self._case.key_refused,
        )

    def take_to(self, desk: str) -> None:
        """Gives the case to another desk's handlers. Raises `TooEarly` or `NoReader`."""
        if not self.at_desk(desk):
            raise NoReader
        self._change(
            desk,
            lambda: self._case.take_to_desk(desk),
            lambda: str(self.found.get("desk")) == desk,
        )

    def _change(
        self, key: object, sign: Callable[[], PreparedEpoch], done: Callable[[], bool]
    ) -> None:
        """Signs and sends a record; the same bytes until it is known what became of them."""
        for _try in range(TRIES):
            if done():
                return
            self._epochs[key] = self._epochs.get(key) or sign()
            try:
                self._case.send_epoch(self._epochs[key])
            except LineError:
                raise
            except WrenError as error:
                del self._epochs[key]
                self.fetch()  # it may have arrived before, and only the answer was lost
                if not isinstance(error, EpochChanged) and not done():
                    raise
            else:
                del self._epochs[key]
                self.fetch()
        if not done():
            raise EpochChanged
