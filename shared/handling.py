"""A case as a handler has it open at a client that seals: for programs and integrations.

Nothing that these classes return was taken on the service's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from shared import consents
from shared.client import Client
from shared.errors import NotAllowed
from shared.schemas import base, messages, notes
from shared.sealing import stretch
from shared.sealing.epochs import MESSAGES, NOTES, notes_allowed
from shared.sealing.keyring import PASSWORD, Keyring, unlock
from shared.sealing.message import Attached
from shared.thread import OpenCase, Prepared, PreparedEpoch, ThreadMessage, epoch_body, today


@dataclass(frozen=True, slots=True)
class HandlerSession:
    """A signed-in handler whose keyring was opened here."""

    client: Client
    handler_id: UUID
    bearer: str = field(repr=False)
    keyring: Keyring = field(repr=False)

    @classmethod
    def sign_in(cls, client: Client, username: str, password: str, code: str) -> HandlerSession:
        """Signs in and opens the seed. Raises `WrongSignIn` or `Damaged`."""
        found = client.sign_in(username, password, code)
        keys = found["keyring"]
        stretched = stretch.stretch(password.encode(), keys["salt"], stretch.PASSWORD)
        seed = unlock(stretched, PASSWORD, keys["handler_id"], keys["sealed_seed"])
        return cls(client, keys["handler_id"], found["session"], Keyring.from_seed(seed))

    def case(self, reference: str, directory: Mapping[str, Any]) -> HandlerCase:
        """One case; call `refresh` on it first."""
        return HandlerCase(self, reference, directory)


class HandlerCase(OpenCase):
    """A case as one of its handlers has it open."""

    def __init__(
        self, session: HandlerSession, reference: str, directory: Mapping[str, Any]
    ) -> None:
        super().__init__(session.client, session.bearer, session.keyring, directory)
        self.path, self.me, self.reference = f"/cases/{reference}", session.handler_id, reference
        self._desk = ""
        self._notes: list[ThreadMessage] = []
        self._notes_cursor: str | None = None

    def change(self, **change: Any) -> dict[str, Any]:
        """Changes the status, the assignment, the hold and so on; returns the case."""
        return self.client.change_case(self.reference, change, self._bearer)

    # --- messages of other types: send what these return with `send` ---

    def ask_consent(
        self, handlers: Iterable[UUID], role: str, purpose: str, until: date, text: str = ""
    ) -> Prepared:
        """Seals a request to let these handlers read the case. Raises `Invalid`."""
        ids = [str(one) for one in handlers]
        asked = {"handlers": ids, "role": role, "purpose": purpose, "until": until.isoformat()}
        asked |= {"text": text} if text else {}
        base.load(messages.ConsentRequest(), asked)
        names = [self.name_of(UUID(one)) for one in ids]
        return self._seal("consent-request", {**asked, "names": names}, "consents")

    def break_confidentiality(self, told: str, reason: str) -> Prepared:
        """Seals what the reporter is told: who was told, and why. Raises `Invalid`."""
        base.load(messages.Told(), {"told": told, "reason": reason})
        body = {"event": "confidentiality_broken", "told": told, "reason": reason}
        return self._seal("status", body, "disclosures")

    # --- readers: send what these return with `send_epoch`, then `refresh` ---

    def let_in(self, handler: UUID, consent: UUID | None = None) -> PreparedEpoch:
        """Signs the next record with this handler too.

        Outside the desk only by `consent`, the id of the reporter's message in the thread.
        Raises `NotAllowed` if that one does not name the handler, or does not hold today,
        and `ReadersChanged` for somebody who is not in the roster.
        """
        beside: dict[str, Any] = {}
        if consent is not None:
            found = self._consent(consent, handler)
            beside["consent"] = {
                "message_id": str(consent),
                "handlers": [str(handler)],
                "role": found.role,
                "until": found.until.isoformat(),
            }
        return self.prepare_epoch(self._staying(), handler, purpose=MESSAGES, **beside)

    def shut_out(self, handler: UUID) -> PreparedEpoch:
        """Signs the next record without this handler."""
        return self.prepare_epoch(self._staying() - {handler}, purpose=MESSAGES)

    def _consent(self, message_id: UUID, handler: UUID) -> consents.Consent:
        for one in consents.given(self.thread()).values():
            named = one.id == message_id and handler in one.handlers
            if named and one.holds(today(self.directory)):
                return one
        raise NotAllowed("There is no such consent of the reporter's in this case.")

    def _staying(self) -> set[UUID]:
        """Who reads now, less those whom the report shut out and whose consent has ended."""
        given, day = consents.given(self.thread()).values(), today(self.directory)
        named = {who for one in given for who in one.handlers}
        holding = {who for one in given if one.holds(day) for who in one.handlers}
        of_desk = {one.id for one in self._case.roster.newest.desk(self._desk)}
        ended = named - holding - of_desk
        return set(self.handlers()) - ended - self._excluded

    # --- notes ---

    def notes(self) -> list[ThreadMessage]:
        """All notes and classifications, opened and checked; fetches only what is new."""
        while True:
            page = self.client.notes(self.reference, self._bearer, self._notes_cursor)
            for one in page["items"]:
                self._know(one["sealed"]["envelope"])
                self._notes.append(self._open(one, "note"))
                self._notes_cursor = str(one["number"])
            if page["next"] is None:
                return list(self._notes)

    def ready_notes(self) -> None:
        """Makes the notes' keys if they are not made yet: before an attachment of a note."""
        self._renew_notes()

    def add_note(self, text: str, attached: Sequence[Attached] = ()) -> int:
        """Seals and stores a note; returns its number. Raises `Invalid`.

        What is `attached` was uploaded before (`attach`), staged as kind `note`.
        """
        base.load(notes.NoteContent(), {"text": text})
        self._renew_notes()
        prepared = self._seal("note", {"text": text}, "notes", attached)
        stored = self.client.post_note(self.reference, prepared.body, self._bearer)
        return int(stored["number"])

    def classify(
        self, content: Mapping[str, Any], tally: Sequence[Mapping[str, str | None]]
    ) -> int:
        """Seals and stores a classification, and moves the tally; returns its note's number.

        `tally` says what it changes in the counts (`field`, `from`, `to`). Raises `Invalid`.
        """
        body = base.load(notes.ClassificationContent(), content)
        self._renew_notes()
        prepared = self._seal("classification", body, "classification", tally=list(tally))
        stored = self.client.put_classification(self.reference, prepared.body, self._bearer)
        return int(stored["number"])

    def _renew_notes(self) -> None:
        """Makes the notes epoch of those who read the case now, if it is not made yet."""
        self.notes()
        chain = self._case.records[NOTES]
        if chain and notes_allowed(chain[-1], self._case.records[MESSAGES][-1]):
            return
        body = {"purpose": NOTES, "epoch": epoch_body(self._case.grant_notes())}
        self.client.post_epoch(self.path, body, self._bearer)
        self.refresh()

    def _fetch(self, bearer: str) -> dict[str, Any]:
        found = self.client.handler_case(self.reference, bearer)
        self._desk = str(found["desk"])
        return found
