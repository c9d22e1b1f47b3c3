"""When a reporter's acts become visible: at set hours, so that no rota can be held to them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select, update

from api.models.base import Database, Work, following
from api.models.case import Case, CaseAccess
from api.models.message import Message
from api.models.organisation import Organisation


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


def settle(database: Database) -> None:
    """Shows handlers what has become due. One cheap look when nothing has."""
    with database.read() as db:
        due = db.scalar(select(exists().where(Message.visible_from <= int(db.now))))
    if due:
        database.write(_settle_due)


def _settle_due(db: Work) -> None:
    due = select(Message.case_id).where(Message.visible_from <= int(db.now)).distinct()
    for case_id in db.scalars(due).all():
        show(db, case_id, until=int(db.now))


def show(db: Work, case_id: UUID, until: int | None = None) -> None:
    """Releases a case's held messages, in order: those due at `until`, or all.

    The hour is taken out of the database with it.
    """
    db.execute(select(Case.id).where(Case.id == case_id).with_for_update())
    held: Any = select(Message).where(
        Message.case_id == case_id, Message.visible_from.is_not(None)
    )
    if until is not None:
        held = held.where(Message.visible_from <= until)
    shown = db.scalar(select(func.max(Message.desk_number)).where(Message.case_id == case_id))
    for at, message in enumerate(
        db.scalars(held.order_by(Message.number)).all(), (shown or 0) + 1
    ):
        message.desk_number, message.visible_from = at, None
        if message.number == 1:
            db.execute(
                update(CaseAccess)
                .where(CaseAccess.case_id == case_id)
                .values(inbox_number=following(CaseAccess.inbox_number))
            )
    db.flush()
