"""The directory, the roster, and opening a case: what anyone may do."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database, stretched
from api.rules import floods, opening, organisations, rosters, settings
from shared.errors import (
    BadKey,
    BadSignature,
    BadToken,
    BrokenChain,
    Conflict,
    Damaged,
    NoReader,
    NotAllowed,
    NotFound,
    ReadersChanged,
    SlowDown,
    TooLarge,
    UnknownVersion,
    WorkNeeded,
    WrongKey,
)
from shared.schemas.cases import OpenCase, Opened
from shared.schemas.organisations import (
    ChangeOrganisation,
    Organisation,
    OrganisationList,
    OrganisationSettings,
)
from shared.schemas.roster import Newcomers, NextRecord, Roster
from shared.schemas.work import Challenge

calls = Calls("organisations", description="The directory, the roster, and opening a case")


@calls.route("/organisations")
class Organisations(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.gives(OrganisationList, shared=True)
    def get(self) -> dict[str, Any]:
        """Lists all organisations."""
        with database().read() as db:
            return organisations.list_all(db)


@calls.route("/organisations/<string:slug>")
class Directory(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.gives(Organisation, shared=True)
    @calls.fails(NotFound)
    def get(self, slug: str) -> dict[str, Any]:
        """The directory: desks, handlers, choices, contacts, guidance, and the salt.

        Its ETag is the SHA-256 of the body, the same for everybody."""
        with database().read() as db:
            return organisations.directory(db, slug)

    @calls.needs("account")
    @calls.takes(ChangeOrganisation)
    @calls.gives(OrganisationSettings)
    @calls.fails(NotFound, NotAllowed)
    def patch(self, who: Who, body: dict[str, Any], slug: str) -> dict[str, Any]:
        """Administrators: settings, desks, contacts, guidance, categories, common replies.

        Every other list takes the place of the one before; categories become a new version."""
        return database().write(lambda db: settings.change(db, who.id, slug, body))


@calls.route("/organisations/<string:slug>/settings")
class SettingsOfOrganisation(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(OrganisationSettings)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, slug: str) -> dict[str, Any]:
        """All that is set for an organisation, for its people."""
        with database().read() as db:
            return settings.show(db, who.id, slug)


@calls.route("/organisations/<string:slug>/roster")
class OrganisationRoster(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.gives(Roster, shared=True)
    @calls.fails(NotFound)
    def get(self, slug: str) -> dict[str, Any]:
        """Whose keys the handlers' keys are: signed records, oldest first."""
        with database().read() as db:
            return organisations.published_roster(db, slug)

    @calls.needs("account")
    @calls.takes(NextRecord)
    @calls.gives(Roster)
    @calls.fails(NotFound, NotAllowed, Conflict, BrokenChain, BadSignature, BadKey, Damaged)
    def post(self, who: Who, body: dict[str, Any], slug: str) -> dict[str, Any]:
        """Signs the next record: `approve` or `retire` a handler, or send a signed one.

        Only a handler of the roster signs. Compare the fingerprint in person or by phone
        before you approve; sent along, it has to be the one that you were shown."""
        return database().write(
            lambda db: rosters.next_record(db, slug, who.id, who.keyring, body)
        )


@calls.route("/organisations/<string:slug>/newcomers")
class OrganisationNewcomers(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(Newcomers)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, slug: str) -> dict[str, Any]:
        """Whom the roster has to be signed for: new, changed or gone, with fingerprints."""
        with database().read() as db:
            return rosters.newcomers(db, slug, who.id)


@calls.route("/organisations/<string:slug>/challenge")
class OrganisationChallenge(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.gives(Challenge)
    @calls.fails(NotFound)
    def get(self, slug: str) -> dict[str, Any]:
        """Work that keeps a place, for a time in which very many cases are opened.

        Fetch and solve it before the person begins to write: its solution, sent as `work` with
        the case, is taken until the end of the day `until`, whatever comes in by then. The more
        come in, the more a new one costs. ALTCHA's solvers take it (PBKDF2/SHA-256)."""
        return floods.challenge(database(), slug)


@calls.route("/organisations/<string:slug>/cases")
class OrganisationCases(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.takes(OpenCase)
    @calls.gives(Opened, 201, 200)
    @calls.fails(NotFound, Conflict, NoReader, ReadersChanged, TooLarge, WorkNeeded, SlowDown)
    @calls.fails(BadToken, BadKey, BadSignature, BrokenChain, Damaged, UnknownVersion, WrongKey)
    def post(self, body: dict[str, Any], slug: str) -> tuple[dict[str, Any], bool]:
        """Opens a case. Nobody signs in: anyone may report.

        With `content` the service seals; take eight words from `POST /tokens`, and keep
        them: they are the only way back. Safe to repeat with the same `case_id`. While very many
        cases are opened it needs `work`; send the same again with it after 429 `work_needed`."""
        place = opening.look(database(), slug, body)
        root = stretched(body)
        return database().write(lambda db: opening.open_case(db, slug, body, root, place=place))
