"""Private notes, and the checks for detriment after closing."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import TextAreaField

from api.console import attaching
from api.console.attaching import Attaching
from api.console.caller import READERS, Me
from api.console.case import change, frame, handled
from api.console.forms import Form, IdField, checked, refusals, sent, text
from api.console.pages import console
from api.console.showing import done, show
from api.console.thread import as_number, as_text, pieces
from api.contract import database
from api.models.base import Work
from api.models.case import CaseCheck
from api.models.note import Note
from api.rules import cases, changing, classification, deadlines, messages, notes, viewing
from shared.errors import NotFound
from shared.schemas.notes import PostCheck, PostNote

PER_PAGE = 50


class WriteNote(Attaching):
    """A note for the handlers of the case."""

    text = TextAreaField(_l("New note"))


class MadeCheck(Form):
    """What a check for detriment found."""

    id = IdField()
    text = TextAreaField(
        _l("What you found"),
        description=_l("Whom you asked, and whether anybody was treated worse for speaking up."),
    )


@console.page("/cases/<reference>/notes", *READERS, form=True, files=True)
def case_notes(me: Me, reference: str) -> Response:
    """The notes and classifications of a case, newest first."""
    form = WriteNote()
    if sent(form) and attaching.take(me, reference, form, "note"):
        with refusals(form):
            content = {"text": text(form.text.data), **attaching.named(form)}
            body = checked(PostNote, {"id": form.id.data, "content": content})
            change(me, reference, lambda db, case: notes.post(
                db, case, me.id, me.keyring, body))  # fmt: skip
            return done(_("The note is kept."), "console.case_notes", reference=reference)
    with database().read() as db:
        values = frame(db, me, reference)
        values |= _page(db, me, values)
    cases.note_opening(database(), me.id, reference)
    return show("case_notes.html", form=form, held=form.held, **values)


def _page(db: Work, me: Me, values: dict[str, Any]) -> dict[str, Any]:
    """A stretch of the notes, newest first, and where the one before begins."""
    case, organisation = values["case"], values["organisation"]
    until = as_number(request.args.get("until"))
    newest = db.scalar(select(func.max(Note.number)).where(Note.case_id == case.id)) or 0
    last = newest if until is None else max(min(until - 1, newest), 0)
    first = max(last - PER_PAGE, 0)
    found = notes.page(
        db, case, me.id, me.keyring, {"after": str(first), "limit": max(last - first, 1)}
    )["items"]
    opened = messages.opener(db, organisation, case, me.id, me.keyring)
    hung = viewing.of_items(db, case.id, opened, "note", found)
    shown = [
        one
        | {
            "pieces": pieces(hung.get(one["id"], ()), of_reporter=False),
            "text": as_text((one.get("content") or {}).get("text")),
            "words": classification.in_words(db, organisation, one["content"])
            if one["kind"] == notes.CLASSIFICATION and "content" in one
            else None,
        }
        for one in found
    ]
    return {"items": shown[::-1], "earlier": first + 1 if first else None, "later": last < newest}


@console.page("/cases/<reference>/checks/<int:months>", *READERS, form=True)
def case_check(me: Me, reference: str, months: int) -> Response:
    """A check for detriment so many months after closing, and what it found."""
    form, values = MadeCheck(), handled(me, reference)
    with database().read() as db:
        known = months in deadlines.CHECK_MONTHS
        found = db.get(CaseCheck, (values["case"].id, months)) if known else None
        if found is None:
            raise NotFound
    if sent(form):
        with refusals(form):
            content = {"text": text(form.text.data)}
            given = {"id": form.id.data, "months": months, "content": content}
            body = checked(PostCheck, given)
            change(me, reference, lambda db, case: changing.check_detriment(
                db, case, me.id, me.keyring, body))  # fmt: skip
            return done(_("The check is noted."), "console.case", reference=reference)
    return show("case_check.html", form=form, check=found, **values)
