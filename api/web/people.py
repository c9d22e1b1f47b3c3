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

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from babel.lists import format_list
from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _

from api.contract import Who, database
from api.models.base import Work
from api.rules import own_case, readers
from api.rules.own_case import OwnCase
from api.web.pages import several
from shared import who as judged
from shared.who import Reader

AGREED, ASKED, ANSWER = "agreed", "asked", "people"
"""Fields of a form: ids that were agreed to, ids that its card asks about, what was pressed."""

TAKE_AWAY, GO_ON = "take-away", "go-on"


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


def names(people: Iterable[Reader]) -> str:
    """Names as one says them: `one`, `one and another`, `one, another and a third`."""
    said = [one.name or str(_("somebody who is not on the list")) for one in people]
    return listed(said)


def listed(names: Sequence[str]) -> str:
    """The same of names alone, as the page's language writes a list."""
    return format_list(names, "standard", get_locale())
