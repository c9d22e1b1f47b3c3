"""Counts by quarter, for analysts above all: small ones are hidden, and never a text."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask_babel import lazy_gettext as _l

from api.console.caller import ROLES, Me
from api.console.pages import console
from api.console.showing import show
from api.contract import database
from api.rules import figures as rules

TITLES = {
    "opened": _l("Opened, by desk"),
    "open": _l("Still open, by desk"),
    "closed": _l("Closed, by desk"),
    "classified": _l("Classified"),
    "element": _l("National elements"),
    "category": _l("Own categories"),
    "confidentiality": _l("How it was raised"),
    "region": _l("Region"),
    "professional_group": _l("Professional group"),
    "outcome": _l("Outcome"),
    "speak_up_again": _l("Would speak up again"),
}


@console.page("/figures", *ROLES)
def figures(me: Me) -> Response:
    """Counts of the usual organisation."""
    slug = me.usual(*ROLES).slug
    return redirect(url_for("console.figures_of", slug=slug), 303)  # type: ignore[return-value]


@console.page("/figures/<slug>", *ROLES)
def figures_of(me: Me, slug: str) -> Response:
    """One quarter, the newest unless another is chosen."""
    place = me.place(slug, *ROLES)
    with database().read() as db:
        found = rules.statistics(db, me.id, slug)
    quarters = found["quarters"]
    wanted = request.args.get("quarter")
    chosen = next((one for one in quarters if one["quarter"] == wanted), None)
    return show(
        "figures.html",
        place=place,
        places=me.places,
        quarters=[(one["quarter"], quarter_text(one["quarter"])) for one in quarters],
        chosen=chosen or (quarters[0] if quarters else None),
        least=found["least"],
        titles=TITLES,
    )


def quarter_text(quarter: str) -> str:
    """`2026-Q3` as people read it: the financial year begins in April."""
    year, _, number = quarter.partition("-Q")
    months = {
        "1": _l("April to June"),
        "2": _l("July to September"),
        "3": _l("October to December"),
        "4": _l("January to March"),
    }
    return f"{months[number]} {int(year) + (number == '4')} (Q{number})"
