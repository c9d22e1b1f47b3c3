"""The end of a case and of a visit: the closing question, withdrawing, the proof, closing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import gettext as _

from api.contract import Who, database
from api.models.base import Work
from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import proofs, sessions, withdrawing
from api.web import aside, visits
from api.web.aside import message_id
from api.web.bubbles import closing_answers
from api.web.pages import CASE, form_key, go, text, web
from api.web.replying import Refused, faults_of, first_of, seen, send
from api.web.showing import STEP, show
from api.web.thread import talk
from shared.errors import Invalid, SignIn
from shared.schemas.base import ANSWER, load
from shared.schemas.cases import Proof
from shared.schemas.messages import ANSWERS, Feedback
from shared.who import Reader

_CHECKS, _WRITES = Feedback(), Proof()
FILE = "wren.json"
"""What a proof is called on the device: nothing that says what it is."""


# --- the closing question ----------------------------------------------------------------


@web.case("/c/<visit:visit>/last", form=True)
def closing(who: Who, visit: str) -> Response:
    """The one question at the end of a case, answered once."""
    if request.method != "POST":
        kept, notice = aside.find(who, aside.CLOSING)
        if kept is None:
            return show_closing(who, visit, message_id(), notice=notice)
        return show_closing(who, visit, kept.id, kept.answer, kept.text, notice=notice)
    chosen, comment = request.form.get("answer", ""), text("comment").strip()
    faults = faults_of(comment, ANSWER, "comment") if comment else {}
    if chosen not in ANSWERS:
        faults = {"answer": str(_("Choose one of the four.")), **faults}
    refused = Refused(faults) if faults else _answer(who, chosen, comment)
    if refused is None:
        return go("web.case_page", visit=visit, _anchor="newest")
    return show_closing(
        who,
        visit,
        message_id(),
        chosen,
        seen(comment),
        faults=refused.faults,
        asked=refused.asked,
        agreed=refused.agreed,
    )


def _answer(who: Who, chosen: str, comment: str) -> Refused | None:
    body = {"id": message_id(), "answer": chosen, "content": {"comment": comment}}
    try:
        checked = load(_CHECKS, body)
    except Invalid as error:
        return Refused({"comment": first_of(error)})

    def rule(db: Work) -> None:
        withdrawing.answer_closing(db, who.id, who.keyring, checked)
        aside.drop(db, who, aside.CLOSING)

    return send(who, rule)


def show_closing(
    who: Who,
    visit: str,
    id_: str,
    chosen: str = "",
    comment: str = "",
    *,
    faults: dict[str, str] | None = None,
    asked: Sequence[Reader] = (),
    agreed: Sequence[UUID] | frozenset[UUID] = (),
    notice: str | None = None,
) -> Response:
    """The page of the question; of a case that is open, or has the answer, one that says so."""
    g.least, g.form_key = CASE, form_key(who)
    found = talk(who)
    return show(
        "closing.html",
        status=422 if asked else 200,
        visit=visit,
        open=found.reading.own.row.status != "closed",
        answered=found.reading.own.row.answered,
        answers=[(code, name, "") for code, name in closing_answers().items()],
        id=id_,
        chosen=chosen,
        comment=comment,
        faults=faults or {},
        asked=asked,
        agreed=agreed,
        notice=notice,
        stamp=visits.stamp(),
    )


# --- withdrawing -------------------------------------------------------------------------


@web.case("/c/<visit:visit>/end")
def withdraw(who: Who, visit: str) -> Response:
    """What goes, what stays, and what can't be taken back."""
    return show("withdraw.html", visit=visit, case=_case(who), sure=False)


@web.case("/c/<visit:visit>/end/sure", form=True)
def withdraw_sure(who: Who, visit: str) -> Response:
    """Asks once more; then the report goes, and with it every session that opened it here."""
    if request.method != "POST":
        return show("withdraw.html", visit=visit, case=_case(who), sure=True)

    def rule(db: Work) -> tuple[dict[str, Any], list[str], str]:
        case = db.get(Case, who.id)
        if case is None:
            raise SignIn
        slug = db.get_one(Organisation, case.organisation_id).slug
        ended = _end_all(db, who)
        return withdrawing.withdraw(db, who.id), ended, slug

    answer, ended, slug = database().write(rule)
    for one in ended:
        visits.bury(one)
    return show("withdrawn.html", answer=answer, slug=slug)


def _end_all(db: Work, who: Who) -> list[str]:
    """Ends every session with which this browser has the case open; their visits."""
    mine = [(one, value) for one, value in visits.every() if _opens(db, value, who.id)]
    for _one, value in mine:
        sessions.end(db, value)
    return [one for one, _value in mine]


def _opens(db: Work, bearer: str, case: UUID) -> bool:
    try:
        return sessions.find(db, bearer, ("reporter",)).subject == case
    except SignIn:
        return False


def _case(who: Who) -> Case:
    with database().read() as db:
        found = db.get(Case, who.id)
    if found is None:
        raise SignIn
    return found


# --- the proof ---------------------------------------------------------------------------


@web.case("/c/<visit:visit>/file", form=True)
def proof(who: Who, visit: str) -> Response:
    """What the proof is, and the file itself: as `GET /case/proof`, with spaces at its end."""
    if request.method != "POST":
        return show("proof.html", visit=visit, file=FILE)
    with database().read() as db:
        if db.get(Case, who.id) is None:
            raise SignIn
        found = _WRITES.dump(proofs.proof(db, who.id))
    body = json.dumps(found, ensure_ascii=False).encode()
    padded = body + b" " * (-(len(body) + 1) % STEP) + b"\n"
    response = Response(padded, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


# --- closing the visit -------------------------------------------------------------------


@web.case("/c/<visit:visit>/close", form=True)
def close(who: Who, visit: str) -> Response:
    """Ends the sessions of the case in all tabs, and leads to the organisation's page."""
    if request.method != "POST":
        return go("web.case_page", visit=visit)

    def rule(db: Work) -> tuple[list[str], str]:
        case = db.get(Case, who.id)
        if case is None:
            raise SignIn
        return _end_all(db, who), db.get_one(Organisation, case.organisation_id).slug

    ended, slug = database().write(rule)
    for one in ended:
        visits.bury(one)
    return go("web.organisation", slug=slug)
