"""The quick exit: from every page, by a plain link; it signs out and goes somewhere harmless."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, make_response, redirect

from api.contract import database
from api.models.base import Work
from api.rules import report_drafts, sessions
from api.web import language, visits
from api.web.pages import Left, web
from api.web.showing import show
from shared.errors import SignIn


@web.opened("/leave")
def leave() -> Response:
    """Ends everything that this browser has open here, and leaves, also if that fails.

    A link from another site ends nothing: the browser then sends no cookies.
    """
    held = list(visits.every())
    response = make_response(redirect(database().config.leave_to, 303))
    visits.leave(response)
    visits.drop_cookie(response, language.COOKIE)

    def end(db: Work) -> None:
        for _visit, bearer in held:
            if bearer.startswith(report_drafts.PREFIX):
                report_drafts.drop(db, bearer)
            else:
                with suppress(SignIn):
                    sessions.end(db, bearer)

    if held:
        try:
            database().write(end)
        except Exception:  # noqa: BLE001 - to leave matters more; the cookies are gone
            return response
    return response


@web.errorhandler(Left)
def left(_error: Left) -> Response:
    """What there is of a visit that was left: nothing, and nothing says what it was."""
    return show("left.html", 401)
