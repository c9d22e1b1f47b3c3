"""Handlers: the inbox, recording a case, and a case that they can open."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database, stretched
from api.rules import cases, changing, hanging, inbox, messages, opening, searching, unlocking
from shared.errors import (
    BadKey,
    BadSignature,
    BadToken,
    BrokenChain,
    Conflict,
    Damaged,
    EpochChanged,
    NoReader,
    NotAllowed,
    NotFound,
    ReadersChanged,
    TooLarge,
    Unavailable,
    Unfinished,
    UnknownVersion,
    WrongKey,
    WrongStatus,
)
from shared.schemas.base import PageQuery
from shared.schemas.cases import (
    CaseStatus,
    ChangeCase,
    HandlerCase,
    InboxPage,
    InboxQuery,
    RecordCase,
    Recorded,
    Search,
    SearchPage,
)
from shared.schemas.integrations import STATUS
from shared.schemas.messages import Disclose, MessagePage, PostMessage, Stored
from shared.sealing import tokens

calls = Calls("cases", description="Handlers: the inbox, and the cases in it")


@calls.route("/cases")
class Inbox(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(InboxQuery, "query")
    @calls.gives(InboxPage)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The cases that the handler can open, newest first."""
        with database().read() as db:
            return inbox.inbox(db, who.id, query)

    @calls.needs("account")
    @calls.takes(RecordCase)
    @calls.gives(Recorded, 201, 200)
    @calls.fails(NotAllowed, NotFound, Conflict, NoReader, ReadersChanged, TooLarge)
    @calls.fails(BadToken, BadKey, BadSignature, BrokenChain, Damaged, UnknownVersion, WrongKey)
    def post(self, who: Who, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Records a case that came by phone, email or in person, at a desk of the caller's.

        `token` is told once: eight words that the person can go on with in the app. Safe to
        repeat with the same `case_id`."""
        token = body.get("token") or (tokens.new_token() if "content" in body else None)
        root = stretched({"token": token}) if token else None
        recorder = opening.Recorder(who.id, who.keyring)
        answer, repeated = database().write(
            lambda db: opening.open_case(db, body["organisation"], body, root, recorder)
        )
        return answer | {"token": body.get("token") if repeated else token}, repeated


@calls.route("/search")
class CaseSearch(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(Search)
    @calls.gives(SearchPage)
    @calls.fails(NotAllowed)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Finds words in the caller's cases: reference, report, thread and notes.

        They are opened in memory for this call; nothing is indexed. A POST, so that the words
        stand in no address."""
        with database().read() as db:
            found = searching.search(db, who.id, who.keyring, body)
        cases.note_openings(database(), who.id, [one["case_id"] for one in found["items"]])
        return found


@calls.route("/cases/<string:reference>")
class OneCase(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(HandlerCase)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """A case with its report, its readers and its keys.

        A case that the caller can't read is not found, like one that does not exist."""
        return cases.opened_by(database(), who.id, reference, who.keyring)

    @calls.needs("account")
    @calls.takes(ChangeCase)
    @calls.gives(HandlerCase)
    @calls.fails(NotFound, NotAllowed, WrongStatus)
    def patch(self, who: Who, body: dict[str, Any], reference: str) -> dict[str, Any]:
        """Changes status, outcome, assignment, urgency, confidentiality or legal hold.

        All of it, or nothing. The reporter sees the status, and the reason of a hold."""
        return database().write(
            lambda db: changing.change(db, who.id, reference, body, who.keyring)
        )


@calls.route("/cases/<string:reference>/status")
class OneStatus(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=STATUS)
    @calls.gives(CaseStatus)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """The status and days alone, with nothing that is sealed; API keys need `cases:status`."""
        status = cases.status_for_key if who.kind == "key" else cases.status
        with database().read() as db:
            return status(db, who.id, reference)


@calls.route("/cases/<string:reference>/messages")
class CaseMessages(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(PageQuery, "query")
    @calls.gives(MessagePage)
    @calls.fails(NotFound)
    def get(self, who: Who, query: dict[str, Any], reference: str) -> dict[str, Any]:
        """The thread in order, what is released of it."""
        with database().read() as db:
            case = unlocking.by_handler(db, who.id, reference)
            found = messages.page(db, case, who.id, who.keyring, query)
        cases.note_opening(database(), who.id, reference)
        return found

    @calls.needs("account")
    @calls.takes(PostMessage)
    @calls.gives(Stored, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, Unfinished, TooLarge, Unavailable)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Replies to the reporter and gives a receipt. Safe to repeat with the same `id`."""
        hanging.look(database(), lambda db: unlocking.by_handler(db, who.id, reference), body)
        return database().write(
            lambda db: messages.post(
                db, unlocking.by_handler(db, who.id, reference), who.id, who.keyring, body
            )
        )


@calls.route("/cases/<string:reference>/disclosures")
class CaseDisclosures(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(Disclose)
    @calls.gives(Stored, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, TooLarge)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Records that confidentiality was broken for an immediate risk of harm.

        The reporter reads in the thread who was told, and why."""
        return database().write(
            lambda db: changing.disclose(
                db, unlocking.by_handler(db, who.id, reference), who.id, who.keyring, body
            )
        )
