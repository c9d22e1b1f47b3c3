"""When a reporter's acts become visible: at set hours, so that no rota can be held to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, or_, select, union, update

from api.models.base import Database, Work, following
from api.models.case import Case, CaseAccess, HeldAct
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import deadlines, events, organisations, tally


def next_release(organisation: Organisation, now: datetime) -> int | None:
    """The Unix time of the next release after `now`; None where acts show at once."""
    if organisation.release == "at once":
        return None
    zone = ZoneInfo(organisation.time_zone)
    today = now.astimezone(zone).date()
    hours = sorted(time.fromisoformat(hour) for hour in organisation.release)
    slots = (
        datetime.combine(today + timedelta(days=days), hour, zone)
        for days in (0, 1, 2)
        for hour in hours
    )
    return int(next(slot for slot in slots if slot > now).timestamp())


FARTHEST = 3 * 86400
"""Seconds that a release lies ahead at most. A later one was put there by a clock that was wrong:
what came by it would be shown in years."""


def settle(database: Database) -> None:
    """Shows handlers what has become due. One cheap look when nothing has."""
    with database.read() as db:
        now = int(db.now)
        due = db.scalar(
            select(
                or_(
                    exists().where(Message.visible_from <= now),
                    exists().where(HeldAct.visible_from <= now),
                    exists().where(Message.visible_from > now + FARTHEST),
                    exists().where(HeldAct.visible_from > now + FARTHEST),
                )
            )
        )
    if due:
        database.write(_settle_due)


def _settle_due(db: Work) -> None:
    now = int(db.now)
    _bring_near(db)
    due = union(
        select(Message.case_id).where(Message.visible_from <= now),
        select(HeldAct.case_id).where(HeldAct.visible_from <= now),
    )
    for case_id in db.scalars(due).all():
        show(db, case_id, until=now)


def _bring_near(db: Work) -> None:
    """What a clock that was ahead held back is held until the next release from now."""
    far = int(db.now) + FARTHEST
    for table in (Message, HeldAct):
        found = select(table.case_id).where(table.visible_from > far).distinct()
        for case_id in db.scalars(found).all():
            case = db.get_one(Case, case_id, with_for_update=True)
            held = next_release(db.get_one(Organisation, case.organisation_id), db.utc)
            db.execute(
                update(table)
                .where(table.case_id == case_id, table.visible_from > far)
                .values(visible_from=int(db.now) if held is None else held)
            )


def show(db: Work, case_id: UUID, until: int | None = None) -> None:
    """Releases a case's held messages, in order: those due at `until`, or all.

    The hour is taken out of the database with it. Outside it is told once, however much is shown.
    """
    case = db.scalars(select(Case).where(Case.id == case_id).with_for_update()).one_or_none()
    if case is None:
        return
    held: Any = select(Message).where(
        Message.case_id == case_id, Message.visible_from.is_not(None)
    )
    if until is not None:
        held = held.where(Message.visible_from <= until)
    shown = db.scalar(select(func.max(Message.desk_number)).where(Message.case_id == case_id))
    event = None
    for at, message in enumerate(
        db.scalars(held.order_by(Message.number)).all(), (shown or 0) + 1
    ):
        event = event or events.UPDATED
        message.desk_number, message.visible_from = at, None
        if message.number == 1:
            event = events.OPENED
            db.execute(
                update(CaseAccess)
                .where(CaseAccess.case_id == case_id)
                .values(inbox_number=following(CaseAccess.inbox_number))
            )
    db.flush()
    if _show_acts(db, case_id, until):
        event = event or events.UPDATED
    if event is not None:
        # Not when it was done: handlers see that day.
        organisation = db.get_one(Organisation, case.organisation_id)
        deadlines.put_off(case, organisations.today(db, organisation))
        db.flush()
        events.tell(db, case, event, urgent=until is None)


def _show_acts(db: Work, case_id: UUID, until: int | None) -> bool:
    """Releases what else the reporter did: who came by it, and an answer to be counted.

    True if there was anything.
    """
    held = select(HeldAct).where(HeldAct.case_id == case_id)
    if until is not None:
        held = held.where(HeldAct.visible_from <= until)
    acts = db.scalars(held).all()
    for act in acts:
        if act.kind == "desk":
            db.execute(
                update(CaseAccess)
                .where(CaseAccess.case_id == case_id, CaseAccess.inbox_number.is_(None))
                .values(inbox_number=following(CaseAccess.inbox_number))
            )
        else:
            count_answer(db, db.get_one(Case, case_id), act.detail)
        db.delete(act)
    db.flush()
    return bool(acts)


def count_answer(db: Work, case: Case, count: Mapping[str, str]) -> None:
    """Counts an answer to the closing question, by its value."""
    tally.of_case(db, case, [{"field": "speak_up_again", "from_": None, "to": count["value"]}])
