"""Classification: national elements and the organisation's own categories, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField

from api.console.caller import READERS, Me
from api.console.case import change, frame
from api.console.forms import CheckboxesField, Form, IdField, checked, options, refusals, sent
from api.console.pages import console
from api.console.showing import done, show
from api.console.thread import as_number
from api.contract import database
from api.models.base import Work
from api.models.case import Case
from api.models.note import Note
from api.rules import cases, categories, classification
from shared.errors import Conflict
from shared.schemas.notes import PutClassification

KINDS = ("elements", "categories", "region", "channel", "professional_group", "outcome")


class Classify(Form):
    """What the case is about. `before` is the classification that the handler saw."""

    id = IdField()
    before = HiddenField()
    national = HiddenField()
    local = HiddenField()
    elements = CheckboxesField(_l("National elements"))
    categories = CheckboxesField(_l("Categories of your organisation"))
    region = SelectField(_l("Region"), validate_choice=False)
    channel = SelectField(_l("Where it happened"), validate_choice=False)
    professional_group = SelectField(_l("Professional group"), validate_choice=False)
    outcome = SelectField(_l("Outcome"), validate_choice=False)


@console.page("/cases/<reference>/classification", *READERS, form=True)
def case_classification(me: Me, reference: str) -> Response:
    """The newest classification, to be looked at and changed."""
    form = Classify()
    if sent(form):
        with refusals(form):
            _store(me, reference, form)
            return done(_("The case is classified."), "console.case", reference=reference)
    with database().read() as db:
        values = frame(db, me, reference)
        organisation = values["organisation"]
        stored = classification.newest(db, values["case"].id)
        shown = classification.current(db, values["case"], me.id, me.keyring)["current"]
        opened = (shown or {}).get("content") or {}
        content = classification.content_of(opened) or {}
        words = classification.in_words(db, organisation, opened) if opened else None
        lists = {
            "national": categories.national(),
            "local": categories.current_categories(db, organisation),
            "channels": organisation.directory["channels"],
            "groups": organisation.directory["professional_groups"],
        }
    cases.note_opening(database(), me.id, reference)
    _choices(form, lists)
    if request.method == "GET":
        _fill(form, content)
    if request.method == "GET" or (form.form_errors and not g.kept):
        form.before.data = str(stored.id) if stored else ""
    form.national.data = lists["national"]["version"]
    form.local.data = str(lists["local"]["version"])
    return show(
        "case_classification.html",
        form=form, shown=shown, words=words, content=content, lists=lists, **values,
    )  # fmt: skip


def _store(me: Me, reference: str, form: Classify) -> None:
    content = {
        "national": form.national.data,
        "local": as_number(form.local.data),
        "elements": form.elements.data or [],
        "categories": form.categories.data or [],
        "region": form.region.data or None,
        "channel": form.channel.data or None,
        "professional_group": form.professional_group.data or "not-known",
        "outcome": form.outcome.data or None,
    }
    body = checked(PutClassification, {"id": form.id.data, "content": content})

    def put(db: Work, case: Case) -> None:
        newest = classification.newest(db, case.id)
        if db.get(Note, (case.id, body["id"])) is None and _id(newest) != form.before.data:
            raise Conflict(
                _("Somebody else classified the case meanwhile. Compare with theirs, shown "
                  "below, then save again.")
            )  # fmt: skip
        classification.put(db, case, me.id, me.keyring, body)

    change(me, reference, put)


def _id(stored: Note | None) -> str:
    return str(UUID(str(stored.id))) if stored is not None else ""


def _choices(form: Classify, lists: Mapping[str, Any]) -> None:
    """What can be chosen now: the newest versions."""
    national, local = lists["national"], lists["local"]
    form.elements.choices = options(
        (one["code"], f"{one['name']}: {one['about']}") for one in national["elements"]
    )
    form.categories.choices = _coded(local["categories"])
    form.region.choices = options([("", _("none"))]) + _coded(local["regions"])
    form.channel.choices = options([("", _("not set"))]) + _coded(lists["channels"])
    form.professional_group.choices = options(
        (one["code"], _("not known") if one["code"] == "not-known" else one["name"])
        for one in lists["groups"]
    )
    form.outcome.choices = options([("", _("none yet"))]) + _coded(national["outcomes"])


def _coded(listed: Iterable[Mapping[str, Any]]) -> list[Any]:
    return options((one["code"], one["name"]) for one in listed)


def _fill(form: Classify, content: Mapping[str, Any]) -> None:
    for name in KINDS:
        form[name].data = content.get(name)
    form.elements.data = content.get("elements", [])
    form.categories.data = content.get("categories", [])
    form.professional_group.data = content.get("professional_group", "not-known")
