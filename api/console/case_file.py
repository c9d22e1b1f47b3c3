"""A case file: the case taken out of Wren, whole, or as an investigation may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, TextAreaField

from api.console.caller import READERS, Me
from api.console.case import handled
from api.console.forms import Form, checked, refusals, sent, text
from api.console.pages import console
from api.console.showing import show
from api.contract import database
from api.exporting import case_file as answer
from api.rules import case_contents, exporting, organisations
from shared.errors import SealingError
from shared.schemas.exports import ExportCase

WHOLE: Mapping[str, Any] = {"kind": exporting.FULL, "summary": "", "notes": False,
                            "originals": False}  # fmt: skip


class Full(Form):
    """The whole case, for the desk's own file."""

    notes = BooleanField(_l("With the private notes"))
    originals = BooleanField(
        _l("With files exactly as they were sent"),
        description=_l("They may say who made them. Without this only cleaned copies go along."),
    )


class Sharing(Form):
    """What the reporter allows an investigation to see, and the handler's words for the rest."""

    summary = TextAreaField(
        _l("What it is about, in your words"),
        description=_l(
            "Name nobody who could be the reporter. Leave out days, shifts and what only they "
            "could know."
        ),
    )


@console.page("/cases/<reference>/file", *READERS, form=True)
def case_file(me: Me, reference: str) -> Response:
    """Makes a case file; the page stays, and the file comes as a download."""
    values = handled(me, reference)
    kind = request.form.get("kind")
    full = Full() if kind == exporting.FULL else Full(formdata=None)
    sharing = Sharing() if kind == exporting.SHARING else Sharing(formdata=None)
    form: Full | Sharing = sharing if kind == exporting.SHARING else full
    if kind in (exporting.FULL, exporting.SHARING) and sent(form):
        given = (
            {"summary": text(sharing.summary.data)}
            if form is sharing
            else {"notes": full.notes.data, "originals": full.originals.data}
        )
        with refusals(form):
            return answer(me, reference, checked(ExportCase, {"kind": kind} | given))
    with database().read() as db:
        names = organisations.names(db, values["organisation"])
        made = exporting.of_case(db, values["case"].id, names)
        try:
            opened = exporting.open_for(db, me.id, me.keyring, reference, WHOLE)
            allowed = len(case_contents.shared_pieces(opened))
        except SealingError:
            allowed = 0
    return show(
        "case_file.html", full=full, sharing=sharing, form=form, made=made, allowed=allowed,
        **values,
    )  # fmt: skip
