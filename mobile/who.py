"""Who can read a case, and why: by signatures, never by the service's word. No Kivy here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

from mobile.standing import spoken
from shared.consents import Consent
from shared.sealing.case import Case
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES, Record, handlers_of
from shared.sealing.roster import Roster
from shared.thread import ThreadMessage

DESK, CONSENT, ADDED, ENDED, STRANGER = "desk", "consent", "added", "ended", "stranger"
STAY = (DESK, CONSENT, ADDED)
"""Those who read it rightly."""
NOBODY = "somebody who is not on the list"


@dataclass(frozen=True)
class Person:
    """Somebody who has a key to what comes now.

    `why` is one of the five above. `agreed` is false while the user has to be asked first.
    `request` is the consent-request that let them in.
    """

    id: str
    name: str
    why: str
    about: str
    agreed: bool = True
    request: str = ""


@dataclass(frozen=True)
class Grounds:
    """What there is to judge a reader by. `agreed` holds ids that the user accepted here."""

    case: Case
    desk: str
    consents: Mapping[UUID, Consent]
    written: frozenset[UUID]
    agreed: Collection[str]
    today: date


def written_to(messages: Iterable[ThreadMessage]) -> frozenset[UUID]:
    """Everybody whom the reporter has sealed a message to: the app asks before it does."""
    found: frozenset[UUID] = frozenset()
    for one in messages:
        if one.author == "reporter" and one.content is not None:
            found |= one.read_by
    return found


def people(grounds: Grounds, name_of: Callable[[UUID], str]) -> tuple[Person, ...]:
    """The readers of the newest record but the reporter, by name."""
    newest = grounds.case.records[MESSAGES][-1]
    found = (_person(grounds, one.id, name_of(one.id) or NOBODY) for one in handlers_of(newest))
    return tuple(sorted(found, key=lambda one: (one.name, one.id)))


def _person(grounds: Grounds, who: UUID, name: str) -> Person:
    key, today = str(who), grounds.today
    here = key in grounds.agreed
    chosen = _chosen(grounds.case, grounds.desk)
    listed = {one.id for one in grounds.case.roster.newest.desk(grounds.desk)} if chosen else set()
    if who in chosen or who in listed:
        agreed = here or who in chosen or who in grounds.written
        return Person(key, name, DESK, "Can read it. Works at this desk.", agreed)
    named = [one for one in grounds.consents.values() if who in one.handlers]
    holding = [one for one in named if one.holds(today)]
    if holding:
        longest = max(holding, key=lambda one: one.until)
        about = f"Shared with your consent until {spoken(longest.until, today)}."
        return Person(key, name, CONSENT, about, True, str(longest.request))
    if who in _added(grounds.case):
        return Person(key, name, ADDED, "Can read it. You added them.")
    if named:
        newest = max(named, key=lambda one: one.until)
        over = f"ended on {spoken(newest.until, today)}" if newest.granted else "was taken back"
        return Person(key, name, ENDED, f"Your consent {over}.", here, str(newest.request))
    about = "Not from the desk that you chose, and you did not agree to it."
    return Person(key, name, STRANGER, about, here or who in grounds.written)


def _chosen(case: Case, desk: str) -> set[UUID]:
    """The handlers of the newest record with which the reporter chose this desk.

    The service names the desk, so its word counts only if the reporter signed a record of
    just that desk's handlers. Without one, nobody passes for a colleague of theirs.
    """
    for record in reversed(case.records[MESSAGES]):
        ids = {one.id for one in handlers_of(record)}
        if record.signer == REPORTER and ids and ids <= _ever_at(case.roster, desk):
            return ids
    return set()


def _ever_at(roster: Roster, desk: str) -> set[UUID]:
    return {
        entry.id for record in roster.records for entry in record.handlers if desk in entry.desks
    }


def _added(case: Case) -> set[UUID]:
    """Those who came by a record that the reporter signed."""
    records: tuple[Record, ...] = case.records[MESSAGES]
    found: set[UUID] = set()
    for before, after in pairwise(records):
        came = {one.id for one in after.readers} - {one.id for one in before.readers}
        found = found | came if after.signer == REPORTER else found - came
    return found
