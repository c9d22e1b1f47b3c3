"""Handing all cases of a leaving handler to a colleague."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, HiddenField, SelectField

from api.console.caller import READERS, Me, Place
from api.console.forms import Form, checked, options, refusals, sent
from api.console.pages import console
from api.console.recording import chosen_place
from api.console.showing import done, show
from api.contract import database
from api.rules import handovers, organisations
from shared.errors import Invalid
from shared.schemas.readers import Handover


class HandOver(Form):
    """Whose cases, and to whom."""

    organisation = HiddenField()
    leaver = SelectField(_l("Cases of"), validate_choice=False)
    taker = SelectField(_l("Go to"), validate_choice=False)
    sure = BooleanField(_l("Hand over all of them that I can open"))


@console.page("/handover", *READERS, form=True)
def handover(me: Me) -> Response:
    """Gives all cases of one handler, as far as the caller can open them, to another."""
    form = HandOver()
    place = chosen_place(me, form)
    if sent(form):
        with refusals(form):
            found = _hand_over(me, place, form)
            said = ngettext(
                "%(num)s case was handed over.", "%(num)s cases were handed over.", found["moved"]
            )
            if found["left"]:
                said += " " + ngettext(
                    "%(num)s stays: they are not of its desk, or the reporter left them out.",
                    "%(num)s stay: they are not of their desk, or the reporter left them out.",
                    found["left"],
                )
            return done(said, "console.inbox")
    with database().read() as db:
        roster = organisations.find_roster(db, organisations.find(db, place.slug))
    people: dict[UUID, tuple[str, bool]] = {}
    for one in roster.newest.handlers if roster else ():
        people[one.id] = (one.name, not one.until or people.get(one.id, ("", False))[1])
    here = [(str(who), name) for who, (name, active) in people.items() if active]
    left = [(str(who), _("%(name)s (left)", name=name))
            for who, (name, active) in people.items() if not active]  # fmt: skip
    none = ("", _("choose"))
    form.leaver.choices = options([none, *left, *here])
    form.taker.choices = options([none, *here])
    return show("handover.html", form=form, place=place, places=me.at(*READERS))


def _hand_over(me: Me, place: Place, form: HandOver) -> dict[str, int]:
    errors: dict[str, object] = {}
    for name in ("leaver", "taker"):
        if not form[name].data:
            errors[name] = [_("Choose somebody.")]
    if not form.sure.data:
        errors["sure"] = [_("Confirm this, or go back.")]
    if errors:
        raise Invalid(errors=errors)
    try:
        values: dict[str, Any] = {"from": form.leaver.data, "to": form.taker.data}
        body = checked(Handover, {"organisation": place.slug, **values})
    except Invalid as error:
        called = {"from": "leaver", "to": "taker"}
        raise Invalid(
            errors={called.get(name, name): fault for name, fault in error.errors.items()}
        ) from None
    return handovers.hand_over(database(), me.id, me.keyring, body)
