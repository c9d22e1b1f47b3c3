"""A request for consent: what is asked, and the answer, looked at twice before it is signed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Response
from flask import request as sent
from flask_babel import gettext as _

from api.contract import Who, database
from api.rules import own_changes
from api.rules.own_case import OwnCase
from api.rules.own_changes import ANSWERS_TO, STOP
from api.web.bubbles import Bubbles
from api.web.pages import go, web
from api.web.reading import Reading, change, ids, readers_of, settle
from api.web.showing import show
from shared import consents
from shared.errors import Invalid, NoReader, NotFound
from shared.who import Reader


def _request(who: Who, request: UUID) -> dict[str, Any]:
    with database().read() as db:
        own = readers_of(db, who).own
        asked = consents.asked(own.messages).get(request)
        if asked is None or not asked.handlers:
            raise NotFound
        made = Bubbles(own, {}, db.now)
        message = next(one for one in own.messages if one.id == request)
    names = [made.name(one) for one in asked.handlers]
    return {"item": made.item(message), "names": names, "stands": own.stands(asked)}


@web.case("/c/<visit:visit>/answer/<uuid:request>")
def consent(who: Who, visit: str, request: UUID) -> Response:
    """What a handler asks, and how it was answered; or the ways to answer."""
    return show("consent.html", visit=visit, request=request, **_request(who, request))


@web.case("/c/<visit:visit>/answer/<uuid:request>/<any(yes,no,stop):what>", form=True)
def consent_sure(who: Who, visit: str, request: UUID, what: str) -> Response:
    """The second look: asks once more, and signs the answer."""
    asked: Collection[Reader] = ()
    agreed: frozenset[UUID] = frozenset()
    faults: Mapping[str, str] = {}
    if sent.method == "POST":
        try:
            agreed = settle(who)
            asked = _answer(who, request, what, agreed)
            if not asked:
                return go("web.consent", visit=visit, request=request)
        except NoReader:
            faults = {"": _("Nobody would be left to read it, so nothing was changed.")}
        except Invalid:
            faults = {"": _("This can’t be answered as it was asked. Ask them to ask again.")}
    found = _request(who, request)
    if found["stands"] != ANSWERS_TO[what]:
        return go("web.consent", visit=visit, request=request)
    return show(
        "consent_sure.html", status=422 if asked else 200, visit=visit, request=request,
        what=what, id=_id(), asked=asked, agreed=agreed, faults=faults, **found,
    )  # fmt: skip


def _answer(who: Who, request: UUID, what: str, agreed: Collection[UUID]) -> tuple[Reader, ...]:
    """Signs the answer; nothing, and who has to be asked about, if there is somebody.

    To take a consent back is never held up by whom else there may be.
    """

    def judge(own: OwnCase) -> tuple[Reader, ...]:
        return () if what == STOP else Reading(own, own.readers()).unagreed(agreed)

    answer_id = _id()
    return change(
        who, lambda db, own: own_changes.answer(db, own, request, answer_id, what), judge
    )


def _id() -> UUID:
    """The answer's id: it travels in the form, so that a second click stores nothing."""
    return next(iter(ids([sent.form.get("id", "")])), None) or uuid4()
