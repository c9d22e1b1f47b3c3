"""Who reads a case, by name and by what right; letting somebody in, shutting somebody out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from api.contract import Who, database
from api.rules import organisations, own_changes
from api.rules.own_case import OwnCase
from api.web.copies import copies
from api.web.language import day, listed, stock
from api.web.pages import go, web
from api.web.reading import change, ids, readers_of, settle, shut_out
from api.web.showing import show
from shared import consents
from shared.errors import NoReader
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES
from shared.who import ADDED, CONSENT, DESK, STRANGER, Reader

# --- in words -----------------------------------------------------------------------------


def name(handler: str) -> str:
    """A name of the signed roster, or what to say of somebody who was never on it."""
    return handler or str(_("somebody who is not on the list"))


def names(people: Iterable[Reader]) -> str:
    """Names as one says them: `one`, `one and another`, `one, another and a third`."""
    return listed(name(one.name) for one in people)


def about(one: Reader) -> str:
    """Why somebody reads it."""
    if one.consent is not None:
        until = day(one.consent.until)
        if one.why == CONSENT:
            return str(_("Shared with your consent until %(day)s.", day=until))
        if one.consent.granted:
            return str(_("Your consent ended on %(day)s.", day=until))
        return str(_("Your consent was taken back."))
    texts = {
        DESK: _("Can read it. Works at this desk."),
        ADDED: _("Can read it. You added them."),
        STRANGER: _("Not from the desk that you chose, and you did not agree to it."),
    }
    return str(texts[one.why])


def nobody_left() -> str:
    """Why a key can't be taken away."""
    return str(_("Nobody would be left to read it, so nothing was changed."))


# --- pages --------------------------------------------------------------------------------


@web.case("/c/<visit:visit>/people", form=True)
def people(who: Who, visit: str) -> Response:
    """Who reads it, by name and why; takes the key from all whom nothing signed let in."""
    faults = {}
    if request.method == "POST":
        try:
            settle(who)
        except NoReader:
            faults = {"": nobody_left()}
        else:
            return go("web.people_changed", visit=visit, did="out")
    return _people(who, visit, faults=faults)


@web.case("/c/<visit:visit>/people/changed/<any(in,out,desk):did>")
def people_changed(who: Who, visit: str, did: str) -> Response:
    """The same after a change, which it tells of if the newest signed record says so too."""
    return _people(who, visit, did=did)


def _agrees(own: OwnCase, did: str) -> bool:
    """Whether the newest change of readers is the reporter's own, and of this kind."""
    *_earlier, before, now = (None, *own.keys.records[MESSAGES])
    if before is None or now is None or now.signer != REPORTER:
        return False
    then, ids = ({one.id for one in record.readers} for record in (before, now))
    if did == "desk" and not ids - {REPORTER} <= {one.id for one in own.at_desk(own.desk)}:
        return False
    return bool(then - ids if did == "out" else ids - then)


def _people(who: Who, visit: str, did: str = "", **told: Any) -> Response:
    with database().read() as db:
        found = readers_of(db, who)
        made = copies(db, found.own)
    own = found.own
    did = did if not did or _agrees(own, did) else "same"
    return show(
        "people.html",
        visit=visit,
        people=[(one, name(one.name), about(one)) for one in found.people],
        asked=consents.asked(own.messages),
        strangers=found.strangers,
        allowed=listed(sorted(_allowed(own, found.people))),
        left_out=listed(sorted(name(own.name_of(one)) for one in own.excluded)),
        may_add=bool(own.others()),
        copies=made,
        did=did,
        **told,
    )


@web.case("/c/<visit:visit>/people/<uuid:handler>/out", form=True)
def person_out(who: Who, visit: str, handler: UUID) -> Response:
    """Asks before it takes the key from somebody."""
    faults = {}
    if request.method == "POST":
        try:
            shut_out(who, {handler})
        except NoReader:
            faults = {"": nobody_left()}
        else:
            return go("web.people_changed", visit=visit, did="out")
    with database().read() as db:
        found = readers_of(db, who)
    one = next((one for one in found.people if one.id == handler), None)
    if one is None:
        return go("web.people", visit=visit)
    return show("person_out.html", visit=visit, name=name(one.name), faults=faults)


@web.case("/c/<visit:visit>/people/in", form=True)
def people_in(who: Who, visit: str) -> Response:
    """Whom of the organisation to let in."""
    with database().read() as db:
        own = readers_of(db, who).own
        desks = organisations.desk_names(db, own.organisation)
    chosen = ids([request.form.get("handler", "")])
    others = [(one, _works_at(one.desks, desks)) for one in own.others()]
    faults = {}
    if request.method == "POST":
        for one, _desks in others:
            if one.id in chosen:
                return go("web.person_in", visit=visit, handler=one.id)
        faults = {"handler": _("Choose who should read it too.")}
    return show("people_in.html", visit=visit, others=others, faults=faults)


@web.case("/c/<visit:visit>/people/<uuid:handler>/in", form=True)
def person_in(who: Who, visit: str, handler: UUID) -> Response:
    """Asks before it lets somebody in."""
    if request.method == "POST":
        change(who, lambda db, own: own_changes.let_in(db, own, handler))
        return go("web.people_changed", visit=visit, did="in")
    with database().read() as db:
        own = readers_of(db, who).own
        desks = organisations.desk_names(db, own.organisation)
    one = next((one for one in own.others() if one.id == handler), None)
    if one is None:
        return go("web.people", visit=visit)
    works_at = _works_at(one.desks, desks)
    return show("person_in.html", visit=visit, name=one.name, desks=works_at)


def _allowed(own: OwnCase, people: Iterable[Reader]) -> set[str]:
    """The names of those whom the reporter allowed to read, and who have no key yet."""
    holding = (one for one in own.given().values() if one.holds(own.today))
    named = {handler for one in holding for handler in one.handlers}
    return {name(own.name_of(one)) for one in named - {one.id for one in people}}


def _works_at(slugs: Iterable[str], desks: dict[str, str]) -> str:
    return listed(stock(desks.get(one, one)) for one in slugs)
