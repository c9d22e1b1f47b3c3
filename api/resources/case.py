"""The reporter's own case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.models.base import Work
from api.models.case import Case
from api.rules import cases, hanging, messages, proofs, readers, withdrawing
from shared.errors import (
    BadKey,
    BadSignature,
    BrokenChain,
    Conflict,
    Damaged,
    EpochChanged,
    NoReader,
    NotAllowed,
    ReadersChanged,
    TooEarly,
    TooLarge,
    Unavailable,
    Unfinished,
    UnknownVersion,
    WrongKey,
    WrongStatus,
)
from shared.schemas.base import PageQuery
from shared.schemas.cases import Proof, ReporterCase, Withdrawn
from shared.schemas.messages import (
    AnswerConsent,
    Feedback,
    MessagePage,
    News,
    PostReporterMessage,
    ReadUpTo,
    Stored,
    Unread,
)
from shared.schemas.readers import ChangeReaders, EpochList
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

    @calls.needs("reporter")
    @calls.gives(Withdrawn)
    def delete(self, who: Who) -> dict[str, Any]:
        """Withdraws the case. Without a legal hold everything goes, at once.

        With one, the case closes and goes when the hold is lifted. Backups keep it until
        `backups_until`. What was exported or read can't be recalled."""
        return database().write(lambda db: withdrawing.withdraw(db, who.id))


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
    @calls.fails(NotAllowed, Conflict, EpochChanged, Unfinished, TooLarge, Unavailable)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Stores a message and gives a receipt. Safe to repeat with the same `id`.

        What it attaches has to be whole: the receipt is given only when all is stored."""
        hanging.look(database(), lambda db: db.get_one(Case, who.id), body)
        return database().write(
            lambda db: messages.post(db, db.get_one(Case, who.id), REPORTER, who.keyring, body)
        )


@calls.route("/case/news")
class OwnNews(Resource):  # type: ignore[misc]
    @calls.polled
    @calls.gives(News)
    def get(self, db: Work, case_id: UUID) -> dict[str, int]:
        """Whether there is something new: for an app that asks every minute or so.

        The answer has the same number of bytes with news and without. Nothing is noted."""
        return cases.news(db, case_id)


@calls.route("/case/read")
class OwnRead(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes(ReadUpTo)
    @calls.gives(Unread)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, int]:
        """Notes that the thread was read up to a number; handlers don't see it."""
        unread = database().write(lambda db: messages.read_up_to(db, who.id, body["number"]))
        return {"unread": unread}


@calls.route("/case/consents")
class OwnConsents(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes(AnswerConsent)
    @calls.gives(Stored, 201, 200)
    @calls.fails(NotAllowed, Conflict, EpochChanged, TooLarge)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Answers a handler who asked for consent, or takes a consent back.

        What was asked is repeated in the signed answer. Taken back in the readable form, the
        reading ends at once; a client that seals also sends `POST /case/epochs`."""
        return database().write(lambda db: readers.answer_consent(db, who.id, who.keyring, body))


@calls.route("/case/feedback")
class OwnFeedback(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes(Feedback)
    @calls.gives(Stored, 201, 200)
    @calls.fails(NotAllowed, Conflict, WrongStatus, EpochChanged, TooLarge)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Answers, once the case is closed: given your experience, would you speak up again?

        `answer` is counted at the next release, apart from the case."""
        return database().write(
            lambda db: withdrawing.answer_closing(db, who.id, who.keyring, body)
        )


@calls.route("/case/epochs")
class OwnEpochs(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes(ChangeReaders)
    @calls.gives(EpochList)
    @calls.fails(NotAllowed, EpochChanged, NoReader, ReadersChanged, TooEarly, TooLarge)
    @calls.fails(BadKey, BadSignature, BrokenChain, Damaged, UnknownVersion, WrongKey)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Changes who reads: let a handler in, shut one out, or go to another desk.

        Another desk only once a day that was promised has passed. The handlers before then
        read nothing that comes after."""
        return database().write(lambda db: readers.post_by_reporter(db, who.id, who.keyring, body))


@calls.route("/case/proof")
class OwnProof(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.gives(Proof)
    def get(self, who: Who) -> dict[str, Any]:
        """The proof file. Check it with `wren verify`."""
        with database().read() as db:
            return proofs.proof(db, who.id)
