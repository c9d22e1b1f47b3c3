"""Who reads a case, by name and by what right: asked about before anything goes to somebody new.

For pages that send something to the readers
--------------------------------------------
In the page's form, before its button:

    {% import "web/people_cards.html" as people with context %}
    {{ people.ask(asked, agreed) }}

and where the form is taken:

    agreed = settle(who)                        # takes keys away, if a button said so
    with database().read() as db:
        asked = readers_of(db, who).unagreed(agreed)
    if asked:
        return show("reply.html", asked=asked, agreed=agreed, ...)     # filled in, nothing sent

`asked` and `agreed` are empty where a page is shown at first. The card has two buttons of that
same form, "Take the key away" and "Go on anyway": pressed, the form is sent again with what was
typed, and goes through. What was agreed to travels in the form and counts for the present
readers only; what was once sealed to somebody of the desk needs no asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from api.contract import Who, database
from api.models.base import Work
from api.rules import organisations, own_case, own_changes, readers
from api.rules.own_case import OwnCase
from api.web.language import day, listed, stock
from api.web.pages import go, several, web
from api.web.showing import show
from shared import consents
from shared import who as judged
from shared.errors import Conflict, NoReader
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES
from shared.who import ADDED, CONSENT, DESK, STRANGER, Reader

AGREED, ASKED, ANSWER = "agreed", "asked", "people"
"""Fields of a form: ids that were agreed to, ids that its card asks about, what was pressed."""

TAKE_AWAY, GO_ON = "take-away", "go-on"

_ROUNDS = 4
"""So often a case is judged anew that somebody changes meanwhile."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads a case now. `own` is the case, opened: its thread, keys, today's day."""

    own: OwnCase
    people: tuple[Reader, ...]

    @property
    def strangers(self) -> tuple[Reader, ...]:
        """Those to be asked about whom no desk, no consent and no signature let in."""
        return judged.unknown(self.people)

    def unagreed(self, agreed: Collection[UUID] = ()) -> tuple[Reader, ...]:
        """Who has to be agreed to before anything more is sent, but for these."""
        return tuple(one for one in self.people if not one.agreed and one.id not in agreed)


def readers_of(db: Work, who: Who, own: OwnCase | None = None) -> Reading:
    """Who reads the caller's case. Give `own` where it is open already.

    Raises as `own_case.open_own`.
    """
    opened = own or own_case.open_own(db, who.id, who.keyring)
    return Reading(opened, opened.readers())


def change(
    who: Who,
    rule: Callable[[Work, OwnCase], object],
    judge: Callable[[OwnCase], tuple[Reader, ...]] = lambda _own: (),
) -> tuple[Reader, ...]:
    """Runs a rule on the caller's case, unless `judge` names people to be asked about first.

    Then those are the answer, and nothing was done. Nobody comes in between: what was judged
    is still so where the rule runs, or it is judged again. Raises as `own_case.open_own`, and
    `Conflict` if others change the case all the time.
    """
    for _round in range(_ROUNDS):
        with database().read() as db:
            own = own_case.open_own(db, who.id, who.keyring)
        if asked := judge(own):
            return asked
        done = partial(own_changes.act, own=own, rule=partial(_with, rule, own))
        if database().write(done):
            return ()
    raise Conflict(_("Something changed here meanwhile. Look at it again, then try again."))


def _with(rule: Callable[[Work, OwnCase], object], own: OwnCase, db: Work) -> object:
    return rule(db, own)


def settle(who: Who) -> frozenset[UUID]:
    """Does what was pressed on the card of a form; the ids that were agreed to.

    Raises as `readers.post_by_reporter`.
    """
    agreed, asked = ids(several(AGREED)), ids(several(ASKED))
    pressed = request.form.get(ANSWER)
    if pressed == GO_ON:
        return agreed | asked
    if pressed == TAKE_AWAY:
        shut_out(who, asked)
    return agreed


def shut_out(who: Who, handlers: Collection[UUID]) -> None:
    """Takes these the key to all that comes. Raises `NoReader` if nobody would be left."""
    if handlers:
        body = {"remove": handlers}
        database().write(lambda db: readers.post_by_reporter(db, who.id, who.keyring, body))


def ids(sent: Collection[str]) -> frozenset[UUID]:
    """The ids among what a form sent."""
    found = set()
    for one in sent:
        try:
            found.add(UUID(one))
        except ValueError:
            continue
    return frozenset(found)


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
    own = found.own
    did = did if not did or _agrees(own, did) else "same"
    return show(
        "people.html",
        visit=visit,
        people=[(one, name(one.name), about(one)) for one in found.people],
        asked=consents.asked(own.messages),
        strangers=found.strangers,
        left_out=listed(sorted(name(own.name_of(one)) for one in own.excluded)),
        may_add=bool(own.others()),
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


def _works_at(slugs: Iterable[str], desks: dict[str, str]) -> str:
    return listed(stock(desks.get(one, one)) for one in slugs)
