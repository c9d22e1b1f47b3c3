"""Small changes of a case, each with a form of its own: status, assignment, marks, hold."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, TextAreaField

from api.console.caller import READERS, Me
from api.console.case import change, handled
from api.console.forms import Form, IdField, checked, options, refusals, sent, text
from api.console.naming import CONFIDENTIALITY_MEANS, STATUS
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.rules import categories, changing, reading
from shared.errors import Invalid
from shared.schemas.base import load
from shared.schemas.cases import ChangeCase
from shared.schemas.messages import Disclose


class Status(Form):
    """One of the statuses that the case can go to now."""

    status = SelectField(_l("Status"), validate_choice=False)


class Close(Form):
    """How it ended."""

    outcome = RadioField(_l("Outcome"), choices=[], validate_choice=False)
    feedback = BooleanField(_l("Feedback was given"))


class Assign(Form):
    """Who deals with the case."""

    assigned_to = SelectField(_l("Assigned to"), validate_choice=False)


class Confidentiality(Form):
    """Who may know who raised it."""

    confidentiality = RadioField(
        _l("Who may know who raised it"),
        choices=options(CONFIDENTIALITY_MEANS.items()),
        validate_choice=False,
    )


class Hold(Form):
    """Why the case has to be kept."""

    reason = TextAreaField(
        _l("Reason"), description=_l("The reporter sees it. Name nobody.")
    )  # fmt: skip


class Broken(Form):
    """Who was told, and why it could not wait."""

    id = IdField()
    told = TextAreaField(_l("Who was told"))
    reason = TextAreaField(_l("Why it could not wait"), description=_l("The reporter reads both."))
    sure = BooleanField(_l("Somebody was at immediate risk of harm, and I have told who can help"))


def _set(me: Me, reference: str, wanted: dict[str, Any]) -> dict[str, Any]:
    body = load(ChangeCase(), wanted)
    return database().write(lambda db: changing.change(db, me.id, reference, body, me.keyring))


@console.page("/cases/<reference>/status", *READERS, form=True)
def case_status(me: Me, reference: str) -> Response:
    """The status, to one that is allowed from the present one."""
    form, values = Status(), handled(me, reference)
    if sent(form):
        with refusals(form):
            _set(me, reference, {"status": form.status.data or "-"})
            return done(_("The status was changed."), "console.case", reference=reference)
        values = handled(me, reference)
    allowed = changing.ALLOWED[values["case"].status]
    form.status.choices = options((one, STATUS[one]) for one in allowed if one != "closed")
    return show("case_status.html", form=form, **values)


@console.page("/cases/<reference>/close", *READERS, form=True)
def case_close(me: Me, reference: str) -> Response:
    """Closes the case with its outcome; the reporter is asked the closing question."""
    form, values = Close(), handled(me, reference)
    outcomes = categories.national()["outcomes"]
    form.outcome.choices = options(
        (one["code"], f"{one['name']}: {one['about']}") for one in outcomes
    )
    if sent(form):
        with refusals(form):
            if not form.outcome.data:
                raise Invalid(errors={"outcome": [_("Choose one.")]})
            feedback = {"feedback_given": True} if form.feedback.data else {}
            closing = {"status": "closed", "outcome": form.outcome.data}
            _set(me, reference, closing | feedback)
            return done(_("The case is closed."), "console.case", reference=reference)
    return show("case_close.html", form=form, **values)


@console.page("/cases/<reference>/assign", *READERS, form=True)
def case_assign(me: Me, reference: str) -> Response:
    """Whom of its readers the case is assigned to."""
    form, values = Assign(), handled(me, reference)
    if sent(form):
        with refusals(form):
            _set(me, reference, {"assigned_to": form.assigned_to.data or None})
            return done(_("The case was assigned."), "console.case", reference=reference)
    with database().read() as db:
        people = reading.readers(db, values["case"])
    if request.method == "GET":
        form.assigned_to.data = str(values["case"].assigned_to or "")
    able = [one for one in people if not one["ended"] and not one["gone"]]
    people_able = [(str(one["id"]), one["name"]) for one in able]
    form.assigned_to.choices = options([("", _("nobody")), *people_able])
    return show("case_assign.html", form=form, **values)


@console.act("/cases/<reference>/urgent", *READERS, back="console.case")
def case_urgent(me: Me, reference: str) -> Response:
    """Marks the case urgent, or takes the mark away."""
    urgent = request.form.get("urgent") == "yes"
    _set(me, reference, {"urgent": urgent})
    said = _("The case is marked urgent.") if urgent else _("The urgent mark was taken away.")
    return done(said, "console.case", reference=reference)


@console.act("/cases/<reference>/feedback", *READERS, back="console.case")
def case_feedback(me: Me, reference: str) -> Response:
    """Notes that feedback was given outside Wren."""
    _set(me, reference, {"feedback_given": True})
    return done(_("It is noted that feedback was given."), "console.case", reference=reference)


@console.page("/cases/<reference>/confidentiality", *READERS, form=True)
def case_confidentiality(me: Me, reference: str) -> Response:
    """Who may know who raised the case."""
    form, values = Confidentiality(), handled(me, reference)
    if sent(form):
        with refusals(form):
            _set(me, reference, {"confidentiality": form.confidentiality.data or "-"})
            return done(_("The confidentiality was changed."), "console.case", reference=reference)
    if request.method == "GET":
        form.confidentiality.data = values["case"].confidentiality
    return show("case_confidentiality.html", form=form, **values)


@console.page("/cases/<reference>/hold", *READERS, form=True)
def case_hold(me: Me, reference: str) -> Response:
    """A legal hold keeps the case from being deleted; its reason is shown to the reporter."""
    form, values = Hold(), handled(me, reference)
    if sent(form):
        with refusals(form):
            if request.form.get("act") == "lift":
                found = _set(me, reference, {"legal_hold": None})
                if found.get("deleted"):
                    return done(
                        _("The hold was lifted, and the case is deleted."), "console.inbox"
                    )
                return done(_("The legal hold was lifted."), "console.case", reference=reference)
            _set(me, reference, {"legal_hold": {"reason": text(form.reason.data)}})
            return done(_("The legal hold is set."), "console.case", reference=reference)
    if request.method == "GET":
        form.reason.data = values["case"].legal_hold
    return show("case_hold.html", form=form, **values)


@console.page("/cases/<reference>/break-confidentiality", *READERS, form=True)
def case_disclose(me: Me, reference: str) -> Response:
    """Records that confidentiality was broken, for an immediate risk of harm only."""
    form, values = Broken(), handled(me, reference)
    if sent(form):
        with refusals(form):
            told = {"told": text(form.told.data), "reason": text(form.reason.data)}
            body = checked(Disclose, {"id": form.id.data, "content": told})
            if not form.sure.data:
                raise Invalid(errors={"sure": [_("Confirm this, or go back.")]})
            change(me, reference, lambda db, case: changing.disclose(
                db, case, me.id, me.keyring, body))  # fmt: skip
            return done(
                _("It is recorded. The reporter is told."), "console.case", reference=reference
            )
    return show("case_disclose.html", form=form, **values)
