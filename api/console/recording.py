"""Recording a case that came by phone, email or in person; the words are for the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, TextAreaField

from api.console.caller import READERS, Me, Place
from api.console.forms import (
    CheckboxesField,
    Form,
    IdField,
    checked,
    options,
    refusals,
    refuse,
    sent,
    text,
)
from api.console.naming import CONFIDENTIALITY_MEANS, RAISED, REPORT
from api.console.pages import console
from api.console.showing import show
from api.contract import database, stretched
from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import notes, opening, organisations
from api.rules.opening import Recorder
from api.rules.unlocking import by_handler
from shared.errors import Conflict, Invalid, WrenError
from shared.schemas.base import ANSWER
from shared.schemas.cases import RecordCase
from shared.sealing import tokens


class Record(Form):
    """What was raised, how, and for which desk. `token` makes a repeat show the same words."""

    organisation = HiddenField()
    case_id = IdField()
    token = HiddenField(default=tokens.new_token)
    raised = RadioField(_l("How it was raised"), choices=options(RAISED.items()),
                        validate_choice=False)  # fmt: skip
    confidentiality = RadioField(
        _l("Confidentiality"),
        choices=options(CONFIDENTIALITY_MEANS.items()),
        validate_choice=False,
    )
    raised_by = TextAreaField(
        _l("Who raised it"),
        description=_l(
            "Kept as a private note of the case, which readers let in later see too. "
            "Leave it empty if it is anonymous."
        ),
    )
    desk = SelectField(_l("Desk"), validate_choice=False)
    concerns = CheckboxesField(_l("What it is about"))
    story = TextAreaField(_l("What happened"))
    channel = SelectField(_l("Where it happened"), validate_choice=False)
    professional_group = SelectField(_l("Professional group"), validate_choice=False)
    when = TextAreaField(REPORT["when"])
    place = TextAreaField(REPORT["place"])
    people = TextAreaField(REPORT["people"])
    who_knows = TextAreaField(REPORT["who_knows"])
    told_before = TextAreaField(REPORT["told_before"])
    wanted = TextAreaField(REPORT["wanted"])
    immediate_danger = TextAreaField(REPORT["immediate_danger"])
    excluded = CheckboxesField(
        _l("Who must not read it"),
        description=_l("Handlers whom the person wants to be left out. That can't be undone by "
                       "you or a colleague."),
    )  # fmt: skip


@console.page("/record", *READERS, form=True)
def record(me: Me) -> Response:
    """Records a case; the words are shown this once."""
    form = Record()
    place = chosen_place(me, form)
    if sent(form):
        made = _record(me, place, form)
        if made is not None:
            return show("recorded.html", place=place, words=form.token.data.split(), **made)
    with database().read() as db:
        organisation = organisations.find(db, place.slug)
        _choices(db, me, organisation, form)
    return show("record.html", form=form, place=place, places=me.at(*READERS), more=list(REPORT))


def chosen_place(me: Me, form: Form) -> Place:
    """The organisation that a form is for: its own once it was sent, else the one asked for.

    Raises `NotFound` or `NotAllowed` as `Me.place` does.
    """
    slug = form.organisation.data or request.args.get("organisation")
    place = me.place(slug, *READERS) if slug else me.usual(*READERS)
    form.organisation.data = place.slug
    return place


def _choices(db: Work, me: Me, organisation: Organisation, form: Record) -> None:
    directory, none = organisation.directory, options([("", _("not said"))])
    roster = organisations.find_roster(db, organisation)
    people = roster.newest.handlers if roster else ()
    form.desk.choices = options(
        (one.slug, one.name) for one in opening.places(db, organisation, me.id)
    )
    form.concerns.choices = _coded(directory["concerns"])
    form.channel.choices = none + _coded(directory["channels"])
    form.professional_group.choices = none + _coded(
        [one for one in directory["professional_groups"] if one["code"] != "not-known"]
    )
    form.excluded.choices = options(
        (str(one.id), one.name) for one in people if not one.until and one.id != me.id
    )


def _coded(listed: Iterable[Mapping[str, Any]]) -> list[Any]:
    return options((one["code"], one["name"]) for one in listed)


def _record(me: Me, place: Place, form: Record) -> dict[str, Any] | None:
    """The new case's reference; None if it was refused: the form then says why."""
    try:
        body = _body(place, form)
        root = stretched(body)

        def open_case(db: Work) -> dict[str, Any]:
            recorder = Recorder(me.id, me.keyring)
            answer, repeated = opening.open_case(db, place.slug, body, root, recorder)
            who = text(form.raised_by.data).strip()
            if who and not repeated:
                case = by_handler(db, me.id, answer["reference"])
                content = {"text": _("Raised by: %(who)s", who=who)}
                note = {"id": uuid4(), "content": content}
                notes.post(db, case, me.id, me.keyring, note)
            return answer

        return {"reference": database().write(open_case)["reference"]}
    except Conflict:
        refuse(form, Conflict(_(
            "A case was recorded from this page before. It is in your inbox; if this is another "
            "one, send again."
        )))  # fmt: skip
        form.case_id.data, form.token.data = str(uuid4()), tokens.new_token()
    except WrenError as error:
        with refusals(form):
            raise error
    return None


def _body(place: Place, form: Record) -> dict[str, Any]:
    who = text(form.raised_by.data).strip()
    if who and form.confidentiality.data == "anonymous":
        raise Invalid(
            errors={"raised_by": [_("Leave this empty: an anonymous case has no name.")]}
        )
    if len(who) > ANSWER:
        raise Invalid(errors={"raised_by": [_("This is too long: use at most 2000 characters.")]})
    story = text(form.story.data)
    content = {
        "story": story,
        **({"concerns": form.concerns.data} if form.concerns.data else {}),
        **{name: form[name].data for name in ("raised", "channel", "professional_group")
           if form[name].data},
        **{name: text(form[name].data) for name in REPORT if text(form[name].data).strip()},
    }  # fmt: skip
    return checked(
        RecordCase,
        {
            "case_id": form.case_id.data,
            "organisation": place.slug,
            "desk": form.desk.data,
            "confidentiality": form.confidentiality.data,
            "excluded": form.excluded.data or [],
            "token": form.token.data,
            "content": content,
        },
    )
