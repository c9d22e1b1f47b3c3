"""The caller's own account: who they are where, leave and cover, password, sessions."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import HiddenField, PasswordField, SelectField, StringField

from api.console.caller import READERS, Me, Place
from api.console.entering import words
from api.console.forms import DayField, Form, checked, options, refusals, refuse, sent
from api.console.pages import ANYONE, console
from api.console.showing import done, show
from api.contract import database
from api.models.account import Account, Position
from api.models.base import Work
from api.rules import accounts, carrying, credentials, notice_addresses, sessions, stretching
from api.rules.credentials import Credentials
from shared.errors import Conflict, NotAllowed, WrongSignIn
from shared.schemas.accounts import ChangeAccount, ChangePassword


class Leave(Form):
    """Until when somebody is away, and who stands in."""

    away_until = DayField(_l("Last day of leave"), description=_l("Empty: you are not away."))
    cover = SelectField(
        _l("Who stands in"),
        description=_l("They see that they stand in for you. They read only cases that they "
                       "can open anyway."),
        validate_choice=False,
    )  # fmt: skip


class Password(Form):
    """The new password was read; the present one and a code make it count."""

    bundle = HiddenField()
    password = PasswordField(_l("Present password"), description=_l("The six words until now."))
    code = StringField(_l("Code"), description=_l("Six digits, from your authenticator app."))


@console.page("/account", *ANYONE)
def account(me: Me) -> Response:
    """Who is signed in."""
    with database().read() as db:
        found = accounts.show(db, me.id)
        notices = notice_addresses.show(db, me.id)
        listed = sessions.list_own(db, me.id, me.bearer)["items"]
        covers = _names(db, [one["cover"] for one in found["positions"] if one["cover"]])
    names = {one.slug: one.name for one in me.places}
    return show("account.html", account=found, sessions=listed, names=names, covers=covers,
                notices=notices)  # fmt: skip


def _names(db: Work, ids: list[Any]) -> dict[Any, str]:
    rows = db.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids)))
    return {row.id: row.display_name for row in rows}


@console.page("/account/leave/<slug>", *READERS, form=True)
def account_leave(me: Me, slug: str) -> Response:
    """Leave in one organisation."""
    place = me.place(slug, *READERS)
    with database().read() as db:
        own = next(
            one for one in accounts.show(db, me.id)["positions"] if one["organisation"] == slug
        )
        others = _others(db, place, me)
    form = Leave(
        data={"away_until": own["away_until"] and own["away_until"].isoformat(),
              "cover": str(own["cover"] or "")}
    )  # fmt: skip
    form.cover.choices = options([("", _("nobody")), *others])
    if sent(form):
        with refusals(form):
            body = checked(
                ChangeAccount,
                {
                    "organisation": slug,
                    "away_until": form.away_until.data,
                    "cover": form.cover.data,
                },
            )
            body = {"away_until": None, "cover": None} | body
            database().write(lambda db: accounts.set_leave(db, me.id, body))
            return done(_("Your leave was noted."), "console.account")
    return show("account_leave.html", form=form, place=place)


def _others(db: Work, place: Place, me: Me) -> list[tuple[str, str]]:
    rows = db.execute(
        select(Account.id, Account.display_name)
        .join(Position, Position.account_id == Account.id)
        .where(
            Position.organisation_id == place.id,
            Position.role.in_(READERS),
            Position.listed,
            Account.id != me.id,
        )
        .order_by(Account.display_name)
    )
    return [(str(one), name) for one, name in rows]


@console.page("/account/password", *ANYONE, form=True)
def account_password(me: Me) -> Response:
    """A new password: made here and shown, and counting once the present one was given."""
    form, owner = Password(), str(me.id)
    try:
        with database().read() as db:
            made = carrying.read(db, owner, form.bundle.data or "")
    except Conflict as error:
        made = credentials.new()
        with database().read() as db:
            form.bundle.data = carrying.new(db, owner, made)
        if request.method == "POST":
            refuse(form, error)
    if not form.errors and sent(form):
        with refusals(form):
            _change(me, made, words(form.password.data), (form.code.data or "").replace(" ", ""))
            return done(_("Your new password counts from now on."), "console.account")
    return show("account_password.html", form=form, password=made.password)


def _change(me: Me, made: Credentials, password: str, code: str) -> None:
    if me.keyring is None:
        raise NotAllowed
    body = checked(ChangePassword, {"password": password, "code": code})
    with database().read() as db:
        salt = accounts.own_salt(db, me.id)
    if salt == made.salt:  # sent twice: the first one did it
        return
    stretched = stretching.password(body["password"], salt)
    changed = database().write(
        lambda db: accounts.change_password(db, me.bearer, me.id, stretched, body["code"], made)
    )
    if changed is None:
        with database().read() as db:
            if accounts.own_salt(db, me.id) != made.salt:
                raise WrongSignIn(_("The password or the code is wrong, or the code was used."))


@console.act("/account/sessions/<short>/end", *ANYONE, back="console.account")
def account_session_end(me: Me, short: str) -> Response:
    """Ends one of the caller's sessions."""
    database().write(lambda db: sessions.end_own(db, me.id, short))
    return done(_("The session was ended."), "console.account")
