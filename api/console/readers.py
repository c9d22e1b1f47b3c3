"""Who reads a case: let in, taken out, and the reporter's consent for others."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from api.console.caller import READERS, Me
from api.console.case import change, frame, handled
from api.console.forms import (
    CheckboxesField,
    DayField,
    Form,
    IdField,
    checked,
    options,
    refusals,
    sent,
    text,
)
from api.console.pages import console
from api.console.showing import day_text, done, show
from api.contract import database
from api.models.base import Work
from api.models.case import Case
from api.rules import cases, consents, identifying, messages, organisations, readers, reading
from api.rules.unlocking import by_handler
from shared.errors import NotFound
from shared.schemas.messages import AskConsent

PAGE = "console.case_readers"


class Ask(Form):
    """Whom the reporter is asked to let in, as what, for what, and until when."""

    id = IdField()
    handlers = CheckboxesField(_l("Who should read it"))
    role = StringField(_l("Their role"), description=_l("For example: investigating manager."))
    purpose = TextAreaField(_l("What for"))
    until = DayField(_l("Until"), description=_l("The last day. At most two years from now."))
    text = TextAreaField(_l("A few words to the reporter"))


@console.page("/cases/<reference>/readers", *READERS)
def case_readers(me: Me, reference: str) -> Response:
    """Who reads the case by which right, who may be let in, and what the reporter agreed to."""
    with database().read() as db:
        values = frame(db, me, reference)
        case = values["case"]
        found = reading.readers(db, case)
        requests = _requests(db, me, values, found)
        candidates = reading.candidates(db, case)
        left_out = reading.left_out(db, case)
    cases.note_opening(database(), me.id, reference)
    return show(
        "case_readers.html",
        readers=found,
        requests=requests.values(),
        candidates=candidates,
        left_out=left_out,
        **values,
    )


def _requests(
    db: Work, me: Me, values: dict[str, Any], found: list[dict[str, Any]]
) -> dict[UUID, dict[str, Any]]:
    opened = messages.opener(db, values["organisation"], values["case"], me.id, me.keyring)
    items = messages.whole(db, values["case"], me.id, opened)
    ended = {one["id"]: one["ended"] for one in found}
    revoked = reading.revoked_consents(db, values["case"])
    return reading.requests(items, ended, values["today"], revoked)


@console.act("/cases/<reference>/readers/<uuid:handler>/in", *READERS, back=PAGE)
def case_let_in(me: Me, reference: str, handler: UUID) -> Response:
    """Lets a colleague of the desk in, also one with new keys."""
    change(me, reference, lambda db, case: readers.add(
        db, case, me.id, me.keyring, {"handler": handler}))  # fmt: skip
    return done(_("They can read the case now."), PAGE, reference=reference)


@console.act("/cases/<reference>/readers/<uuid:handler>/out", *READERS, back=PAGE)
def case_take_out(me: Me, reference: str, handler: UUID) -> Response:
    """Takes a reader out, or leaves the case."""
    change(me, reference, lambda db, case: readers.remove(
        db, case, me.id, me.keyring, handler))  # fmt: skip
    if handler == me.id:
        return done(_("You read this case no more."), "console.inbox")
    said = _("They read no more: what comes after is not sealed to them.")
    return done(said, PAGE, reference=reference)


@console.act("/cases/<reference>/consents/<uuid:consent>/in", *READERS, back=PAGE)
def case_let_in_by(me: Me, reference: str, consent: UUID) -> Response:
    """Lets all in whom a consent names and who don't read the case yet."""

    def let_in(db: Work, case: Case) -> date:
        values = frame(db, me, reference)
        asked = _requests(db, me, values, reading.readers(db, case)).values()
        known = next((one for one in asked if one["consent"] == consent), None)
        if known is None:
            raise NotFound
        for one in known["missing"]:
            body = {"handler": one, "consent": consent}
            readers.add(db, case, me.id, me.keyring, body)
        until: date = known["until"]
        return until

    until = change(me, reference, let_in)
    said = _("They can read the case until %(day)s.", day=day_text(until))
    return done(said, PAGE, reference=reference)


@console.page("/cases/<reference>/consent", *READERS, form=True)
def case_consent(me: Me, reference: str) -> Response:
    """Asks the reporter whether others may read the case."""
    form, values = Ask(), handled(me, reference)
    hint: list[identifying.Asked] = []
    if sent(form):
        with refusals(form):
            body = _asked(form)
            if request.form.get("act") != "sure":
                content = body["content"]
                texts = (content["role"], content["purpose"], content.get("text", ""))
                hint = [one for words in texts for one in identifying.asked_for(words)]
            if not hint:
                change(me, reference, lambda db, case: consents.ask(
                    db, case, me.id, me.keyring, body))  # fmt: skip
                return done(_("The reporter is asked."), PAGE, reference=reference)
    with database().read() as db:
        case = by_handler(db, me.id, reference)
        others = reading.candidates(db, case)["others"]
        latest = organisations.today(db, values["organisation"]) + consents.LONGEST
    form.handlers.choices = options(
        (str(one["id"]), ", ".join([one["name"], *one["desks"]])) for one in others
    )
    return show("case_consent.html", form=form, others=others, latest=latest, hint=hint, **values)


def _asked(form: Ask) -> dict[str, Any]:
    """The request as it is sealed. Raises `Invalid`."""
    given = {
        "handlers": form.handlers.data or [],
        "role": (form.role.data or "").strip(),
        "purpose": text(form.purpose.data),
        "until": form.until.data or None,
    }
    words = text(form.text.data)
    given = {name: one for name, one in given.items() if one}
    content = given | ({"text": words} if words.strip() else {})
    return checked(AskConsent, {"id": form.id.data, "content": content})
