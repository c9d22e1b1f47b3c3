"""The quarterly return: looked at, submitted by who reads no case, and corrected in the open."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, TextAreaField

from api.console.caller import Me
from api.console.figures import quarter_text
from api.console.forms import Form, checked, refusals, sent, text
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.exporting import quarterly_return, return_file
from api.rules import returns as rules
from shared.errors import Invalid
from shared.schemas.returns import SubmitReturn

QUARTER = "/returns/<slug>/<int:year>/<int:quarter>"


class Submit(Form):
    """Freezes what is shown."""

    number = HiddenField()
    digest = HiddenField()
    why = TextAreaField(
        _l("What is corrected, and why"),
        description=_l("It stays beside the return, and everybody of the organisation reads it. "
                       "Name no case and nobody in one."),
    )  # fmt: skip
    confirmed = BooleanField(
        _l("I have looked at these numbers, and they may be final"),
        description=_l("They can't be changed or taken back afterwards. A later correction gets a "
                       "number of its own, and these stay visible."),
    )  # fmt: skip


@console.page("/returns", *rules.MAKERS)
def returns(me: Me) -> Response:
    """The returns of the usual organisation."""
    slug = me.usual(*rules.MAKERS).slug
    return redirect(url_for("console.returns_of", slug=slug), 303)  # type: ignore[return-value]


@console.page("/returns/<slug>", *rules.MAKERS)
def returns_of(me: Me, slug: str) -> Response:
    """Every quarter, and what was submitted of it."""
    place = me.place(slug, *rules.MAKERS)
    with database().read() as db:
        found = rules.listed(db, me.id, slug)
    return show("returns.html", place=place, places=me.places, found=found,
                quarter_text=quarter_text)  # fmt: skip


@console.page(f"{QUARTER}/<int:number>", *rules.MAKERS)
def returns_number(me: Me, slug: str, year: int, quarter: int, number: int) -> Response:
    """One that was submitted."""
    place, code = me.place(slug, *rules.MAKERS), rules.code(year, quarter)
    if number == rules.PREVIEW:
        return redirect(url_for("console.returns_preview", slug=slug, year=year, quarter=quarter),
                        303)  # type: ignore[return-value]  # fmt: skip
    found = quarterly_return(me, slug, code, number)
    return _page(place, found, None)


@console.page(f"{QUARTER}/preview", *rules.MAKERS, form=True)
def returns_preview(me: Me, slug: str, year: int, quarter: int) -> Response:
    """What the return would be now, and the form that submits it."""
    place, code = me.place(slug, *rules.MAKERS), rules.code(year, quarter)
    form = Submit()
    if sent(form):
        with refusals(form):
            made = _submit(me, slug, code, form)
            return done(_("The return was submitted."), "console.returns_number", slug=slug,
                        year=year, quarter=quarter, number=made["number"])  # fmt: skip
    found = quarterly_return(me, slug, code, rules.PREVIEW)
    # What is confirmed is what stands on this very page.
    form.number.data, form.digest.data = str(found["number"]), found["digest"]
    form.confirmed.data = False
    return _page(place, found, form)


def _submit(me: Me, slug: str, code: str, form: Submit) -> dict[str, Any]:
    if not form.confirmed.data:
        raise Invalid(errors={"confirmed": [_("Look at the numbers, and confirm them.")]})
    body = checked(
        SubmitReturn,
        {
            "organisation": slug,
            "number": int(form.number.data) if str(form.number.data).isdecimal() else None,
            "digest": form.digest.data,
            "why": text(form.why.data).strip(),
        },
    )
    made, _repeated = database().write(lambda db: rules.submit(db, me.id, code, body))
    return made


@console.page(f"{QUARTER}/<int:number>.<any(csv, xlsx):table>", *rules.MAKERS)
def returns_file(me: Me, slug: str, year: int, quarter: int, number: int, table: str) -> Response:
    """A return as a file; `number` 0 is the preview."""
    me.place(slug, *rules.MAKERS)
    return return_file(me, slug, rules.code(year, quarter), number, table)


def _page(place: Any, found: dict[str, Any], form: Submit | None) -> Response:
    shown = 0 if found["state"] == "preview" else found["number"]
    before = {(one["section"], one["code"]): one["before"] for one in found["changes"]}
    return show(
        "return.html", place=place, found=found, form=form, shown=shown,
        before=before, name=quarter_text(found["code"]),
    )  # fmt: skip
