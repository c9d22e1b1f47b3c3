"""What could not be delivered: administrators have it tried again, or drop it."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from api.console.caller import Me
from api.console.navigation import ADMIN
from api.console.organisation import tabs
from api.console.pages import console
from api.console.showing import done, show
from api.console.webhooks import OUTCOMES
from api.contract import database
from api.rules import dead_letters

KINDS = {"webhook": _l("webhook"), "notice": _l("notice by email")}
EVENTS = {
    "case.opened": _l("a case was opened"),
    "case.updated": _l("a case changed"),
    "case.overdue": _l("a case is overdue"),
    "notice.new": _l("something new"),
}
OF_MAIL = {
    "address": _l("the mail server takes nothing for this address"),
    "refused": _l("the mail server refused it"),
    "sign_in": _l("the mail server does not let Wren sign in"),
    "off": _l("no mail server is set"),
}
WHY = {"webhook": OUTCOMES, "notice": OUTCOMES | OF_MAIL}
"""By kind, codes of what went wrong; one that is not here is shown as it is."""


@console.page("/organisation/<slug>/deliveries", *ADMIN)
def admin_deliveries(me: Me, slug: str) -> Response:
    """What was given up."""
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        found = dead_letters.read(db, me.id, slug, _after())
    for one in found["items"]:
        one["event"] = EVENTS.get(one["event"], one["event"])
        one["why"] = WHY.get(one["kind"], OUTCOMES).get(one["why"], one["why"].replace("_", " "))
        one["kind"] = KINDS.get(one["kind"], one["kind"])
    return show("admin_deliveries.html", place=place, tabs=tabs(slug, "deliveries"), found=found)


def _after() -> UUID | None:
    try:
        return UUID(request.args["after"])
    except (KeyError, ValueError):
        return None


@console.act(
    "/organisation/<slug>/deliveries/<any(again, drop):what>",
    *ADMIN,
    back="console.admin_deliveries",
)
def admin_deliveries_all(me: Me, slug: str, what: str) -> Response:
    """Has all tried again, or drops all."""
    me.place(slug, *ADMIN)
    does = {"again": dead_letters.again_all, "drop": dead_letters.drop_all}[what]
    does(database(), me.id, slug)
    return _done(slug, what)


@console.act(
    "/organisation/<slug>/deliveries/<uuid:delivery>/<any(again, drop):what>",
    *ADMIN,
    back="console.admin_deliveries",
)
def admin_delivery_do(me: Me, slug: str, delivery: UUID, what: str) -> Response:
    """Has one tried again, or drops it."""
    me.place(slug, *ADMIN)
    does = {"again": dead_letters.again, "drop": dead_letters.drop}[what]
    database().write(lambda db: does(db, me.id, slug, delivery))
    return _done(slug, what)


def _done(slug: str, what: str) -> Response:
    said = {"again": _("It is tried again."), "drop": _("It was dropped.")}
    return done(said[what], "console.admin_deliveries", slug=slug)
