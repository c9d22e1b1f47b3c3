"""Coming back with the eight words, and what there is instead of a case that is not open.

Unknown, withdrawn and expired words get the same answer after the same work. What was being
written when a session ended is not lost: the page that says so holds it, and after the words
it stands in its box again, not sent, if they are the words of the same case.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from flask import Response, current_app, g, request
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from api.contract import Who, database, stretched
from api.models.base import Work
from api.rules import sessions
from api.web import ending, visits
from api.web.pages import CASE, KEY, form_key, go, opened_by, text, web
from api.web.replying import message_id
from api.web.showing import error_page, show
from api.web.thread import Typed, show_case
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

_CLOSING = "closing"
_DROPPED = re.compile("[\\u00ad\\u200c-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]")
_NO_LETTERS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Kept:
    """What was being written: in which form (`at`), of which case (`of`, its form's key)."""

    text: str = field(default="", repr=False)
    id: str = ""
    of: str = field(default="", repr=False)
    at: str = ""
    answer: str = ""


@web.opened("/return", form=True)
def come_back() -> Response:
    """Asks for the eight words, and opens their case."""
    if request.method != "POST":
        return show("return.html", words="", kept=None)
    kept = _sent_again()
    typed = text("words")
    words = tidy(typed)
    faults = _faults(words)
    if faults:
        shown = typed if len(typed) <= MOST else ""
        return show("return.html", words=shown, kept=kept, faults={"words": faults})
    try:
        return _enter(stretched({"token": words}), kept)
    except BadToken as error:
        return show("return.html", words=typed, kept=kept, faults={"words": error.detail})
    except UnknownToken as error:
        return show("return.html", words="", kept=kept, faults={"words": error.detail})


def tidy(typed: str) -> str:
    """The words alone: numbers before them, and all that is no letter, are breaks."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKD", typed))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return _NO_LETTERS.sub(" ", plain).strip()


def _faults(words: str) -> str:
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


def enter(root: Root) -> Response:
    """Opens the case of these words in a visit of its own, and goes there.

    Raises `UnknownToken`.
    """
    return _enter(root, None)


def _enter(root: Root | None, kept: Kept | None) -> Response:
    visit = visits.new()
    held = list(visits.every())

    def begin(db: Work) -> tuple[str, list[str]]:
        bearer = str(sessions.start_for_reporter(db, None, root)["session"])
        return bearer, [one for one, value in held if _is_over(db, value)]

    bearer, over = database().write(begin)
    for one in over:
        visits.close(one)
    visits.open_(visit, bearer)
    if kept is None:
        return go("web.case_page", visit=visit, _anchor="newest")
    return _go_on(opened_by(bearer), visit, kept)


def _is_over(db: Work, bearer: str) -> bool:
    """Whether this is a case's session that has ended."""
    if not bearer.startswith("wr_"):
        return False
    try:
        sessions.find(db, bearer, ("reporter",))
    except SignIn:
        return True
    return False


def _go_on(who: Who, visit: str, kept: Kept) -> Response:
    """The form that was being filled in, as it was, at the case that was opened."""
    if kept.of != form_key(who):
        other = _("What you had written is for another report. It was not filled in here.")
        return show_case(who, visit, notice=str(other))
    back = str(_("You are back. What you wrote is in its box again. It was not sent yet."))
    if kept.at == _CLOSING:
        return ending.show_closing(who, visit, kept.id, kept.answer, kept.text, notice=back)
    return show_case(who, visit, Typed(kept.id, kept.text), notice=back)


# --- a case that is not open -------------------------------------------------------------


def _sent_again() -> Kept | None:
    """What the page of an ended session held."""
    form: MultiDict[str, str] = request.form
    if not form.get("of"):
        return None
    return Kept(text("text"), message_id(), form["of"], form.get("at", ""), form.get("answer", ""))


def _kept() -> Kept | None:
    """What was sent with a form of a case, if that was words of one's own."""
    at = {"web.case_page": "", "web.closing": _CLOSING}.get(request.endpoint or "")
    if request.method != "POST" or at is None:
        return None
    written = text("comment" if at else "text")
    answer = request.form.get("answer", "")
    if not written.strip() and not answer:
        return None
    return Kept(written, message_id(), request.form.get(KEY, "") or "-", at, answer)


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
        kept=_kept(),
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
    return show("case_stopped.html", error.status, error=error, visit=visit, kept=_kept())


def _is_stopped(error: SealingError) -> bool:
    return isinstance(
        error, BrokenChain | BadKey | WrongKey | Damaged | BadSignature | UnknownVersion
    )


@web.errorhandler(SealingError)
def not_sound(error: SealingError) -> Response:
    """A refusal of what is sealed, as a page."""
    return stopped(error) if _is_stopped(error) else error_page(error)
