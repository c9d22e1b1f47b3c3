"""Refusals in the words of somebody at a browser; the API's speak of calls and JSON."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from api.texts import told
from shared import errors
from shared.errors import WrenError

_WORDS = {
    errors.BadRequest: (
        _l("That could not be read"),
        _l("The page was sent in a form that can’t be read. Go back, and send it again."),
    ),
    errors.SignIn: (
        _l("This page has ended"),
        _l("It was left, or nothing happened for an hour. What was sent before that is safe."),
    ),
    errors.NotAllowed: (
        _l("That can’t be done from here"),
        _l("Go back to the page before, open it again, and try once more. Nothing was sent."),
    ),
    errors.NotFound: (
        _l("Page not found"),
        _l("There is no page at this address. If you typed it in, check it letter by letter."),
    ),
    errors.WrongMethod: (
        _l("Page not found"),
        _l("This address can’t be used in that way. Begin from the start."),
    ),
    errors.TooLarge: (
        _l("That is too much at once"),
        _l("Nothing was sent. Go back, and make the text shorter."),
    ),
    errors.WrongType: (
        _l("That could not be read"),
        _l("The page was sent in a form that can’t be read. Go back, and send it again."),
    ),
    errors.SlowDown: (
        _l("Wait a little"),
        _l(
            "There are many tries just now. Nothing you typed is lost: load this page again in a "
            "minute. If the browser asks whether to send it again, say yes."
        ),
    ),
    errors.Unavailable: (
        _l("Not available just now"),
        _l(
            "The service can’t store anything at the moment. Nothing you typed is lost: load this "
            "page again in a few minutes. If the browser asks whether to send it again, say yes."
        ),
    ),
    WrenError: (
        _l("Something went wrong"),
        _l(
            "The service made a mistake. Nothing was stored. Load this page again; if the browser "
            "asks whether to send it again, say yes."
        ),
    ),
}


def words(error: WrenError) -> tuple[str, str]:
    """A refusal's title and sentence. A sentence that a rule gave for this very case stays."""
    title, detail = _WORDS.get(type(error), (None, None))
    if title is None:
        return told(error.title), told(error.detail)
    own = error.detail != type(error).default
    return str(title), told(error.detail) if own else str(detail)
