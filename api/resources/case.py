"""The reporter's own case."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.models.case import Case
from api.rules import cases, messages, proofs
from shared.errors import (
    BadSignature,
    Conflict,
    Damaged,
    EpochChanged,
    NotAllowed,
    TooLarge,
    UnknownVersion,
    WrongKey,
)
from shared.schemas.base import PageQuery
from shared.schemas.cases import Proof, ReporterCase
from shared.schemas.messages import MessagePage, PostReporterMessage, ReadUpTo, Stored, Unread
from shared.sealing.encoding import REPORTER

calls = Calls("case", description="The reporter's own case")


@calls.route("/case")
class OwnCase(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.gives(ReporterCase)
    def get(self, who: Who) -> dict[str, Any]:
        """The case: its status, who reads it, its keys as sealed to the reporter."""
        with database().read() as db:
            return cases.for_reporter(db, who.id)


@calls.route("/case/messages")
class OwnMessages(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes(PageQuery, "query")
    @calls.gives(MessagePage)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The thread in order; `content` too if the session can open."""
        with database().read() as db:
            case = db.get_one(Case, who.id)
            return messages.page(db, case, REPORTER, who.keyring, query)

    @calls.needs("reporter")
    @calls.takes(PostReporterMessage)
    @calls.gives(Stored, 201, 200)
    @calls.fails(NotAllowed, Conflict, EpochChanged, TooLarge)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Stores a message and gives a receipt. Safe to repeat with the same `id`."""
        return database().write(
            lambda db: messages.post(db, db.get_one(Case, who.id), REPORTER, who.keyring, body)
        )


@calls.route("/case/read")
class OwnRead(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes(ReadUpTo)
    @calls.gives(Unread)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, int]:
        """Notes that the thread was read up to a number; handlers don't see it."""
        unread = database().write(lambda db: messages.read_up_to(db, who.id, body["number"]))
        return {"unread": unread}


@calls.route("/case/proof")
class OwnProof(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.gives(Proof)
    def get(self, who: Who) -> dict[str, Any]:
        """The proof file. Check it with `wren verify`."""
        with database().read() as db:
            return proofs.proof(db, who.id)
