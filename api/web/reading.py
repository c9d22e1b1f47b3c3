"""Who reads a case now, and what is asked about them before anything goes to somebody new.

For pages that send something to the readers
--------------------------------------------
In the page's form, before its button:

    {% import "web/people_cards.html" as people with context %}
    {{ people.ask(asked, agreed) }}

and where the form is taken:

    agreed = settle(who)                        # takes keys away, if a button said so
    asked = change(who, rule, judge)            # the rule runs if `judge` names nobody
    if asked:
        return show("reply.html", asked=asked, agreed=agreed, ...)     # filled in, nothing sent

`asked` and `agreed` are empty where a page is shown at first. The card has two buttons of that
same form, "Take the key away" and "Go on anyway": pressed, the form is sent again with what was
typed, and goes through. What was agreed to travels in the form and counts for the present
readers only; what was once sealed to somebody of the desk needs no asking again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from api.contract import Who, database
from api.models.base import Work
from api.rules import own_case, own_changes, readers
from api.rules.own_case import OwnCase
from api.web.pages import several
from shared import who as judged
from shared.errors import Conflict
from shared.who import Reader

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
