"""Once a day: tells of each case what became overdue, once for each kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from sqlalchemy import and_, delete, exists, select

from api.models.base import Database, Work
from api.models.case import Case, CaseCheck
from api.models.message import Message
from api.models.organisation import Organisation
from api.models.outbox import OverdueTold
from api.rules import events, organisations


def work(database: Database) -> None:
    """Tells what is overdue today and was not told, each organisation in its own transaction."""
    with database.read() as db:
        ids = db.scalars(select(Organisation.id).order_by(Organisation.id)).all()
    for one in ids:
        database.write(lambda db, one=one: _tell(db, one))  # type: ignore[misc]


def _tell(db: Work, organisation_id: int) -> None:
    organisation = db.get_one(Organisation, organisation_id)
    now = set(_overdue(db, organisation))
    told = {
        (row.case_id, row.kind)
        for row in db.execute(
            select(OverdueTold.case_id, OverdueTold.kind)
            .join(Case, Case.id == OverdueTold.case_id)
            .where(Case.organisation_id == organisation.id)
        )
    }
    # What is not overdue any more is told again if it comes to that. So also what was told by a
    # clock that was ahead.
    for case_id, kind in told - now:
        db.execute(
            delete(OverdueTold).where(OverdueTold.case_id == case_id, OverdueTold.kind == kind)
        )
    new = sorted(now - told, key=str)
    db.store(OverdueTold, *({"case_id": one, "kind": kind} for one, kind in new))
    for case_id in dict.fromkeys(one for one, _ in new):
        events.tell(db, db.get_one(Case, case_id), events.OVERDUE)


def _overdue(db: Work, organisation: Organisation) -> Iterator[tuple[UUID, str]]:
    """Cases that handlers are shown, each with what of it is overdue."""
    today: date = organisations.today(db, organisation)
    shown = exists().where(
        Message.case_id == Case.id, Message.number == 1, Message.desk_number.is_not(None)
    )
    within = and_(Case.organisation_id == organisation.id, shown)
    late = {
        "acknowledge": and_(Case.status == "new", Case.acknowledge_by < today),
        "feedback": and_(
            Case.status != "closed", Case.feedback_on.is_(None), Case.feedback_by < today
        ),
    }
    for kind, condition in late.items():
        for case_id in db.scalars(select(Case.id).where(within, condition)):
            yield case_id, kind
    checks = (
        select(CaseCheck.case_id, CaseCheck.months)
        .join(Case, Case.id == CaseCheck.case_id)
        .where(within, CaseCheck.done_on.is_(None), CaseCheck.due_on <= today)
    )
    for case_id, months in db.execute(checks):
        yield case_id, f"check-{months}"
