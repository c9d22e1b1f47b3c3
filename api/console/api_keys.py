"""API keys: which programs may follow statuses, read figures or keep webhooks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from api.console.caller import Me
from api.console.forms import CheckboxesField, DayField, Form, options, refusals, sent
from api.console.navigation import ADMIN
from api.console.organisation import tabs
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.rules import api_keys, organisations
from shared.errors import NotFound
from shared.schemas.base import load
from shared.schemas.integrations import STATISTICS, STATUS, WEBHOOKS, MakeKey

SCOPES = {
    STATUS: _l("follow the statuses of cases, by their references"),
    STATISTICS: _l("read the published figures"),
    WEBHOOKS: _l("make, change and delete webhooks"),
}
USUAL = 180
"""Days that a new key is valid unless something else is chosen."""


class Key(Form):
    """A new key."""

    name = StringField(_l("Name"), description=_l("As you call the program that uses it."))
    scopes = CheckboxesField(_l("What it may do"), choices=options(SCOPES.items()))
    expires_on = DayField(_l("Last day"), description=_l("At most 366 days from now."))


@console.page("/organisation/<slug>/keys", *ADMIN)
def admin_keys(me: Me, slug: str) -> Response:
    """The organisation's keys."""
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        items = api_keys.listed(db, me.id, slug)["items"]
    return show("admin_keys.html", place=place, items=items, tabs=tabs(slug, "keys"),
                scopes=SCOPES)  # fmt: skip


@console.page("/organisation/<slug>/keys/new", *ADMIN, form=True)
def admin_keys_new(me: Me, slug: str) -> Response:
    """A new key; it is shown once."""
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        today = organisations.today(db, organisations.find(db, slug))
    form = Key(data={"expires_on": (today + timedelta(days=USUAL)).isoformat()})
    if sent(form):
        with refusals(form):
            given = {
                "organisation": slug,
                "name": form.name.data or "",
                "scopes": form.scopes.data or [],
                "expires_on": form.expires_on.data or "",
            }
            body = load(MakeKey(), given)
            made = database().write(lambda db: api_keys.make(db, me.id, body))
            return show("admin_keys_made.html", place=place, made=made, tabs=tabs(slug, "keys"))
    return show("admin_keys_new.html", form=form, place=place, tabs=tabs(slug, "keys"))


@console.act("/organisation/<slug>/keys/<uuid:api_key>/revoke", *ADMIN, back="console.admin_keys")
def admin_keys_revoke(me: Me, slug: str, api_key: UUID) -> Response:
    """Takes a key away, at once."""
    me.place(slug, *ADMIN)
    with database().read() as db:
        if api_key not in (one["id"] for one in api_keys.listed(db, me.id, slug)["items"]):
            raise NotFound
    database().write(lambda db: api_keys.revoke(db, me.id, api_key))
    return done(_("The key was revoked. It works no more."), "console.admin_keys", slug=slug)
