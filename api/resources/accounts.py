"""Accounts: signing in, joining by invitation, recovery, one's own password, account and leave."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import accounts, credentials, joining, notice_addresses, stretching
from shared.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    SlowDown,
    WrongInvitation,
    WrongSignIn,
)
from shared.schemas.accounts import (
    AskNotices,
    ChangeAccount,
    ChangePassword,
    ConfirmNotices,
    Join,
    Joined,
    NewPassword,
    OwnAccount,
    OwnNotices,
    Recover,
    Shown,
)
from shared.schemas.sessions import AccountSession, SignIn

calls = Calls("accounts", description="Accounts: joining, signing in, passwords, leave")


@calls.route("/sign-in")
class AccountSignIn(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.takes(SignIn)
    @calls.gives(AccountSession, 201)
    @calls.fails(WrongSignIn, SlowDown)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Signs a handler in with password and code. A code works once.

        `keyring` is for a client that seals by itself. Keep `device` and send it with the next
        sign-in: then nobody who tries out passwords for this name can make you wait."""
        name, device = body["username"], body.get("device")
        with database().read() as db:
            salt = accounts.salt_for(db, name, device)
        stretched = stretching.password(body["password"], salt)
        return _right(
            database().write(
                lambda db: accounts.sign_in(db, name, stretched, body["code"], device)
            )
        )


@calls.route("/join")
class Joining(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.takes(Join)
    @calls.gives(Joined, 201)
    @calls.fails(WrongInvitation, WrongSignIn, SlowDown, Conflict)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Uses an invitation up: a new account, new keys after a loss, or one more organisation.

        Password, TOTP secret and recovery words are shown this once. Who has an account and
        joins one more organisation sends `username`, `password` and `code`, and keeps them. A
        handler or manager reads cases once a handler of the organisation has approved them."""
        with database().read() as db:
            kind = joining.look_up(db, body["invitation"]).kind
        if kind == "addition":
            return _add(body)
        _only(body, "invitation", "username")
        fresh = credentials.new()
        with database().read() as db:
            made = joining.prepare(db, body["invitation"], body.get("username"), fresh)
        return database().write(lambda db: joining.complete(db, made.bundle))


def _add(body: dict[str, Any]) -> dict[str, Any]:
    missing = [name for name in ("username", "password", "code") if name not in body]
    if missing:
        fault = ["Send it: this invitation is for an account that is there already."]
        raise Invalid(errors=dict.fromkeys(missing, fault))
    name = body["username"]
    with database().read() as db:
        salt = accounts.salt_for(db, name)
    stretched = stretching.password(body["password"], salt)
    return _right(
        database().write(
            lambda db: joining.add_to(db, body["invitation"], name, stretched, body["code"])
        )
    )


def _only(body: dict[str, Any], *names: str) -> None:
    fault = ["Leave it out: this invitation makes a new password."]
    if body.keys() - set(names):
        raise Invalid(errors=dict.fromkeys(body.keys() - set(names), fault))


def _right(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        raise WrongSignIn
    return found


@calls.route("/recovery")
class Recovery(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.takes(Recover)
    @calls.gives(Shown, 201)
    @calls.fails(WrongSignIn, SlowDown)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """By the twelve words: a new password, TOTP secret and words. The keys stay.

        The words that were sent work no more; all sessions end."""
        name, words = body["username"], accounts.read_recovery(body["recovery"])
        with database().read() as db:
            accounts.may_recover(db, name)
        made = credentials.new()
        return _right(database().write(lambda db: accounts.recover(db, name, words, made)))


@calls.route("/password")
class Password(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(ChangePassword)
    @calls.gives(NewPassword, 201)
    @calls.fails(WrongSignIn, SlowDown, NotAllowed)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Makes a new password of six words. Keys, authenticator and recovery words stay.

        It needs the present one and a code; all other sessions end. Call it again if you don't
        like the words."""
        if who.keyring is None:
            raise NotAllowed
        with database().read() as db:
            salt = accounts.own_salt(db, who.id)
        stretched, made = stretching.password(body["password"], salt), credentials.new()
        return _right(
            database().write(
                lambda db: accounts.change_password(
                    db, who.bearer, who.id, stretched, body["code"], made
                )
            )
        )


@calls.route("/account")
class OneAccount(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(OwnAccount)
    def get(self, who: Who) -> dict[str, Any]:
        """Who is signed in, the fingerprint of their keys, and their roles."""
        with database().read() as db:
            return accounts.show(db, who.id)

    @calls.needs("account")
    @calls.takes(ChangeAccount)
    @calls.gives(OwnAccount)
    @calls.fails(NotFound, NotAllowed)
    def patch(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Sets leave in one organisation: its last day, and who stands in until then."""
        return database().write(lambda db: accounts.set_leave(db, who.id, body))


@calls.route("/account/notices")
class Notices(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(OwnNotices)
    def get(self, who: Who) -> dict[str, Any]:
        """Where notices go by mail, which only their owner is shown."""
        with database().read() as db:
            return notice_addresses.show(db, who.id)

    @calls.needs("account")
    @calls.takes(AskNotices)
    @calls.gives(OwnNotices)
    @calls.fails(Conflict, SlowDown)
    def put(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Sends a code to an address; it counts once the code was sent back by `POST`.

        Until then the one before does. 409 where this service sends no mail."""
        return database().write(lambda db: notice_addresses.ask(db, who.id, body["address"]))

    @calls.needs("account")
    @calls.takes(ConfirmNotices)
    @calls.gives(OwnNotices)
    def post(self, who: Who, body: dict[str, Any]) -> dict[str, Any]:
        """Confirms the address by its code, which is good for the day and the next."""
        return _confirmed(
            database().write(lambda db: notice_addresses.confirm(db, who.id, body["code"]))
        )

    @calls.needs("account")
    @calls.gives_nothing
    def delete(self, who: Who) -> None:
        """No notices any more: the address is forgotten."""
        database().write(lambda db: notice_addresses.remove(db, who.id))


def _confirmed(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        raise Invalid(errors={"code": notice_addresses.WRONG})
    return found
