"""Joining by invitation, and recovery by words: shown first, practised, then stored."""

from __future__ import annotations

from typing import Any

import segno
from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import HiddenField, PasswordField, StringField, TextAreaField

from api.console.caller import DEVICE
from api.console.entering import words
from api.console.forms import Form, checked, refusals, refuse, sent
from api.console.pages import console
from api.console.showing import show
from api.contract import database
from api.models.account import Account
from api.models.base import Work
from api.rules import accounts, bundles, carrying, credentials, joining, stretching
from api.rules.bundles import Prepared
from api.rules.credentials import Credentials
from api.rules.joining import Practice
from shared.errors import Invalid, WrenError, WrongInvitation, WrongSignIn
from shared.schemas.accounts import Recover
from shared.schemas.sessions import SignIn


class Invitation(Form):
    """The code of the link, and a name to sign in with."""

    invitation = StringField(
        _l("Invitation code"),
        description=_l("What follows the # in the link that you were given."),
    )
    username = StringField(
        _l("User name"),
        description=_l(
            "Choose one. You sign in with it. Your organisation's administrator sees it."
        ),
    )


class Addition(Form):
    """For who has an account already: it joins one more organisation."""

    invitation = HiddenField()
    username = StringField(_l("User name"), description=_l("Of the account that you have."))
    password = PasswordField(_l("Password"), description=_l("The six words."))
    code = StringField(_l("Code"), description=_l("Six digits, from your authenticator app."))


class Practise(Form):
    """The first code, and two of the recovery words."""

    bundle = HiddenField()
    code = StringField(_l("Code"), description=_l("The six digits that the app shows now."))
    first_word = StringField(_l("First word"))
    second_word = StringField(_l("Second word"))


class Recovery(Form):
    """The recovery words of an account."""

    username = StringField(_l("User name"))
    words = TextAreaField(
        _l("Recovery words"), description=_l("The twelve words that you wrote down.")
    )


class Renewed(Form):
    """The new credentials are taken over: the first code shows that the app has the new key."""

    bundle = HiddenField()
    username = HiddenField()
    words = HiddenField()
    code = StringField(_l("Code"), description=_l("The six digits that the app shows now."))


def picture(uri: str) -> str:
    """The QR code of a TOTP secret, as an address that holds the picture itself."""
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=2, light="#fff"))


def grouped(secret: str) -> str:
    """A TOTP secret in groups of four, to be typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def shown(made: Prepared | Credentials, uri: str) -> dict[str, Any]:
    """What a page shows of new credentials."""
    return {
        "password": made.password,
        "qr": picture(uri),
        "secret": grouped(made.totp_secret),
        "recovery": made.recovery.split(),
    }


# --- joining ------------------------------------------------------------------------------


@console.opened("/join", form=True)
def join() -> Response:
    """The invitation; then what the newcomer is to keep."""
    form = Invitation()
    if sent(form):
        with refusals(form):
            code = (form.invitation.data or "").strip().rpartition("#")[2]
            if not code:
                raise Invalid(errors={"invitation": [_("Paste the code.")]})
            with database().read() as db:
                found = joining.look_up(db, code)
            if found.kind == "addition":
                addition = Addition(formdata=None, data={"invitation": code})
                return show("join_add.html", form=addition, invited=found)
            name, fresh = (form.username.data or "").strip(), credentials.new()
            with database().read() as db:
                made = joining.prepare(db, code, name, fresh)
            return _show_keys(made)
    return show("join.html", form=form)


def _show_keys(made: Prepared) -> Response:
    form = Practise(formdata=None, data={"bundle": made.bundle})
    return show("join_keys.html", form=form, **shown(made, made.totp_uri))


def _from(form: Practise) -> Prepared:
    with database().read() as db:
        return bundles.read(db, form.bundle.data or "")


@console.opened("/join/keys", form=True)
def join_keys() -> Response:
    """Back to what is to be kept."""
    form = Practise()
    if request.method == "POST":
        try:
            return _show_keys(_from(form))
        except WrongInvitation as error:
            return _begin_again(error)
    return redirect(url_for("console.join"), 303)  # type: ignore[return-value]


def _begin_again(error: WrenError) -> Response:
    form = Invitation(formdata=None)
    refuse(form, error)
    return show("join.html", form=form)


@console.opened("/join/practise", form=True)
def join_practise() -> Response:
    """A code and two words, to see that they were kept; then all is stored."""
    if request.method == "GET":
        return redirect(url_for("console.join"), 303)  # type: ignore[return-value]
    form = Practise()
    try:
        made = _from(form)
        if sent(form) and "code" in request.form:
            with refusals(form):
                return show("joined.html", joined=_complete(form, made))
    except WrongInvitation as error:
        return _begin_again(error)
    first, second = made.places
    form.first_word.label.text = _("Recovery word %(number)s", number=first)
    form.second_word.label.text = _("Recovery word %(number)s", number=second)
    return show("join_practise.html", form=form)


def _complete(form: Practise, made: Prepared) -> dict[str, Any]:
    practice = Practice(
        (form.code.data or "").replace(" ", ""),
        form.first_word.data or "",
        form.second_word.data or "",
    )
    try:
        return database().write(lambda db: joining.complete(db, made.bundle, practice))
    except WrongInvitation:
        with database().read() as db:
            if _is_stored(db, made):  # sent twice: the first one did it
                return made.shown() | {"listed": False}
        raise


def _is_stored(db: Work, made: Prepared) -> bool:
    found = db.get(Account, made.account)
    return found is not None and found.salt == made.credentials.salt


@console.opened("/join/add", form=True)
def join_add() -> Response:
    """An account that is there joins one more organisation: it proves itself."""
    form = Addition()
    if request.method == "GET":
        return redirect(url_for("console.join"), 303)  # type: ignore[return-value]
    with database().read() as db:
        try:
            invited = joining.look_up(db, form.invitation.data or "")
        except WrongInvitation as error:
            return _begin_again(error)
    if sent(form):
        with refusals(form):
            return show("joined.html", joined=_add(form))
    return show("join_add.html", form=form, invited=invited)


def _add(form: Addition) -> dict[str, Any]:
    typed = {
        "username": form.username.data,
        "password": words(form.password.data),
        "code": (form.code.data or "").replace(" ", ""),
    }
    code = form.invitation.data or ""
    body = checked(SignIn, typed)
    with database().read() as db:
        salt = accounts.salt_for(db, body["username"])
    stretched = stretching.password(body["password"], salt)
    found = database().write(
        lambda db: joining.add_to(db, code, body["username"], stretched, body["code"])
    )
    if found is None:
        raise WrongSignIn
    return found


# --- recovery -----------------------------------------------------------------------------


@console.opened("/recover", form=True)
def recover() -> Response:
    """Recovery words; then the new credentials."""
    form = Recovery()
    if sent(form):
        with refusals(form):
            body = _recovery(form)
            name, known = body["username"], accounts.read_recovery(body["recovery"])
            device = request.cookies.get(DEVICE)
            with database().read() as db:
                accounts.may_recover(db, name, device)
            # Before the words are looked at: a wrong try costs what a right one does.
            made = credentials.new()
            if not database().write(lambda db: carrying.knows_recovery(db, name, known, device)):
                raise WrongSignIn(_("The user name or the recovery words are wrong."))
            with database().read() as db:
                bundle = carrying.new(db, name, made)
            data = {"bundle": bundle, "username": name, "words": body["recovery"]}
            return _show_renewed(Renewed(formdata=None, data=data), made)
    return show("recover.html", form=form)


def _recovery(form: Recovery) -> dict[str, Any]:
    typed = {"username": form.username.data, "recovery": form.words.data}
    try:
        body = checked(Recover, typed)
        accounts.read_recovery(body["recovery"])
    except Invalid as error:
        errors = {"words" if one == "recovery" else one: why for one, why in error.errors.items()}
        raise Invalid(errors=errors) from None
    return body


def _show_renewed(form: Renewed, made: Credentials) -> Response:
    uri = credentials.uri(made.totp_secret, form.username.data or "")
    return show("recover_keys.html", form=form, **shown(made, uri))


@console.opened("/recover/keys", form=True)
def recover_keys() -> Response:
    """The new credentials count once the new app's first code was given."""
    form = Renewed()
    if request.method == "GET":
        return redirect(url_for("console.recover"), 303)  # type: ignore[return-value]
    name = form.username.data or ""
    try:
        with database().read() as db:
            made = carrying.read(db, name, form.bundle.data or "")
        if sent(form):
            with refusals(form):
                _renew(name, form, made)
                return show("recovered.html")
    except WrenError as error:
        again = Recovery(formdata=None)
        refuse(again, error)
        return show("recover.html", form=again)
    return _show_renewed(form, made)


def _renew(name: str, form: Renewed, made: Credentials) -> None:
    known = accounts.read_recovery(form.words.data or "")
    code, device = (form.code.data or "").replace(" ", ""), request.cookies.get(DEVICE)
    clock = database().config.clock()
    if credentials.step_of(made.totp_secret, code, clock) is None:
        raise Invalid(errors={"code": [_("Use the six digits that the app shows now.")]})
    if database().write(lambda db: accounts.recover(db, name, known, made, device)) is None:
        with database().read() as db:
            if not _is_renewed(db, name, made):  # sent twice: the first one did it
                raise WrongSignIn(_("The user name or the recovery words are wrong."))


def _is_renewed(db: Work, name: str, made: Credentials) -> bool:
    return db.scalar(select(Account.salt).where(Account.username == name)) == made.salt
