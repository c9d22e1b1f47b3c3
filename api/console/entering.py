"""The way in: signing in, and the password again after a while without a request.

Both are asked for in the place of the page that was wanted. A form that was sent meanwhile is
carried along, boxed, and shown again, filled in, once whoever wrote it is known to be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response, after_this_request, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField

from api.console import caller, guard
from api.console.caller import DEVICE, Me
from api.console.forms import Form, checked, refusals, refuse
from api.console.showing import show
from api.contract import database
from api.rules import accounts, presence, stretching
from shared.errors import SlowDown, WrongSignIn
from shared.schemas import sessions as schemas

_LOCAL = re.compile(r"/console(/[A-Za-z0-9._~-]+)*/?(\?[A-Za-z0-9._~=&%+-]*)?")
_WAYS_IN = ("/console/sign-in", "/console/locked")
_DEVICE_LASTS = 400 * 24 * 60 * 60
"""Seconds: the longest that browsers keep a cookie (RFC 6265bis)."""


class SignInForm(Form):
    """Sent to where the caller wanted to go, or to /console/sign-in with that in `to`."""

    to = HiddenField()
    username = StringField(_l("User name"))
    password = PasswordField(_l("Password"), description=_l("The six words."))
    code = StringField(_l("Code"), description=_l("Six digits, from your authenticator app."))


class LockForm(Form):
    """The password alone: the session is still there."""

    to = HiddenField()
    password = PasswordField(_l("Password"), description=_l("The six words."))


def let_in(keep: Callable[[str], None]) -> Response | None:
    """Lets the caller in, and answers None; or answers the page that asks who they are.

    `keep` is told why a form that was sent is only shown again.
    """
    me = caller.find()
    if me is None:
        form = SignInForm(prefix="wren-")
        if not _tried(form, "username") or not sign_in(form):
            return ask_to_sign_in(form, 401)
        keep(_("You are signed in. Your text is still here: look at it, and send it again."))
    elif caller.is_locked(me) or "wren-password" in request.form:
        lock = LockForm(prefix="wren-")
        if not _tried(lock, "password") or not unlock(lock, me):
            g.me = None
            return _ask_for_password(lock, me)
        keep(_("Your text is still here: look at it, and send it again."))
    else:
        caller.enter(me)
        if guard.asks_for_more() and not g.kept:
            keep(_("Your text is still here: look at it, and send it again."))
    return None


def _tried(form: Form, name: str) -> bool:
    """Whether this form was filled in, on a page that is still good."""
    return g.get("csrf_valid", False) is True and form[name].name in request.form


def sign_in(form: SignInForm) -> Me | None:
    """Begins a session if name, password and code fit; else puts the refusal into the form."""
    with refusals(form):
        code = (form.code.data or "").replace(" ", "")
        typed = {"username": form.username.data, "password": words(form.password.data)}
        return caller.begin(_begin_session(checked(schemas.SignIn, typed | {"code": code})))
    return None


def _begin_session(body: dict[str, str]) -> str:
    """The bearer. Raises `WrongSignIn` or `SlowDown`."""
    name, device = body["username"], request.cookies.get(DEVICE)
    with database().read() as db:
        salt = accounts.salt_for(db, name, device)
    stretched = stretching.password(body["password"], salt)
    found = database().write(
        lambda db: accounts.sign_in(db, name, stretched, body["code"], device)
    )
    if found is None:
        raise WrongSignIn
    _remember_device(found["device"])
    return str(found["session"])


def _remember_device(token: str) -> None:
    """Keeps the token that strangers' wrong tries don't delay the next sign-in here."""

    @after_this_request
    def remember(response: Response) -> Response:
        caller.put(response, DEVICE, token, max_age=_DEVICE_LASTS)
        return response


def unlock(form: LockForm, me: Me) -> bool:
    """Lets the holder of the session in again; else puts the refusal into the form."""
    try:
        with database().read() as db:
            salt = accounts.own_salt(db, me.id)
        stretched = stretching.password(words(form.password.data)[:400], salt)
        right = database().write(lambda db: presence.confirm(db, me.id, stretched))
    except SlowDown as error:
        refuse(form, error)
        return False
    if not right:
        form.password.errors = [_("This is not your password.")]
        form.refused = 401
        return False
    caller.enter(me)
    return True


def words(text: str | None) -> str:
    """Six words as they are stretched: in lower case, single spaces between them."""
    return " ".join((text or "").lower().split())


def ask_to_sign_in(form: SignInForm, status: int = 200) -> Response:
    """The sign-in page, with what was sent carried along."""
    form.to.data = _wanted(form.to.data)
    return show(
        "sign_in.html",
        status,
        form=form,
        action=request.path if request.method == "POST" else url_for("console.sign_in"),
        kept=guard.kept(),
    )


def _ask_for_password(form: LockForm, me: Me) -> Response:
    form.to.data = _wanted(form.to.data)
    return show(
        "locked.html",
        401,
        form=form,
        name=me.name,
        action=request.path if request.method == "POST" else url_for("console.locked"),
        kept=guard.kept(str(me.id)),
    )


def _wanted(to: str | None) -> str:
    return local(to or (request.full_path.removesuffix("?") if request.method == "GET" else ""))


def local(to: str | None) -> str:
    """This address if it is one of the console's own pages, else nothing."""
    if not to or not _LOCAL.fullmatch(to) or ".." in to:
        return ""
    return "" if to.partition("?")[0].rstrip("/") in _WAYS_IN else to
