"""Signing in and out, locking, and what a browser remembers: colours, the organisation shown."""

from __future__ import annotations

from flask import Response, after_this_request, g, make_response, redirect, request, url_for

from api.console import caller, entering, navigation, showing
from api.console.caller import Me
from api.console.entering import SignInForm, ask_to_sign_in
from api.console.pages import ANYONE, console
from api.contract import database
from api.rules import sessions
from shared.errors import NotFound

_YEAR = 365 * 24 * 60 * 60


def _go(to: str) -> Response:
    return make_response(redirect(to, 303))


@console.page("", *ANYONE)
def start(me: Me) -> Response:
    """The caller's first page."""
    return _go(navigation.home(me))


@console.opened("/sign-in", form=True)
def sign_in() -> Response:
    """User name, password and code."""
    form = SignInForm(prefix="wren-")
    if request.method == "GET":
        known = caller.find()
        if known is not None and not caller.is_locked(known):
            return _go(navigation.home(known))
    elif not g.kept:
        me = entering.sign_in(form)
        if me is not None:
            return _go(entering.local(form.to.data) or navigation.home(me))
        return ask_to_sign_in(form, form.refused)
    return ask_to_sign_in(form)


@console.opened("/sign-out", form=True)
def sign_out() -> Response:
    """Ends the session; also a locked one, and one whose page is old."""
    bearer = request.cookies.get(caller.SESSION)
    if request.method == "POST" and bearer and bearer.startswith("wa_"):
        database().write(lambda db: sessions.end(db, bearer))
        caller.leave()
    return _go(url_for("console.sign_in"))


@console.page("/locked", *ANYONE, form=True)
def locked(me: Me) -> Response:
    """Where a locked session is opened again: then the page that was wanted is shown."""
    return _go(entering.local(request.form.get("wren-to")) or navigation.home(me))


@console.page("/lock", *ANYONE, form=True)
def lock(me: Me) -> Response:  # noqa: ARG001 - every page gets it
    """Locks at once."""
    if request.method == "POST" and not g.kept:
        caller.lock()
    return _go(url_for("console.locked"))


@console.page("/here", *ANYONE)
def here(me: Me) -> Response:  # noqa: ARG001
    """Asked for now and then while somebody types, so that a long text is not locked away."""
    return Response(status=204)


@console.opened("/theme", form=True)
def theme() -> Response:
    """Light, dark, or as the system has it; works without a session."""
    to = entering.local(request.form.get("to")) or url_for("console.start")
    chosen = request.form.get("theme")
    if request.method == "POST" and chosen in showing.THEMES:

        @after_this_request
        def remember(response: Response) -> Response:
            # Read by the page's own script, so not HttpOnly; it tells nothing.
            response.set_cookie(
                showing.THEME, str(chosen), _YEAR, path="/console", secure=True, samesite="Strict"
            )
            return response

    return _go(to)


@console.page("/show", *ANYONE, form=True)
def choose(me: Me) -> Response:
    """Whose cases are shown: those of one organisation, or of all with a mark."""
    slug = request.form.get("organisation", "")
    if request.method == "POST" and not g.kept:
        if slug and slug not in {one.slug for one in me.places}:
            raise NotFound
        caller.choose(slug or None)
    return _go(entering.local(request.form.get("to")) or url_for("console.start"))
