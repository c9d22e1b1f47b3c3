"""Links between cases that name the same group or person."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from api.console.caller import READERS, Me
from api.console.case import change, frame
from api.console.forms import Form, checked, refusals, sent
from api.console.inbox import desks
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.rules import drafts, inbox, links
from shared.schemas.cases import Link


class AddLink(Form):
    """The other case."""

    reference = StringField(
        _l("Reference of the other case"), description=_l("Like EEA-7F3K2QX9ZB.")
    )


@console.page("/cases/<reference>/links", *READERS, form=True)
def case_links(me: Me, reference: str) -> Response:
    """The cases that are linked with this one, of those that the caller can open."""
    form = AddLink()
    if sent(form):
        with refusals(form):
            other = "".join((form.reference.data or "").upper().split())
            body = checked(Link, {"reference": other})
            change(me, reference, lambda db, _case: links.add(
                db, me.id, reference, body["reference"]))  # fmt: skip
            return done(_("The cases are linked."), "console.case_links", reference=reference)
    with database().read() as db:
        values = frame(db, me, reference)
        items = inbox.linked(db, me.id, reference)
        values |= {"drafts": drafts.of(db, me.id), "desks": desks(db, me)}
    return show("case_links.html", form=form, items=items, **values)


@console.act("/cases/<reference>/links/<other>/remove", *READERS, back="console.case_links")
def case_unlink(me: Me, reference: str, other: str) -> Response:
    """Takes a link away."""
    change(me, reference, lambda db, _case: links.remove(db, me.id, reference, other))
    return done(_("The link is gone."), "console.case_links", reference=reference)
