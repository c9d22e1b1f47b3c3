"""Handlers: who reads a case, consent, links, and handing cases over."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import consents, handovers, inbox, links, readers
from api.rules.unlocking import by_handler
from shared.errors import (
    BadKey,
    BadSignature,
    BrokenChain,
    Conflict,
    Damaged,
    EpochChanged,
    NoReader,
    NotAllowed,
    NotFound,
    ReadersChanged,
    TooLarge,
    UnknownVersion,
    WrongKey,
)
from shared.schemas.cases import ConsentList, Link, LinkList
from shared.schemas.messages import AskConsent, Stored
from shared.schemas.readers import AddReader, EpochList, HandedOver, Handover, NextEpoch

calls = Calls("readers", description="Handlers: who reads a case, and by whose consent")


@calls.route("/cases/<string:reference>/epochs")
class CaseEpochs(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(EpochList)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """The signed records of who reads, with the keys as they are sealed to the caller."""
        with database().read() as db:
            return readers.listed(db, by_handler(db, who.id, reference), who.id)

    @calls.needs("account")
    @calls.takes(NextEpoch)
    @calls.gives(EpochList)
    @calls.fails(NotFound, NotAllowed, EpochChanged, NoReader, ReadersChanged, TooLarge)
    @calls.fails(BadKey, BadSignature, BrokenChain, Damaged, UnknownVersion, WrongKey)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> dict[str, Any]:
        """Stores the next epoch, signed by the client. A repeat is no fault."""
        return database().write(
            lambda db: readers.post(db, by_handler(db, who.id, reference), who.id, body)
        )


@calls.route("/cases/<string:reference>/readers")
class CaseReaders(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(AddReader)
    @calls.gives(EpochList)
    @calls.fails(NotFound, NotAllowed, NoReader, ReadersChanged, BrokenChain, WrongKey)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> dict[str, Any]:
        """Lets a handler in: of the case's desk, or outside it by the reporter's consent.

        Also gives a colleague access again who lost their keys and was approved anew."""
        return database().write(
            lambda db: readers.add(
                db, by_handler(db, who.id, reference), who.id, who.keyring, body
            )
        )


@calls.route("/cases/<string:reference>/readers/<uuid:handler>")
class CaseReader(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(EpochList)
    @calls.fails(NotFound, NotAllowed, NoReader, ReadersChanged, BrokenChain, WrongKey)
    def delete(self, who: Who, reference: str, handler: Any) -> dict[str, Any]:
        """Takes a reader out: what comes after is not sealed to them."""
        return database().write(
            lambda db: readers.remove(
                db, by_handler(db, who.id, reference), who.id, who.keyring, handler
            )
        )


@calls.route("/cases/<string:reference>/consents")
class CaseConsents(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(ConsentList)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """The consents by which readers were let in. What was asked stands in the thread."""
        with database().read() as db:
            return {"items": consents.of_case(db, by_handler(db, who.id, reference).id)}

    @calls.needs("account")
    @calls.takes(AskConsent)
    @calls.gives(Stored, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, TooLarge)
    @calls.fails(WrongKey, Damaged, UnknownVersion, BadSignature)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Asks the reporter: may these people read it, in which role, for what, until when?"""
        return database().write(
            lambda db: consents.ask(
                db, by_handler(db, who.id, reference), who.id, who.keyring, body
            )
        )


@calls.route("/cases/<string:reference>/links")
class CaseLinks(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(LinkList)
    @calls.fails(NotFound)
    def get(self, who: Who, reference: str) -> dict[str, Any]:
        """The linked cases that the caller can open too."""
        with database().read() as db:
            return {"items": inbox.linked(db, who.id, reference)}

    @calls.needs("account")
    @calls.takes(Link)
    @calls.gives(LinkList)
    @calls.fails(NotFound, Conflict)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> dict[str, Any]:
        """Links two cases that name the same group or person. Reporters don't see it."""
        database().write(lambda db: links.add(db, who.id, reference, body["reference"]))
        return self._list(who, reference)

    def _list(self, who: Who, reference: str) -> dict[str, Any]:
        with database().read() as db:
            return {"items": inbox.linked(db, who.id, reference)}


@calls.route("/cases/<string:reference>/links/<string:other>")
class CaseLink(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives_nothing
    @calls.fails(NotFound)
    def delete(self, who: Who, reference: str, other: str) -> None:
        """Takes a link away."""
        database().write(lambda db: links.remove(db, who.id, reference, other))


@calls.route("/handovers")
class Handovers(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(Handover)
    @calls.gives(HandedOver)
    @calls.fails(NotFound, NotAllowed, Conflict)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Hands the cases of one handler over to another, as far as the caller can open them."""
        return handovers.hand_over(database(), who.id, who.keyring, body)
