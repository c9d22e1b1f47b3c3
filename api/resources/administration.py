"""Administrators: invitations and people. They manage accounts, and can read no case."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import administration
from shared.errors import Conflict, NotAllowed, NotFound
from shared.schemas.administration import (
    ChangePerson,
    Invitations,
    Invite,
    Invited,
    OfOrganisation,
    People,
    Person,
    Removed,
)

calls = Calls("administration", description="Administrators: invitations and people")


@calls.route("/invitations")
class AllInvitations(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(OfOrganisation, "query")
    @calls.gives(Invitations)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The invitations that were not used yet; their codes are stored nowhere."""
        with database().read() as db:
            return administration.invitations(db, who.id, query["organisation"])

    @calls.needs("account")
    @calls.takes(Invite)
    @calls.gives(Invited, 201)
    @calls.fails(NotFound, NotAllowed, Conflict)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Invites somebody by a code that works once, or gives an account new keys.

        Whoever joins as a handler or manager waits until a handler signs the roster."""
        return database().write(lambda db: administration.invite(db, who.id, body))


@calls.route("/invitations/<string:invitation>")
class OneInvitation(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives_nothing
    @calls.fails(NotFound, NotAllowed)
    def delete(self, who: Who, invitation: str) -> None:
        """Takes an invitation back."""
        database().write(lambda db: administration.withdraw_invitation(db, who.id, invitation))


@calls.route("/accounts")
class Accounts(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(OfOrganisation, "query")
    @calls.gives(People)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The people of an organisation; handlers and managers see them without user names."""
        with database().read() as db:
            return administration.people(db, who.id, query["organisation"])


@calls.route("/accounts/<string:account>")
class OneAccount(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(ChangePerson)
    @calls.gives(Person)
    @calls.fails(NotFound, NotAllowed, Conflict)
    def patch(self, who: Who, body: dict[str, Any], account: str) -> dict[str, Any]:
        """Changes role, desks or name. A handler has to sign the roster before it counts."""
        return database().write(lambda db: administration.change_person(db, who.id, account, body))

    @calls.needs("account")
    @calls.takes(OfOrganisation, "query")
    @calls.gives(Removed)
    @calls.fails(NotFound, NotAllowed, Conflict)
    def delete(self, who: Who, query: dict[str, Any], account: str) -> dict[str, Any]:
        """Takes somebody out of the organisation and ends their sessions.

        With `to_sign` a handler has to retire them from the roster now: until then new cases
        are still sealed to their key, though they can fetch none."""
        slug = query["organisation"]
        return database().write(lambda db: administration.remove_person(db, who.id, account, slug))
