"""Webhooks: which systems are told of cases, whether that arrives, and their secrets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField, URLField
from wtforms.widgets import NumberInput

from api.console.caller import Me, Place
from api.console.forms import CheckboxesField, Form, options, refusals, sent
from api.console.navigation import ADMIN
from api.console.organisation import tabs
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.rules import webhook_deliveries, webhooks
from shared.errors import NotFound
from shared.schemas.base import load
from shared.schemas.integrations import ChangeWebhook, MakeWebhook, RotateSecret

EVENTS = (
    ("case.opened", _l("a case was opened, once it is released")),
    ("case.updated", _l("a case changed, or its reporter wrote")),
    ("case.overdue", _l("a case is overdue")),
)
OUTCOMES = {
    "1xx": _l("a status from 100 to 199"),
    "2xx": _l("arrived"),
    "3xx": _l("a redirect, which is not followed"),
    "4xx": _l("refused: a status from 400 to 499"),
    "5xx": _l("a fault of the receiver: a status from 500"),
    "gone": _l("the receiver wants nothing more (410)"),
    "form": _l("the address can't be read"),
    "name": _l("the host's name leads nowhere, or inside"),
    "address": _l("the address is inside a network, and not allowed"),
    "plain": _l("http instead of https"),
    "port": _l("the port is not allowed"),
    "connection": _l("no connection"),
    "certificate": _l("the certificate is not right"),
    "timeout": _l("no answer in time"),
    "fault": _l("a fault of this service"),
}


class Webhook(Form):
    """A webhook."""

    name = StringField(_l("Name"), description=_l("As you call the system that receives."))
    url = URLField(_l("Address"), description=_l("It begins with https://"))
    events = CheckboxesField(_l("What it is told"), choices=options(EVENTS))


class Change(Webhook):
    """One that is there."""

    enabled = BooleanField(
        _l("Enabled"),
        description=_l("Without the tick nothing is sent, and what waits is dropped."),
    )


class Secret(Form):
    """A new secret."""

    overlap_days = IntegerField(
        _l("Days for which the old secret signs too"),
        description=_l("So that the receiver can be changed meanwhile. 0: it ends at once."),
        widget=NumberInput(),
        default=1,
    )


def outcome_text(outcome: str) -> str:
    """How a try ended, as people read it."""
    return str(OUTCOMES.get(outcome, outcome))


def _place(me: Me, slug: str, webhook: UUID) -> tuple[Place, dict[str, Any]]:
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        found = webhooks.show(db, me.kind, me.id, webhook)
    if found["organisation"] != slug:
        raise NotFound
    return place, found


def _given(form: Webhook) -> dict[str, Any]:
    return {
        "name": form.name.data or "",
        "url": (form.url.data or "").strip(),
        "events": form.events.data or [],
    }


@console.page("/organisation/<slug>/webhooks", *ADMIN)
def admin_webhooks(me: Me, slug: str) -> Response:
    """The organisation's webhooks, and whether they arrive."""
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        items = webhooks.listed(db, me.kind, me.id, slug)["items"]
    for one in items:  # what follows the host may be as good as a password
        one["host"] = urlsplit(one["url"]).netloc
    return show("admin_webhooks.html", place=place, items=items, tabs=tabs(slug, "webhooks"),
                outcome_text=outcome_text)  # fmt: skip


@console.page("/organisation/<slug>/webhooks/new", *ADMIN, form=True)
def admin_webhooks_new(me: Me, slug: str) -> Response:
    """A new webhook; its secret is shown once."""
    place = me.place(slug, *ADMIN)
    form = Webhook()
    if sent(form):
        with refusals(form):
            body = load(MakeWebhook(), _given(form) | {"organisation": slug})
            made = database().write(lambda db: webhooks.make(db, me.kind, me.id, body))
            return _secret(place, made)
    return show("admin_webhooks_new.html", form=form, place=place, tabs=tabs(slug, "webhooks"))


def _secret(place: Place, made: dict[str, Any]) -> Response:
    return show("admin_webhooks_made.html", place=place, made=made,
                tabs=tabs(place.slug, "webhooks"))  # fmt: skip


@console.page("/organisation/<slug>/webhooks/<uuid:webhook>", *ADMIN, form=True)
def admin_webhooks_one(me: Me, slug: str, webhook: UUID) -> Response:
    """A webhook: what it is told, how tries ended, a test."""
    place, found = _place(me, slug, webhook)
    form = Change(data=found | {"enabled": found["state"] == "enabled"})
    if sent(form):
        with refusals(form):
            given = _given(form) | {"enabled": bool(form.enabled.data)}
            body = load(ChangeWebhook(), given)
            database().write(lambda db: webhooks.change(db, me.kind, me.id, webhook, body))
            return done(_("It was stored."), "console.admin_webhooks_one", slug=slug,
                        webhook=webhook)  # fmt: skip
    with database().read() as db:
        log = webhooks.log(db, me.kind, me.id, webhook)
    return show("admin_webhooks_one.html", form=form, place=place, one=found, log=log,
                tabs=tabs(slug, "webhooks"), outcome_text=outcome_text)  # fmt: skip


@console.page("/organisation/<slug>/webhooks/<uuid:webhook>/secret", *ADMIN, form=True)
def admin_webhooks_secret(me: Me, slug: str, webhook: UUID) -> Response:
    """A new secret, shown once; the old one goes on for some days."""
    place, found = _place(me, slug, webhook)
    form = Secret()
    if sent(form):
        with refusals(form):
            days = load(RotateSecret(), {"overlap_days": form.overlap_days.data})["overlap_days"]
            made = database().write(lambda db: webhooks.rotate(db, me.kind, me.id, webhook, days))
            return _secret(place, made)
    return show("admin_webhooks_secret.html", form=form, place=place, one=found,
                tabs=tabs(slug, "webhooks"))  # fmt: skip


@console.act(
    "/organisation/<slug>/webhooks/<uuid:webhook>/test", *ADMIN, back="console.admin_webhooks_one"
)
def admin_webhooks_test(me: Me, slug: str, webhook: UUID) -> Response:
    """Posts a test now, and says how that ended."""
    _place(me, slug, webhook)
    ended = webhook_deliveries.test(database(), me.kind, me.id, webhook)
    said = _("The test ended: %(outcome)s.", outcome=outcome_text(ended["outcome"]))
    flash(said, "success" if ended["arrived"] else "warning")
    address = url_for("console.admin_webhooks_one", slug=slug, webhook=webhook)
    return redirect(address, 303)  # type: ignore[return-value]


@console.act(
    "/organisation/<slug>/webhooks/<uuid:webhook>/delete", *ADMIN, back="console.admin_webhooks"
)
def admin_webhooks_delete(me: Me, slug: str, webhook: UUID) -> Response:
    """Deletes a webhook."""
    _place(me, slug, webhook)
    database().write(lambda db: webhooks.remove(db, me.kind, me.id, webhook))
    return done(_("The webhook was deleted."), "console.admin_webhooks", slug=slug)
