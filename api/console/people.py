"""The people of an organisation: who waits for a signature, and what administrators change."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, StringField

from api.console.caller import READERS, ROLES, Me, Place
from api.console.forms import CheckboxesField, Form, checked, options, refusals, sent
from api.console.navigation import ADMIN
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.rules import administration, organisations, rosters, settings
from shared.errors import Conflict, Invalid, NotFound
from shared.schemas.administration import ChangePerson, Invite

PEOPLE = (*READERS, *ADMIN)


class Approve(Form):
    """A handler signs for the keys that they were shown."""

    fingerprint = HiddenField()
    desks = HiddenField()
    compared = BooleanField(
        _l("I have compared the fingerprint with them, in person or by phone. It is the same.")
    )


class Confirm(Form):
    """Nothing but the button."""


class Invitation(Form):
    """Who is invited, as what."""

    display_name = StringField(_l("Name"), description=_l("As reporters and colleagues see it."))
    role = RadioField(_l("Role"), validate_choice=False)
    desks = CheckboxesField(_l("Desks"), description=_l("For handlers and managers only."))


class Change(Invitation):
    """What somebody is here."""


def _choices(form: Invitation, db: Any, me: Me, place: Place) -> None:
    hints = {
        "handler": _l("handler: reads and answers the cases of their desks"),
        "manager": _l("manager: the same, at a desk of senior managers"),
        "analyst": _l("analyst: sees counts only"),
        "administrator": _l("administrator: manages people and texts, reads no case"),
    }
    form.role.choices = options((one, hints[one]) for one in ROLES)
    found = settings.show(db, me.id, place.slug)
    form.desks.choices = options((one.slug, one.name) for one in found["desks"])


@console.page("/people", *PEOPLE)
def people(me: Me) -> Response:
    """The people of the usual organisation."""
    return _go(me.usual(*PEOPLE).slug)


def _go(slug: str) -> Response:
    return redirect(url_for("console.people_of", slug=slug), 303)  # type: ignore[return-value]


@console.page("/people/<slug>", *PEOPLE)
def people_of(me: Me, slug: str) -> Response:
    """Everybody, and who waits for a signature."""
    place = me.place(slug, *PEOPLE)
    administers = place.role in ADMIN
    with database().read() as db:
        found = administration.people(db, me.id, slug)["items"]
        invited = administration.invitations(db, me.id, slug)["items"] if administers else []
        left = administration.left(db, me.id, slug) if administers else []
        signing = None if administers else rosters.newcomers(db, slug, me.id)
        desks = organisations.desk_names(db, organisations.find(db, slug))
    names = {one["id"]: one["display_name"] for one in found}
    return show(
        "people.html", place=place, places=me.at(*PEOPLE), people=found, invitations=invited,
        signing=signing, names=names, administers=administers, left=left, desks=desks,
    )  # fmt: skip


# --- what handlers sign -------------------------------------------------------------------


def _newcomer(me: Me, slug: str, person: UUID) -> tuple[Place, dict[str, Any], dict[str, Any]]:
    """Who waits for a signature, and what the page shows besides. Raises `NotFound`."""
    place = me.place(slug, *READERS)
    with database().read() as db:
        found = rosters.newcomers(db, slug, me.id)
        desks = organisations.desk_names(db, organisations.find(db, slug))
    for one in found["items"]:
        if one["id"] == person:
            return place, one, {"own": found["own_fingerprint"], "desk_names": desks}
    raise NotFound


@console.page("/people/<slug>/approve/<uuid:person>", *READERS, form=True)
def people_approve(me: Me, slug: str, person: UUID) -> Response:
    """Compares two fingerprints, then signs the roster."""
    place, one, more = _newcomer(me, slug, person)
    if one["why"] == "left":
        raise NotFound
    form = Approve()
    if sent(form):
        with refusals(form):
            if not form.compared.data:
                raise Invalid(errors={"compared": [_("Compare it first, then tick this.")]})
            if form.fingerprint.data != one["fingerprint"] or form.desks.data != _desks(one):
                form.fingerprint.data, form.desks.data = one["fingerprint"], _desks(one)
                raise Conflict(_("This changed meanwhile. Compare it again."))
            body = {"approve": person, "fingerprint": one["fingerprint"], "desks": one["desks"]}
            database().write(lambda db: rosters.next_record(db, slug, me.id, me.keyring, body))
            return done(_("The roster was signed."), "console.people_of", slug=slug)
    else:
        form.fingerprint.data, form.desks.data = one["fingerprint"], _desks(one)
    return show("people_approve.html", form=form, place=place, one=one, **more)


def _desks(one: dict[str, Any]) -> str:
    return " ".join(one["desks"])


@console.page("/people/<slug>/retire/<uuid:person>", *READERS, form=True)
def people_retire(me: Me, slug: str, person: UUID) -> Response:
    """Ends the entry of somebody who left: no new case is sealed to their keys."""
    place, one, _more = _newcomer(me, slug, person)
    form = Confirm()
    if sent(form):
        with refusals(form):
            body = {"retire": person}
            database().write(lambda db: rosters.next_record(db, slug, me.id, me.keyring, body))
            return done(_("The roster was signed."), "console.people_of", slug=slug)
    return show("people_retire.html", form=form, place=place, one=one)


# --- what administrators change -----------------------------------------------------------


@console.page("/people/<slug>/invite", *ADMIN, form=True)
def people_invite(me: Me, slug: str) -> Response:
    """Invites somebody; the link is shown once."""
    place = me.place(slug, *ADMIN)
    form = Invitation()
    with database().read() as db:
        _choices(form, db, me, place)
    if sent(form):
        with refusals(form):
            given = {
                "organisation": slug,
                "display_name": form.display_name.data,
                "role": form.role.data,
                "desks": form.desks.data,
            }
            return _invited(me, place, checked(Invite, given))
    return show("people_invite.html", form=form, place=place)


def _invited(me: Me, place: Place, body: dict[str, Any]) -> Response:
    made = database().write(lambda db: administration.invite(db, me.id, body))
    return show(
        "people_invited.html", place=place, made=made, link=f"{_origin()}{made['link_path']}"
    )


def _origin() -> str:
    """Where the console is, for a link: https everywhere but on the machine itself."""
    host = urlsplit(request.host_url).hostname
    scheme = "http" if host in ("localhost", "127.0.0.1", "::1") else "https"
    return f"{scheme}://{request.host}"


def _person(me: Me, slug: str, person: UUID) -> tuple[Place, dict[str, Any]]:
    place = me.place(slug, *ADMIN)
    with database().read() as db:
        for one in administration.people(db, me.id, slug)["items"]:
            if one["id"] == person:
                return place, one
    raise NotFound


@console.page("/people/<slug>/change/<uuid:person>", *ADMIN, form=True)
def people_change(me: Me, slug: str, person: UUID) -> Response:
    """Changes name, role or desks; a handler then has to sign."""
    place, one = _person(me, slug, person)
    form = Change(data={name: one[name] for name in ("display_name", "role", "desks")})
    with database().read() as db:
        _choices(form, db, me, place)
    if sent(form):
        with refusals(form):
            given = {
                "organisation": slug,
                "display_name": form.display_name.data,
                "role": form.role.data,
            }
            body = checked(ChangePerson, given | {"desks": form.desks.data or []})
            database().write(lambda db: administration.change_person(db, me.id, str(person), body))
            return done(_("The change was stored."), "console.people_of", slug=slug)
    return show("people_change.html", form=form, place=place, one=one)


@console.page("/people/<slug>/renew/<uuid:person>", *ADMIN, form=True)
def people_renew(me: Me, slug: str, person: UUID) -> Response:
    """Invites somebody who lost everything to new keys."""
    place, one = _person(me, slug, person)
    form = Confirm()
    if sent(form):
        with refusals(form):
            given = {"organisation": slug, "account": str(person)}
            return _invited(me, place, checked(Invite, given))
    return show("people_renew.html", form=form, place=place, one=one)


@console.page("/people/<slug>/remove/<uuid:person>", *ADMIN, form=True)
def people_remove(me: Me, slug: str, person: UUID) -> Response:
    """Takes somebody out of the organisation."""
    place, one = _person(me, slug, person)
    form = Confirm()
    if sent(form):
        with refusals(form):
            found = database().write(
                lambda db: administration.remove_person(db, me.id, str(person), slug)
            )
            text = _("They are out of the organisation.")
            if found["to_sign"]:
                text = _("They are out of the organisation. A handler has to sign the roster "
                         "now: until then new cases are still sealed to their keys.")  # fmt: skip
            return done(text, "console.people_of", slug=slug)
    return show("people_remove.html", form=form, place=place, one=one)


@console.act("/people/<slug>/invitations/<invitation>/withdraw", *ADMIN, back="console.people_of")
def people_withdraw(me: Me, slug: str, invitation: str) -> Response:
    """Takes an invitation back."""
    me.place(slug, *ADMIN)
    database().write(lambda db: administration.withdraw_invitation(db, me.id, invitation))
    return done(_("The invitation is worth nothing any more."), "console.people_of", slug=slug)
