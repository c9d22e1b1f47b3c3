"""Notices by mail: that there is something new, and never what, of whom, or at which hour.

All of them say the same, whether it is a report, a reply, something overdue or something urgent:
who reads mail on its way learns only that an organisation's desk was told something. Many acts
make one notice, which goes at a random time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, or_, select

from api import mailing
from api.config import Config
from api.models.account import Position
from api.models.base import Work
from api.models.case import Case, CaseAccess
from api.models.notice import NoticeAddress, NoticeMark, NoticeSent
from api.models.organisation import Organisation
from api.models.outbox import Delivery
from api.rules import notice_addresses, organisations, outbox, unlocking
from api.rules.notice_addresses import CONFIRM, KIND
from api.rules.outbox import Item

NEW = "notice.new"
"""The one event of notices: what it was that happened does not stand in the outbox."""

URGENT_APART = 15 * 60
"""Seconds between two urgent notices to one person: anybody can mark a report as urgent."""

SUBJECT = "Something new in Wren"
TEXT = """There is something new in Wren for {organisation}.

Sign in to see what it is:

    {console}

This mail says the same whatever it is, so that nobody who sees it learns more. It comes at a
random time, and not with each thing. To have none, sign in and open "Your account".
"""
CODE_SUBJECT = "Your code for notices from Wren"
CODE_TEXT = """Somebody who is signed in to Wren wants notices to come to this address.

If it was you, type this code there: {code}

If it was not, do nothing: then no more mail comes.
"""

_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be sent."""

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)


# --- what is to be told ---------------------------------------------------------------------


def mark(db: Work, case: Case, *, by: UUID | None = None, urgent: bool = False) -> None:
    """Puts a notice into the outbox for each reader who is shown the case, but for who did it.

    One that waits already is enough. Who is away gets none: who stands in is a reader too, or
    may not know of the case. `urgent` goes at once.
    """
    if db.config.mail is None:
        return
    organisation = db.get_one(Organisation, case.organisation_id)
    for reader in _readers(db, case, organisation):
        if reader != by and _may_know(db, reader, case.id):
            _put(db, reader, organisation, case.id, urgent)


def _readers(db: Work, case: Case, organisation: Organisation) -> list[UUID]:
    """Those who read the case, have an address, and are not away."""
    found = (
        select(CaseAccess.handler)
        .join(NoticeAddress, NoticeAddress.account_id == CaseAccess.handler)
        .join(Position, Position.account_id == CaseAccess.handler)
        .where(
            CaseAccess.case_id == case.id,
            NoticeAddress.address.is_not(None),
            Position.organisation_id == organisation.id,
            or_(
                Position.away_until.is_(None),
                Position.away_until < organisations.today(db, organisation),
            ),
        )
        .order_by(CaseAccess.handler)
    )
    return list(db.scalars(found))


def _may_know(db: Work, reader: UUID, case_id: UUID) -> bool:
    found = exists().where(
        Case.id == CaseAccess.case_id,
        CaseAccess.case_id == case_id,
        unlocking.shown_to(db, reader),
    )
    return bool(db.scalar(select(found)))


def _put(db: Work, reader: UUID, organisation: Organisation, case_id: UUID, urgent: bool) -> None:
    waiting = db.scalars(
        select(Delivery)
        .where(
            Delivery.kind == KIND,
            Delivery.target == reader,
            Delivery.organisation_id == organisation.id,
            Delivery.event == NEW,
            Delivery.state == "waiting",
            # What a worker has in hand may have been read already: then this is one more.
            or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= int(db.now)),
        )
        .limit(1)
        .with_for_update()
    ).first()
    due = _due(db, reader, organisation, urgent)
    if waiting is None:
        delivery = outbox.put(
            db,
            kind=KIND,
            target=reader,
            organisation_id=organisation.id,
            event=NEW,
            body={},
            due_at=due,
        )
    else:
        delivery = waiting.id
        if urgent and waiting.due_at > due:
            waiting.due_at = due
            db.flush()
    if db.get(NoticeMark, (delivery, case_id)) is None:
        db.add(NoticeMark(delivery_id=delivery, case_id=case_id))
        db.flush()


def _due(db: Work, reader: UUID, organisation: Organisation, urgent: bool) -> int:
    """When the next notice may go: at a random point of the window, and not too soon."""
    sent = db.get(NoticeSent, (reader, organisation.id))
    # One from a clock that was ahead holds nobody up.
    last = sent.sent_at if sent is not None and sent.sent_at <= db.now else 0
    if urgent:
        # At once is 0, and no second: it would be that of the act.
        return last + URGENT_APART if last + URGENT_APART > db.now else 0
    chosen = organisations.settings(organisation)
    wait = 60 * chosen["notice_wait_minutes"]
    spread = _chance.uniform(0, 60 * chosen["notice_spread_minutes"])
    return int(max(db.now + wait, last + 3600 * chosen["notice_hours"]) + spread)


# --- on its way -----------------------------------------------------------------------------


def prepare(db: Work, items: Sequence[Item]) -> dict[UUID, Letter]:
    """The mails of these rows; none for whom nothing is left to be told."""
    made = {one.id: _letter(db, one) for one in items}
    return {id: letter for id, letter in made.items() if letter is not None}


def _letter(db: Work, item: Item) -> Letter | None:
    if item.event == CONFIRM:
        asked = notice_addresses.waiting_code(db, item.target)
        text = CODE_TEXT.format(code=asked["code"]) if asked else ""
        return Letter(asked["address"], CODE_SUBJECT, text) if asked else None
    row = db.get(NoticeAddress, item.target)
    to = notice_addresses.address(db.config, row) if row else None
    if to is None or db.config.mail is None or not _is_left(db, item):
        return None
    name = mailing.one_line(db.get_one(Organisation, item.organisation_id).name)
    return Letter(to, SUBJECT, TEXT.format(organisation=name, console=db.config.mail.console))


def _is_left(db: Work, item: Item) -> bool:
    """Whether the reader is still shown a case that the notice is about, and is not away."""
    organisation = db.get_one(Organisation, item.organisation_id)
    position = db.get(Position, (item.target, organisation.id))
    if position is None:
        return False
    if position.away_until and position.away_until >= organisations.today(db, organisation):
        return False
    found = exists().where(
        NoticeMark.delivery_id == item.id,
        NoticeMark.case_id == CaseAccess.case_id,
        Case.id == CaseAccess.case_id,
        unlocking.shown_to(db, item.target),
    )
    return bool(db.scalar(select(found)))


def send(config: Config, letter: Letter) -> str | None:
    """Sends it. None: the server took it; else a code as `mailing.send` gives."""
    if config.mail is None:
        return "off"
    return mailing.send(config.mail, letter.to, letter.subject, letter.text, config.clock())


def record(db: Work, results: Sequence[tuple[Item, str | None]]) -> None:
    """Notes when somebody was told last, so that the next notice is not too soon."""
    for item, why in results:
        if why is None and item.event == NEW and item.organisation_id is not None:
            db.merge(
                NoticeSent(
                    account_id=item.target,
                    organisation_id=item.organisation_id,
                    sent_at=int(db.now),
                )
            )
            db.flush()


# --- for those who run it -------------------------------------------------------------------


def held_up(db: Work) -> Mapping[str, int]:
    """How many mails wait because the server did not take them, by code."""
    found = select(Delivery.why).where(
        Delivery.kind == KIND, Delivery.state == "waiting", Delivery.why.is_not(None)
    )
    counts: dict[str, Any] = {}
    for why in db.scalars(found):
        counts[str(why)] = counts.get(str(why), 0) + 1
    return counts


def forget(db: Work, account: UUID, organisation_id: int) -> None:
    """Somebody left an organisation: nothing of it is told to them; with the last one all goes."""
    db.execute(
        delete(Delivery).where(
            Delivery.kind == KIND,
            Delivery.target == account,
            Delivery.organisation_id == organisation_id,
        )
    )
    db.execute(
        delete(NoticeSent).where(
            NoticeSent.account_id == account, NoticeSent.organisation_id == organisation_id
        )
    )
    left = exists().where(Position.account_id == account)
    if not db.scalar(select(left)):
        notice_addresses.remove(db, account)
