"""Words and sessions: a token, signing in with it, signing out."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database, stretched
from api.rules import sessions
from shared.errors import BadToken, NotFound, SlowDown, UnknownToken
from shared.schemas.accounts import OwnSessions
from shared.schemas.sessions import Session, StartSession, Token
from shared.sealing import tokens

calls = Calls("sessions", description="Eight words, and signing in and out")


@calls.route("/tokens")
class Tokens(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.gives(Token, 201)
    def post(self) -> dict[str, str]:
        """Makes eight words, and forgets them. For clients that make none themselves."""
        return {"token": tokens.new_token()}


@calls.route("/sessions")
class Sessions(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.takes(StartSession)
    @calls.gives(Session, 201)
    @calls.fails(UnknownToken, BadToken, SlowDown)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Signs a reporter in, by the words or by the access key made from them.

        By the words, the service can open the case for this session. Unknown, withdrawn
        and expired words get the same answer."""
        root = stretched(body)
        key = body.get("access_key")
        return database().write(lambda db: sessions.start_for_reporter(db, key, root))

    @calls.needs("account")
    @calls.gives(OwnSessions)
    def get(self, who: Who) -> dict[str, Any]:
        """Lists one's own sessions, by the day on which each began."""
        with database().read() as db:
            return sessions.list_own(db, who.id, who.bearer)


@calls.route("/sessions/<string:session_id>")
class OwnSession(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives_nothing
    @calls.fails(NotFound)
    def delete(self, who: Who, session_id: str) -> None:
        """Ends one of one's own sessions, on a computer that was left for example."""
        database().write(lambda db: sessions.end_own(db, who.id, session_id))


@calls.route("/session")
class OneSession(Resource):  # type: ignore[misc]
    @calls.needs("reporter", "account")
    @calls.gives_nothing
    def delete(self, who: Who) -> None:
        """Signs out."""
        database().write(lambda db: sessions.end(db, who.bearer))
