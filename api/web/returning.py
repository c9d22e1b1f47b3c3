"""Coming back with the eight words, and what there is instead of a case that is not open.

Unknown, withdrawn and expired words get the same answer after the same work. What was being
written when a session ended is not lost: the page that says so holds it, and after the words
it stands in its box again, not sent, if they are the words of the same case (`aside.py`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask import Response, current_app, g, request
from flask_babel import gettext as _
from flask_babel import ngettext

from api.contract import Who, database, stretched
from api.models.base import Work
from api.rules import sessions
from api.web import aside, visits
from api.web.aside import Kept
from api.web.pages import CASE, form_keys, go, text, web
from api.web.showing import error_page, show
from shared.errors import (
    BadKey,
    BadSignature,
    BadToken,
    BrokenChain,
    Damaged,
    SealingError,
    SignIn,
    UnknownToken,
    UnknownVersion,
    WrenError,
    WrongKey,
)
from shared.sealing import tokens
from shared.sealing.stretch import Root

MOST = 400
"""Characters of words that are worth showing again, to be mended."""

_DROPPED = re.compile("[\\u00ad\\u200c-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]")
_NO_LETTERS = re.compile(r"[\W\d_]+")


@web.opened("/return", form=True)
def come_back() -> Response:
    """Asks for the eight words, and opens their case: what is right is always redirected.

    A form of before the browser was left is as if it had not been sent: a browser can send it
    again, whoever sits there now.
    """
    if request.method != "POST" or aside.is_left():
        return _asked()
    typed = text("words")
    if len(typed) > MOST:
        return _refused("", _("This is too long for eight words."))
    words = tidy(typed)
    if fault := _fault(words):
        return _refused(typed, fault)
    try:
        return _enter(stretched({"token": words}), aside.sent_again())
    except BadToken as error:
        return _refused(typed, error.detail)
    except UnknownToken as error:
        return _refused("", error.detail)


def _asked(words: str = "", **values: Any) -> Response:
    return show("return.html", words=words, stamp=visits.stamp(), **{"kept": None} | values)


def _refused(words: str, fault: str) -> Response:
    """The page again, with what is wrong. The words stand there to be mended for a while only."""
    old = visits.left_since(request.form.get(aside.STAMP, ""))
    return _asked("" if old else words, kept=aside.sent_again(), faults={"words": fault})


def tidy(typed: str) -> str:
    """The words alone: numbers before them, and all that is no letter, are breaks."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", typed))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return _NO_LETTERS.sub(" ", plain).strip()


def _fault(words: str) -> str:
    """What can be said of words without looking for their case; empty if nothing."""
    typed = tokens.split(words)
    if not typed:
        return str(_("Type your eight words."))
    if len(typed) != tokens.WORD_COUNT:
        return str(
            ngettext(
                "There should be eight words; there is %(num)s.",
                "There should be eight words; there are %(num)s.",
                len(typed),
            )
        )
    wrong = [str(place) for place, one in enumerate(typed, 1) if tokens.find(one) is None]
    if not wrong:
        return ""
    return str(
        ngettext(
            "Word %(places)s is not one of Wren’s words. Check its spelling.",
            "Words %(places)s are not among Wren’s words. Check their spelling.",
            len(wrong),
            places=", ".join(wrong),
        )
    )


def enter(root: Root, page: str = "web.case_page") -> Response:
    """Opens the case of these words in a visit of its own, and goes there, to this page of it.

    Raises `UnknownToken`.
    """
    return _enter(root, None, page)


def _enter(root: Root | None, kept: Kept | None, first: str = "web.case_page") -> Response:
    visit = visits.new()
    held = list(visits.every())

    def begin(db: Work) -> tuple[str, str, list[str]]:
        bearer, page = str(sessions.start_for_reporter(db, None, root)["session"]), first
        if kept is not None:
            found = sessions.find(db, bearer, ("reporter",))
            who = Who(found.kind, found.subject, None, bearer)
            page = aside.put(db, bearer, kept, form_keys(who))
        return bearer, page, [one for one, value in held if _is_over(db, value)]

    bearer, page, over = database().write(begin)
    for one in over:
        visits.close(one)
    visits.open_(visit, bearer)
    return go(
        page, visit=visit, _anchor="newest" if kept is None and page == "web.case_page" else None
    )


def _is_over(db: Work, bearer: str) -> bool:
    """Whether this is a case's session that has ended."""
    if not bearer.startswith("wr_"):
        return False
    try:
        sessions.find(db, bearer, ("reporter",))
    except SignIn:
        return True
    return False


# --- a case that is not open -------------------------------------------------------------


def _is_of_case() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "wren_needs", None) == ("reporter",)


@web.errorhandler(SignIn)
def ended(error: SignIn) -> Response:
    """What is said where a case is not open, or not any more. Nothing that was typed is lost."""
    if not _is_of_case():
        return error_page(error)
    visit = (request.view_args or {}).get("visit", "")
    return show(
        "ended.html",
        401,
        words="",
        stamp=visits.stamp(),
        kept=aside.of_form(),
        sent=request.method == "POST",
        withdrawing=request.method == "POST" and request.endpoint == "web.withdraw_sure",
        held=bool(visits.bearer(visit)),
    )


def stopped(error: WrenError) -> Response:
    """The case does not check, so nothing of it is shown, and nothing is sent."""
    if not _is_of_case():
        return error_page(error)
    g.least = CASE
    visit = (request.view_args or {}).get("visit", "")
    return show("case_stopped.html", error.status, error=error, visit=visit, kept=aside.of_form())


def _is_stopped(error: SealingError) -> bool:
    return isinstance(
        error, BrokenChain | BadKey | WrongKey | Damaged | BadSignature | UnknownVersion
    )


@web.errorhandler(SealingError)
def not_sound(error: SealingError) -> Response:
    """A refusal of what is sealed, as a page."""
    return stopped(error) if _is_stopped(error) else error_page(error)
