"""Writing in a case: never to somebody whom the reporter was not asked about, never twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from api.contract import Who, database
from api.models.base import Work
from api.models.case import Case
from api.rules import messages
from api.rules.own_case import OwnCase
from api.web import aside, language, steps, visits
from api.web.aside import message_id
from api.web.pages import form_keys, go, text, web
from api.web.reading import Reading, change, settle
from api.web.thread import Typed, show_case
from shared.errors import Conflict, Invalid, NotFound, SealingError, SignIn, Unavailable, WrenError
from shared.schemas.base import STORY, load
from shared.schemas.messages import PostReporterMessage
from shared.sealing.encoding import REPORTER
from shared.who import Reader

_CHECKS = PostReporterMessage()
_OWN_PAGES = (SignIn, SealingError, Unavailable)
"""Refusals that have pages of their own."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was not sent: what is wrong, or who has to be asked about first."""

    faults: dict[str, str] = field(default_factory=dict)
    asked: tuple[Reader, ...] = ()
    agreed: frozenset[UUID] = frozenset()
    used: bool = False


@web.case("/c/<visit:visit>", form=True)
def case_page(who: Who, visit: str) -> Response:
    """The conversation; what is written in its box is sent to this address too."""
    if request.method != "POST":
        kept, notice = (
            aside.find(who, aside.REPLY) if "before" not in request.args else (None, None)
        )
        return show_case(who, visit, Typed(kept.id, kept.text) if kept else None, notice=notice)
    if language.switched():
        return _switch(who, visit)
    typed = Typed(message_id(), text("text").strip())
    faults = faults_of(typed.text)
    refused = Refused(faults) if faults else _send(who, typed)
    if refused is None:
        return go("web.case_page", visit=visit, _anchor="newest")
    typed = Typed(Typed().id if refused.used else typed.id, seen(typed.text))
    return show_case(
        who, visit, typed, faults=refused.faults, asked=refused.asked, agreed=refused.agreed
    )


def _switch(who: Who, visit: str) -> Response:
    """The page in another language, with what was written in its box again."""
    kept = aside.of_form()
    if kept is not None:
        database().write(lambda db: aside.put(db, who.bearer, kept, form_keys(who)))
    response = go("web.case_page", visit=visit, _anchor="newest")
    visits.put_cookie(response, language.COOKIE, language.switched())
    return response


def faults_of(written: str, most: int = STORY, name: str = "text") -> dict[str, str]:
    """What is wrong with a text before anything is asked of the service, by field."""
    if seen(written) != written:
        return {name: steps.unseen()}
    over = len(written) - most
    if not written:
        return {name: str(_("Write something here."))}
    if over > 0:
        said = ngettext(
            "This is %(over)s character too long to send.",
            "This is %(over)s characters too long to send.",
            over,
            over=language.number(over),
        )
        return {name: str(said)}
    return {}


def seen(written: str) -> str:
    """A text without what a paste can bring that nobody can see."""
    return str(steps.seen({"": written})[""])


def _send(who: Who, typed: Typed) -> Refused | None:
    body = {"id": typed.id, "content": {"text": typed.text}}
    try:
        checked = load(_CHECKS, body)
    except Invalid as error:
        return Refused({"text": first_of(error)})

    def rule(db: Work) -> None:
        case = db.get_one(Case, who.id)
        messages.post(db, case, REPORTER, who.keyring, checked)
        aside.drop(db, who, aside.REPLY)

    return send(who, rule)


def send(who: Who, rule: Callable[[Work], object]) -> Refused | None:
    """Runs a rule that sends something to the readers; None if it was sent.

    Nobody comes between the question who reads and the rule. Raises `SignIn` if the case is
    gone, and where it does not check as `own_case.open_own`.
    """
    agreed: frozenset[UUID] = frozenset()

    def judge(own: OwnCase) -> tuple[Reader, ...]:
        return Reading(own, own.readers()).unagreed(agreed)

    try:
        agreed = settle(who)
        asked = change(who, lambda db, _own: rule(db), judge)
    except NotFound:
        raise SignIn from None
    except _OWN_PAGES:
        raise
    except Invalid as error:
        return Refused({"": first_of(error)}, agreed=agreed)
    except Conflict as error:
        said = error.detail if error.detail != Conflict.default else _(
            "A message was sent from this page before. Look at the conversation; if this is a "
            "new one, send it again."
        )  # fmt: skip
        return Refused({"": str(said)}, agreed=agreed, used=True)
    except WrenError as error:
        return Refused({"": error.detail}, agreed=agreed)
    return Refused(asked=asked, agreed=agreed) if asked else None


def first_of(error: Invalid) -> str:
    """The first sentence about what is wrong."""
    found: object = error.errors
    while isinstance(found, dict | list) and found:
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return found if isinstance(found, str) else error.detail
