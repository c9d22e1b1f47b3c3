"""Handlers: private notes, classification, checks for detriment, and drafts."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import cases, changing, classification, drafts, hanging, notes
from api.rules.unlocking import by_handler
from shared.errors import (
    BadSignature,
    Conflict,
    Damaged,
    EpochChanged,
    NotAllowed,
    NotFound,
    TooLarge,
    Unavailable,
    Unfinished,
    UnknownVersion,
    WrongKey,
)
from shared.schemas.base import PageQuery
from shared.schemas.notes import (
    Classification,
    Draft,
    NotePage,
    PostCheck,
    PostNote,
    PutClassification,
    PutDraft,
    StoredNote,
)

calls = Calls("notes", description="Handlers: what stays with them")


@calls.route("/cases/<string:reference>/notes")
class CaseNotes(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(PageQuery, "query")
    @calls.gives(NotePage)
    @calls.fails(NotFound)
    def get(self, who: Who, query: dict[str, Any], reference: str) -> dict[str, Any]:
        """The notes and classifications, oldest first. The reporter never sees them."""
        with database().read() as db:
            case = by_handler(db, who.id, reference)
            found = notes.page(db, case, who.id, who.keyring, query)
        cases.note_opening(database(), who.id, reference)
        return found

    @calls.needs("account")
    @calls.takes(PostNote)
    @calls.gives(StoredNote, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, Unfinished, TooLarge, Unavailable)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Writes a private note. Safe to repeat with the same `id`."""
        hanging.look(database(), lambda db: by_handler(db, who.id, reference), body)
        return database().write(
            lambda db: notes.post(db, by_handler(db, who.id, reference), who.id, who.keyring, body)
        )


@calls.route("/cases/<string:reference>/classification")
class CaseClassification(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(Classification)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """The newest classification: that one counts."""
        with database().read() as db:
            case = by_handler(db, who.id, reference)
            found = classification.current(db, case, who.id, who.keyring)
        cases.note_opening(database(), who.id, reference)
        return found

    @calls.needs("account")
    @calls.takes(PutClassification)
    @calls.gives(StoredNote, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, TooLarge)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def put(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Classifies the case by the national and the organisation's own lists.

        The counts move with it. A client that seals says how, in `tally`."""
        return database().write(
            lambda db: classification.put(
                db, by_handler(db, who.id, reference), who.id, who.keyring, body
            )
        )


@calls.route("/cases/<string:reference>/checks")
class CaseChecks(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(PostCheck)
    @calls.gives(StoredNote, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, Unfinished, TooLarge, Unavailable)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Notes that a check for detriment was made, 3, 6 or 12 months after closing."""
        hanging.look(database(), lambda db: by_handler(db, who.id, reference), body)
        return database().write(
            lambda db: changing.check_detriment(
                db, by_handler(db, who.id, reference), who.id, who.keyring, body
            )
        )


@calls.route("/cases/<string:reference>/draft")
class CaseDraft(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(Draft)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """The caller's reply that was not sent yet."""
        with database().read() as db:
            return drafts.get(db, by_handler(db, who.id, reference), who.id, who.keyring)

    @calls.needs("account")
    @calls.takes(PutDraft)
    @calls.gives(Draft)
    @calls.fails(NotFound, NotAllowed, TooLarge)
    def put(self, who: Who, body: dict[str, Any], reference: str) -> dict[str, Any]:
        """Keeps a reply for later, sealed for the caller alone."""
        return database().write(
            lambda db: drafts.put(db, by_handler(db, who.id, reference), who.id, who.keyring, body)
        )

    @calls.needs("account")
    @calls.gives_nothing
    @calls.fails(NotFound)
    def delete(self, who: Who, reference: str) -> None:
        """Takes the draft away."""
        database().write(lambda db: drafts.forget(db, by_handler(db, who.id, reference), who.id))
