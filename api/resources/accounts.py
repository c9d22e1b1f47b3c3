"""Handlers signing in."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, database
from api.rules import accounts, stretching
from shared.errors import SlowDown, WrongSignIn
from shared.schemas.sessions import AccountSession, SignIn

calls = Calls("accounts", description="Handlers' accounts")


@calls.route("/sign-in")
class AccountSignIn(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.takes(SignIn)
    @calls.gives(AccountSession, 201)
    @calls.fails(WrongSignIn, SlowDown)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Signs a handler in with password and code. A code works once.

        `keyring` is for a client that seals by itself."""
        name = body["username"]
        with database().read() as db:
            salt = accounts.salt_for(db, name)
        stretched = stretching.password(body["password"], salt)
        found = database().write(lambda db: accounts.sign_in(db, name, stretched, body["code"]))
        if found is None:
            raise WrongSignIn
        return found
