"""A report for the board: published figures as a PDF, with the guardian's own words."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField

from api.console.caller import ROLES, Me
from api.console.figures import quarter_text
from api.console.forms import Form, checked, options, refusals, sent, text
from api.console.pages import console
from api.console.showing import show
from api.contract import database
from api.exporting import report_to_the_board
from api.rules import board_report as rules
from api.rules import figures, organisations, publication
from api.rules.roles import require
from shared.schemas.board import MakeBoardReport


class Report(Form):
    """Which quarters, and what is said about them."""

    first = SelectField(_l("From"), validate_choice=False)
    last = SelectField(_l("To"), validate_choice=False)
    introduction = TextAreaField(_l("Introduction"))
    themes = TextAreaField(
        _l("Themes and learning"),
        description=_l(
            "What comes up again and again, and what was learned. Leave single cases out."
        ),
    )
    actions = TextAreaField(_l("What was done"))
    asks = TextAreaField(_l("What the board is asked"))


@console.page("/board", *ROLES)
def board(me: Me) -> Response:
    """The board report of the usual organisation."""
    slug = me.usual(*ROLES).slug
    return redirect(url_for("console.board_report", slug=slug), 303)  # type: ignore[return-value]


@console.page("/board/<slug>", *ROLES, form=True)
def board_report(me: Me, slug: str) -> Response:
    """Makes the report; the page stays, and the PDF comes as a download."""
    place, form = me.place(slug, *ROLES), Report()
    if sent(form):
        with refusals(form):
            given = {name: text(form[name].data) for name, _heading in rules.TEXTS}
            given |= {"organisation": slug, "from": form.first.data, "to": form.last.data}
            body = checked(MakeBoardReport, given)
            return report_to_the_board(me, body)
    with database().read() as db:
        require(db, me.id, slug, *ROLES)
    publication.of_one(database(), slug)
    with database().read() as db:
        quarters = figures.quarters(db, organisations.find(db, slug))
    chosen = [(one, quarter_text(one)) for one in quarters]
    form.first.choices = form.last.choices = options(chosen)
    if request.method == "GET" and quarters:
        form.first.data, form.last.data = quarters[:4][-1], quarters[0]
    return show(
        "board.html", place=place, places=me.places, form=form, quarters=quarters, most=rules.MOST
    )
