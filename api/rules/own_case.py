"""The reporter's own case, opened whole: by what was signed, as the app opens it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from api.models.base import Work
from api.models.case import Case, CaseEpoch
from api.models.message import Message
from api.models.organisation import Desk, Organisation, RosterRecord
from api.rules import organisations
from api.rules.messages import SEALS
from api.rules.unlocking import unlock
from shared import consents, who
from shared.consents import Asked, Consent
from shared.errors import BrokenChain, NotAllowed, NotFound
from shared.sealing import case as sealing
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES
from shared.sealing.keyring import Keyring
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import Thread
from shared.sealing.roster import Entry
from shared.thread import ThreadMessage, left_out, open_message
from shared.who import Grounds, Known, Reader


@dataclass(frozen=True, slots=True)
class OwnCase:
    """The case as its reporter has it open: records, keys and the whole thread, checked.

    `row` and `organisation` are of the session that it was opened in. `desk` is the short name
    of the desk that has it now: the service's word. `excluded` is whom the report left out.
    `state` is what `state_of` said before it was opened.
    """

    row: Case
    organisation: Organisation
    desk: str
    today: date
    keys: sealing.Case = field(repr=False)
    messages: tuple[ThreadMessage, ...] = field(repr=False)
    excluded: frozenset[UUID]
    state: tuple[object, ...] = field(repr=False)

    def name_of(self, handler: UUID) -> str:
        """A handler's name by the signed roster; empty for somebody who was never on it."""
        return self.keys.roster.name_of(handler)

    def given(self) -> dict[UUID, Consent]:
        """The newest answer that the reporter signed to each request, by the request's id."""
        return consents.given(self.messages)

    def readers(
        self, agreed: Collection[Known] = (), given: Mapping[UUID, Consent] | None = None
    ) -> tuple[Reader, ...]:
        """Who has a key to what comes now, and why. `agreed` were accepted meanwhile."""
        grounds = Grounds(
            self.keys,
            self.desk,
            self.given() if given is None else given,
            who.written_to(self.messages),
            agreed,
            self.today,
        )
        return who.readers(grounds, self.name_of)

    def by_consent_alone(self, request: UUID) -> frozenset[UUID]:
        """Who would have no right to read without the consent to this request."""
        given = self.given()
        answer = given.get(request)
        if answer is None:
            return frozenset()
        others = self.readers(given=who.without(given, request))
        return frozenset(
            one.id for one in others if one.id in answer.handlers and one.why not in who.STAY
        )

    def stands(self, asked: Asked, given: Mapping[UUID, Consent] | None = None) -> str:
        """Where a request for consent stands: a code of `shared.consents`.

        `given` spares reading the thread for the answers anew.
        """
        answers = self.given() if given is None else given
        return consents.state(
            asked,
            answers.get(asked.id),
            self.today,
            left_out=self.excluded,
            listed=self.name_of,
        )

    def others(self) -> list[Entry]:
        """Handlers of the signed roster who don't read it and were not left out, by name."""
        passed = {one.id for one in self.readers()} | self.excluded
        listed = self.keys.roster.newest.handlers
        found = [one for one in listed if not one.until and one.id not in passed]
        return sorted(found, key=lambda one: (one.name.casefold(), str(one.id)))

    def at_desk(self, desk: str) -> list[Entry]:
        """Who would read it at a desk, by name: of the signed roster, less those left out."""
        found = sealing.readers_of(self.keys.roster, desk, self.excluded)
        return sorted(found, key=lambda one: (one.name.casefold(), str(one.id)))


def state_of(db: Work, case_id: UUID) -> tuple[object, ...]:
    """What decides who reads a case: as long as it is the same, so is whoever has to be asked.

    The newest record of its readers and of the roster, its desk, and how much the reporter wrote
    and signed. Empty for a case that is gone.
    """
    record = (
        select(CaseEpoch.signature)
        .where(CaseEpoch.case_id == Case.id, CaseEpoch.purpose == MESSAGES)
        .order_by(CaseEpoch.epoch.desc())
        .limit(1)
    )
    roster = select(func.max(RosterRecord.version)).where(
        RosterRecord.organisation_id == Case.organisation_id
    )
    written = select(func.max(Message.number)).where(
        Message.case_id == Case.id, Message.author == BY_REPORTER
    )
    found = select(
        Case.desk_id, record.scalar_subquery(), roster.scalar_subquery(), written.scalar_subquery()
    ).where(Case.id == case_id)
    return tuple(db.execute(found).one_or_none() or ())


def open_own(db: Work, case_id: UUID, keyring: Keyring | None) -> OwnCase:
    """Opens the reporter's case. Messages that don't check say so themselves.

    Raises `NotAllowed` for a session that may not open, `NotFound` for a case that is gone,
    and `BrokenChain`, `BadKey`, `WrongKey` or `Damaged` where the case itself does not check:
    also where somebody reads it whom the report left out. Then nothing may be sent.
    """
    if keyring is None:
        raise NotAllowed(SEALS)
    # First: what changes while it is opened is then seen to have changed.
    state = state_of(db, case_id)
    case = db.get(Case, case_id)
    if case is None:
        raise NotFound
    organisation = db.get_one(Organisation, case.organisation_id)
    keys = unlock(db, organisation, case, REPORTER, keyring)
    keys.check_newest()
    rows = db.scalars(select(Message).where(Message.case_id == case_id).order_by(Message.number))
    thread = Thread()
    messages = tuple(
        open_message(keys, thread, one.envelope, one.id, one.number, one.author, one.day)
        for one in rows
    )
    for one in messages:
        if isinstance(one.problem, BrokenChain):
            raise one.problem
    return OwnCase(
        case,
        organisation,
        db.get_one(Desk, case.desk_id).slug,
        organisations.today(db, organisation),
        keys,
        messages,
        frozenset().union(*map(left_out, messages)),
        state,
    )
