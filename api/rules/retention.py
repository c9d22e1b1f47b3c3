"""Closed cases are deleted after the organisation's period, and never unannounced.

A case is announced `NOTICE_DAYS` before it goes: its day is written down, the inbox and the case
show it. It goes on that day if it still should. So neither a shorter period nor a clock that is
ahead for a while takes away what nobody was told of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from sqlalchemy import bindparam, exists, or_, select

from api.models.base import Database, Work
from api.models.case import Case, HeldAct
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import audit, organisations, withdrawing
from api.rules.deadlines import NOTICE_DAYS

_WAITS = select(
    or_(
        exists().where(Message.case_id == bindparam("case_id"), Message.visible_from.is_not(None)),
        exists().where(HeldAct.case_id == bindparam("case_id")),
    )
)
"""Whether something waits for its release: a message that nobody has read, or who was let in and
has not seen the case. Then the case does not go."""


def work(database: Database) -> None:
    """Announces what is to go, and deletes what was announced for today, one case at a time."""
    with database.read() as db:
        ids = db.scalars(select(Organisation.id).order_by(Organisation.id)).all()
    for one in ids:
        for case_id in database.write(lambda db, one=one: _announce(db, one)):  # type: ignore[misc]
            database.write(lambda db, case_id=case_id: _delete(db, case_id))  # type: ignore[misc]


def goes_on(case: Case, organisation: Organisation, today: date) -> date | None:
    """The day on which a case is deleted as things are; None while it is open or on hold.

    Once it was announced, what the reporter writes moves that day when it is shown
    (`deadlines.put_off`).
    """
    if case.status != "closed" or case.closed_on is None or case.legal_hold is not None:
        return None
    period = relativedelta(months=organisations.settings(organisation)["retention_months"])
    return max(case.closed_on + period, case.goes_on or today + timedelta(days=NOTICE_DAYS))


def _announce(db: Work, organisation_id: int) -> list[UUID]:
    """Writes down the days of what goes within the notice. Returns what goes today."""
    organisation = db.get_one(Organisation, organisation_id)
    today = organisations.today(db, organisation)
    gone = list[UUID]()
    last = today + timedelta(days=NOTICE_DAYS)
    for case in _candidates(db, organisation, today):
        if case.goes_on is not None and case.goes_on > last:
            case.goes_on = None  # written by a clock that was ahead
        day = goes_on(case, organisation, today)
        case.goes_on = None if day is None or day > last else day
        if case.goes_on is not None and case.goes_on <= today:
            gone.append(case.id)
    db.flush()
    return gone


def _candidates(db: Work, organisation: Organisation, today: date) -> Iterable[Case]:
    months = organisations.settings(organisation)["retention_months"]
    # A few days more, since months are of different lengths: `goes_on` says it exactly.
    before = today + timedelta(days=NOTICE_DAYS + 3) - relativedelta(months=months)
    return db.scalars(
        select(Case)
        .where(
            Case.organisation_id == organisation.id,
            or_(
                Case.goes_on.is_not(None),
                (Case.status == "closed") & (Case.closed_on <= before),
            ),
        )
        .order_by(Case.id)
        .with_for_update()
    ).all()


def _delete(db: Work, case_id: UUID) -> None:
    case = db.get(Case, case_id, with_for_update=True)
    if case is None or case.goes_on is None:
        return
    organisation = db.get_one(Organisation, case.organisation_id)
    today = organisations.today(db, organisation)
    day = goes_on(case, organisation, today)
    if day is None or day > today or db.scalar(_WAITS, {"case_id": case_id}):
        return
    withdrawing.delete(db, case)
    audit.record(db, organisation, audit.OPERATOR, "case_expired", case_id)
