"""What administrators keep for their organisation: desks, categories, texts, settings."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import count
from typing import Any

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, StringField, TextAreaField
from wtforms.widgets import NumberInput

from api.console.caller import Me
from api.console.forms import CheckboxesField, DayField, Form, options, refusals, sent, text
from api.console.navigation import ADMIN
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.rules import entries, organisations, settings
from shared.errors import Conflict, Invalid
from shared.schemas.base import load
from shared.schemas.organisations import DEFAULTS, ChangeOrganisation

LISTS = {
    "desks": (_l("Desks"), _l("Add a desk")),
    "categories": (_l("Categories"), _l("Add a category")),
    "regions": (_l("Regions"), _l("Add a region")),
    "contacts": (_l("Contacts"), _l("Add a contact")),
    "guidance": (_l("Guidance"), _l("Add a text")),
    "replies": (_l("Common replies"), _l("Add a reply")),
}
KIND = f"<any({', '.join(LISTS)}):kind>"
DATED = ("contacts", "guidance")
ORDERED = ("categories", "regions", "contacts", "guidance", "replies")
OLD = 180
"""Days after which a date of checking is marked."""


class Desk(Form):
    """A desk."""

    name = StringField(_l("Name"))
    about = TextAreaField(
        _l("What it is for"), description=_l("One or two sentences. Reporters choose by it.")
    )


class Choice(Form):
    """A category or a region."""

    name = StringField(_l("Name"))


class Checked(Form):
    """Something that has to be looked at from time to time."""

    checked_on = DayField(
        _l("Checked on"), description=_l("The day on which somebody last made sure of it.")
    )


class Contact(Checked):
    """Somebody outside."""

    name = StringField(_l("Name"))
    kind = RadioField(
        _l("Kind"), choices=options((("phone", _l("telephone")), ("link", _l("web address")))),
        validate_choice=False,
    )  # fmt: skip
    value = StringField(_l("Number or address"), description=_l("An address begins with https://"))
    detail = TextAreaField(_l("What for"), description=_l("One sentence."))


class Guidance(Checked):
    """A text that reporters read."""

    title = StringField(_l("Title"))
    text = TextAreaField(
        _l("Text"),
        description=_l("Markdown: an empty line makes a paragraph, **bold**, - lists, "
                       "## headings, [link](https://example.org)."),
    )  # fmt: skip


class Reply(Form):
    """A text to begin a reply with."""

    name = StringField(_l("Name"), description=_l("What the reply is for, as handlers choose it."))
    text = TextAreaField(_l("Text"))


FORMS: dict[str, type[Form]] = {
    "desks": Desk,
    "categories": Choice,
    "regions": Choice,
    "contacts": Contact,
    "guidance": Guidance,
    "replies": Reply,
}
CODES = {"desks": "slug", "categories": "code", "regions": "code", "guidance": "slug"}
"""Short names, which are made from the name once and then stay: figures and phones know them."""


class Settings(Form):
    """Deadlines, release hours and the like."""

    name = StringField(_l("Name of the organisation"))
    release = StringField(
        _l("Release hours"),
        description=_l("When handlers learn what reporters did, as 07:00, 13:00, 19:00. Fewer "
                       "hours protect reporters better. “at once” protects nobody."),
    )  # fmt: skip
    acknowledge_days = IntegerField(
        _l("Working days until a case is to be acknowledged"), widget=NumberInput()
    )
    feedback_months = IntegerField(_l("Months until feedback is due"), widget=NumberInput())
    due_soon_days = IntegerField(
        _l("Days before a deadline that it is shown as due soon"), widget=NumberInput()
    )
    backup_days = IntegerField(_l("Days that backups are kept"), widget=NumberInput())
    retention_months = IntegerField(
        _l("Months after closing until a case is deleted"),
        description=_l("It is announced 30 days before, also when this is made shorter."),
        widget=NumberInput(),
    )
    figures_after_days = IntegerField(
        _l("Days after a quarter's end until its figures are published"), widget=NumberInput()
    )
    notice_hours = IntegerField(
        _l("Hours between two notices by email to one person, at least"), widget=NumberInput()
    )
    notice_wait_minutes = IntegerField(
        _l("Minutes that a notice by email waits, at least"), widget=NumberInput()
    )
    notice_spread_minutes = IntegerField(
        _l("Minutes over which it is then sent, at random"), widget=NumberInput()
    )
    idle_minutes = IntegerField(_l("Minutes until the console locks"), widget=NumberInput())
    attachment_bytes = IntegerField(
        _l("Bytes of one attachment at most; 0: none is taken"), widget=NumberInput()
    )
    case_bytes = IntegerField(
        _l("Bytes of a case's attachments together, at most"), widget=NumberInput()
    )
    attachment_types = CheckboxesField(
        _l("Kinds of files that are taken"),
        choices=options(
            (
                ("picture", _l("pictures")),
                ("pdf", _l("PDF")),
                ("text", _l("plain text")),
                ("audio", _l("recordings of sound")),
                ("video", _l("videos")),
                ("office", _l("office documents")),
            )
        ),
        validate_choice=False,
    )


def tabs(slug: str, here: str) -> list[tuple[str, Any, bool]]:
    """The pages of the organisation: address, name, and whether it is this one."""
    lists = [
        (url_for("console.admin_list", slug=slug, kind=kind), name, kind == here)
        for kind, (name, _add) in LISTS.items()
    ]
    own = url_for("console.admin_settings", slug=slug)
    dead = url_for("console.admin_deliveries", slug=slug)
    return [
        *lists,
        (own, _l("Settings"), here == "settings"),
        (url_for("console.admin_webhooks", slug=slug), _l("Webhooks"), here == "webhooks"),
        (url_for("console.admin_keys", slug=slug), _l("API keys"), here == "keys"),
        (dead, _l("Not delivered"), here == "deliveries"),
    ]


@console.page("/organisation", *ADMIN)
def organisation(me: Me) -> Response:
    """The usual organisation's desks."""
    slug = me.usual(*ADMIN).slug
    return redirect(  # type: ignore[return-value]
        url_for("console.admin_list", slug=slug, kind="desks"), 303
    )


@console.page(f"/organisation/<slug>/{KIND}", *ADMIN)
def admin_list(me: Me, slug: str, kind: str) -> Response:
    """One of the lists."""
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        items = entries.read(db, me.id, slug, kind)
        today = organisations.today(db, organisations.find(db, slug))
    for one in items:
        if kind in DATED:
            one["checked_on"] = date.fromisoformat(one["checked_on"])
            one["old"] = (today - one["checked_on"]).days > OLD
    name, add = LISTS[kind]
    return show(
        "admin_list.html", place=place, kind=kind, items=items, tabs=tabs(slug, kind),
        name=name, add=add, dated=kind in DATED, ordered=kind in ORDERED,
    )  # fmt: skip


def _entry(
    kind: str, form: Form, before: dict[str, Any], items: list[dict[str, Any]]
) -> dict[str, Any]:
    """What is stored: as it was typed, with the short name that it had or gets now."""
    typed = {
        name: text(field.data)
        for name, field in form._fields.items()
        if name != "csrf_token" and not (name == "checked_on" and not field.data)
    }
    code = CODES.get(kind)
    if code is not None:
        taken = {one[code] for one in items}
        new = short_name(typed.get("name") or typed.get("title", ""), taken)
        typed[code] = before.get(code) or new
    return typed


def short_name(name: str, taken: set[str]) -> str:
    """A short name made from a name (a to z, digits, hyphens) that is not taken yet."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:45].strip("-") or "other"
    numbered = (f"{made}-{number}" for number in count(2))
    return made if made not in taken else next(one for one in numbered if one not in taken)


@console.page(f"/organisation/<slug>/{KIND}/new", *ADMIN, form=True)
def admin_new(me: Me, slug: str, kind: str) -> Response:
    """A new entry."""
    return _edit(me, slug, kind, None)


@console.page(f"/organisation/<slug>/{KIND}/<key>", *ADMIN, form=True)
def admin_edit(me: Me, slug: str, kind: str, key: str) -> Response:
    """An entry that is there."""
    return _edit(me, slug, kind, key)


def _edit(me: Me, slug: str, kind: str, key: str | None) -> Response:
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        items = entries.read(db, me.id, slug, kind)
        today = organisations.today(db, organisations.find(db, slug))
    before = next((one for one in items if one["key"] == key), None)
    if key is not None and before is None and request.method == "GET":
        # It was changed meanwhile: the list shows what it is now.
        return redirect(url_for("console.admin_list", slug=slug, kind=kind), 303)  # type: ignore[return-value]
    form = FORMS[kind](data={"checked_on": today.isoformat()} | (before or {}))
    preview = None
    if sent(form):
        if request.form.get("step") == "preview":
            preview = text(form["text"].data)
        else:
            with refusals(form):
                if key is not None and before is None:
                    raise Conflict(_("Somebody else changed this meanwhile. Look at it again."))
                entry = _entry(kind, form, before or {}, items)
                database().write(lambda db: entries.put(db, me.id, slug, kind, key, entry))
                return done(_("It was stored."), "console.admin_list", slug=slug, kind=kind)
    name, add = LISTS[kind]
    return show(
        "admin_edit.html", form=form, place=place, kind=kind, tabs=tabs(slug, kind),
        name=name, add=add, called=(before or {}).get("name") or (before or {}).get("title"),
        key=key, preview=preview,
    )  # fmt: skip


@console.act(
    f"/organisation/<slug>/{KIND}/<key>/<any(remove, up, checked):what>",
    *ADMIN,
    back="console.admin_list",
)
def admin_do(me: Me, slug: str, kind: str, key: str, what: str) -> Response:
    """Takes an entry out, moves it up, or notes that it was checked today."""
    me.place(slug, *ADMIN)
    does = {"remove": entries.remove, "up": entries.raise_up, "checked": entries.check}[what]
    if what == "checked" and kind not in DATED:
        raise Conflict
    try:
        database().write(lambda db: does(db, me.id, slug, kind, key))
    except Invalid as error:  # there is no field to put it beside
        faults = next(iter(error.errors.values()))
        told = faults[0] if isinstance(faults, list) else error.detail
        raise Conflict(str(told)) from None
    said = {
        "remove": _("It was taken out."),
        "up": _("It was moved up."),
        "checked": _("It was noted as checked today."),
    }
    return done(said[what], "console.admin_list", slug=slug, kind=kind)


@console.page("/organisation/<slug>/settings", *ADMIN, form=True)
def admin_settings(me: Me, slug: str) -> Response:
    """Deadlines, release hours, the lock."""
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        found = settings.show(db, me.id, slug)
    release = found["release"]
    shown = release if isinstance(release, str) else ", ".join(release)
    form = Settings(data=found["settings"] | {"name": found["name"], "release": shown})
    if sent(form):
        with refusals(form):
            hours = (form.release.data or "").strip()
            given = {
                "name": form.name.data or "",
                "release": hours
                if hours == "at once"
                else [one.strip() for one in hours.split(",")],
                "settings": {name: form[name].data for name in DEFAULTS},
            }
            body = load(ChangeOrganisation(), given)
            database().write(lambda db: settings.change(db, me.id, slug, body))
            return done(_("The settings were stored."), "console.admin_settings", slug=slug)
    return show("admin_settings.html", form=form, place=place, tabs=tabs(slug, "settings"),
                defaults=DEFAULTS)  # fmt: skip
