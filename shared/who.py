"""Who can read a case, and why: by signatures, never by the service's word.

It says nothing in words: each client finds its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from uuid import UUID

from shared.consents import Consent
from shared.sealing.case import Case
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES, Party, Record, handlers_of
from shared.sealing.keyring import fingerprint
from shared.sealing.roster import Roster
from shared.thread import ThreadMessage

DESK, CONSENT, ADDED, ENDED, STRANGER = "desk", "consent", "added", "ended", "stranger"
"""Why somebody reads: of the chosen desk, by a consent that holds, let in by the reporter's own
signature, by a consent that has ended or was taken back, or for no reason that was signed."""

Known = tuple[UUID, str]
"""Somebody whom the reporter accepted: their id, and the fingerprint of their keys then."""

STAY = (DESK, CONSENT, ADDED)
"""Those who read it rightly."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who has a key to what comes now.

    `name` is that of the signed roster, empty for somebody who was never on it. `why` is one of
    the five above; with `CONSENT` and `ENDED`, `consent` is the one that counts longest.
    `agreed` is false while the reporter has to be asked before anything more goes to them.
    """

    id: UUID
    name: str
    why: str
    agreed: bool = True
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """What there is to judge a reader by. `agreed` holds whom the reporter accepted."""

    case: Case
    desk: str
    consents: Mapping[UUID, Consent]
    written: frozenset[Known]
    agreed: Collection[Known]
    today: date


def known(one: Party) -> Known:
    """Somebody by the keys that they read with: the same id with another key is not known."""
    return one.id, fingerprint(one.seal_key, one.sign_key)


def written_to(messages: Iterable[ThreadMessage]) -> frozenset[Known]:
    """Everybody whom the reporter has sealed a message to: they were asked before that.

    But for a consent that was refused or taken back: that goes out whoever reads.
    """
    sealed = {
        one.sealed_to
        for one in messages
        if one.author == "reporter" and one.content is not None and not _takes_back(one.content)
    }
    return frozenset(known(each) for parties in sealed for each in parties)


def _takes_back(content: Mapping[str, object]) -> bool:
    return content.get("type") == "consent" and not content.get("granted")


def readers(grounds: Grounds, name_of: Callable[[UUID], str]) -> tuple[Reader, ...]:
    """The readers of the newest record but the reporter, by name; the nameless come last."""
    newest = grounds.case.records[MESSAGES][-1]
    chosen = _chosen(grounds.case, grounds.desk)
    listed = {one.id for one in grounds.case.roster.newest.desk(grounds.desk)} if chosen else set()
    added = _added(grounds.case)
    found = (
        _asked_again(grounds, one, _reader(grounds, one, name_of(one.id), chosen, listed, added))
        for one in handlers_of(newest)
    )
    return tuple(sorted(found, key=lambda one: (not one.name, one.name, str(one.id))))


def without(consents: Mapping[UUID, Consent], request: UUID) -> dict[UUID, Consent]:
    """All consents but the one to this request: who still reads then reads by another right."""
    return {key: one for key, one in consents.items() if key != request}


def unknown(people: Iterable[Reader]) -> tuple[Reader, ...]:
    """Those to be asked about whom no desk, no consent and no signature of the reporter let in."""
    return tuple(one for one in people if not one.agreed and one.why in (STRANGER, ENDED))


def _asked_again(grounds: Grounds, party: Party, reader: Reader) -> Reader:
    """Who came back with another key has to be accepted anew, by whatever right they read."""
    other = any(
        one.id == party.id and one != party
        for record in grounds.case.records[MESSAGES]
        for one in record.readers
    )
    if not other or known(party) in grounds.written or known(party) in grounds.agreed:
        return reader
    return replace(reader, agreed=False)


def _reader(
    grounds: Grounds,
    party: Party,
    name: str,
    chosen: Collection[UUID],
    listed: Collection[UUID],
    added: Collection[UUID],
) -> Reader:
    who = party.id
    here, before = known(party) in grounds.agreed, known(party) in grounds.written
    if who in chosen or who in listed:
        return Reader(who, name, DESK, here or who in chosen or before)
    named = [one for one in grounds.consents.values() if who in one.handlers]
    holding = [one for one in named if one.holds(grounds.today)]
    if holding:
        return Reader(who, name, CONSENT, True, max(holding, key=lambda one: one.until))
    if who in added:
        return Reader(who, name, ADDED)
    if named:
        return Reader(who, name, ENDED, here, max(named, key=lambda one: one.until))
    return Reader(who, name, STRANGER, here or before)


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
