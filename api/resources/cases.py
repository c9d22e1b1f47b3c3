"""Handlers: the inbox, and a case that they can open."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import cases, messages, unlocking
from shared.errors import (
    BadSignature,
    Conflict,
    Damaged,
    EpochChanged,
    NotAllowed,
    NotFound,
    TooLarge,
    UnknownVersion,
    WrongKey,
    WrongStatus,
)
from shared.schemas.base import PageQuery
from shared.schemas.cases import ChangeCase, HandlerCase, InboxPage, InboxQuery
from shared.schemas.messages import MessagePage, PostMessage, Stored

calls = Calls("cases", description="Handlers: the inbox, and the cases in it")


@calls.route("/cases")
class Inbox(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(InboxQuery, "query")
    @calls.gives(InboxPage)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The cases that the handler can open, newest first."""
        with database().read() as db:
            return cases.inbox(db, who.id, query)


@calls.route("/cases/<string:reference>")
class OneCase(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(HandlerCase)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """A case with its report, its readers and its keys.

        A case that the caller can't read is not found, like one that does not exist."""
        with database().read() as db:
            return cases.for_handler(db, who.id, reference, who.keyring)

    @calls.needs("account")
    @calls.takes(ChangeCase)
    @calls.gives(HandlerCase)
    @calls.fails(NotFound, WrongStatus)
    def patch(self, who: Who, body: dict[str, Any], reference: str) -> dict[str, Any]:
        """Changes the status; the reporter sees it."""
        return database().write(lambda db: cases.change(db, who.id, reference, body, who.keyring))


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
            return messages.page(db, case, who.id, who.keyring, query)

    @calls.needs("account")
    @calls.takes(PostMessage)
    @calls.gives(Stored, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, TooLarge)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Replies to the reporter and gives a receipt. Safe to repeat with the same `id`."""
        return database().write(
            lambda db: messages.post(
                db, unlocking.by_handler(db, who.id, reference), who.id, who.keyring, body
            )
        )
