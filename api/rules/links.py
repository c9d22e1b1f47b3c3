"""Links between cases that name the same group or person: handlers see them, reporters don't."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import case as when
from sqlalchemy import delete, or_, select

from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseLink
from api.models.organisation import Organisation
from api.rules import audit
from api.rules.unlocking import by_handler, check_desk_reader, check_open, lock, shown_to
from shared.errors import Conflict, Invalid, NotFound


def linked(db: Work, case: Case, handler: UUID) -> list[Case]:
    """The linked cases that were shown to this handler too; of others not even a count."""
    other = when((CaseLink.first == case.id, CaseLink.second), else_=CaseLink.first)
    ids = select(other).where(or_(CaseLink.first == case.id, CaseLink.second == case.id))
    return list(
        db.scalars(
            select(Case)
            .join(CaseAccess, CaseAccess.case_id == Case.id)
            .where(Case.id.in_(ids), shown_to(db, handler))
            .order_by(Case.opened_on, Case.reference)
        )
    )


def add(db: Work, handler: UUID, reference: str, other: str) -> None:
    """Links two cases of one organisation that the handler can open; again is no fault.

    Raises `NotFound` for a case that is not the handler's, `Invalid` for another one that is
    not, and `Conflict` for a case with itself.
    """
    case, second = _both(db, handler, reference, other)
    row = _place(case, second)
    if db.get(CaseLink, (row["first"], row["second"])) is None:
        db.store(CaseLink, row)
        organisation = db.get_one(Organisation, case.organisation_id)
        audit.record(db, organisation, handler, "cases_linked", case.id, other=str(second.id))


def remove(db: Work, handler: UUID, reference: str, other: str) -> None:
    """Takes a link away. Raises `NotFound`."""
    try:
        case, second = _both(db, handler, reference, other)
    except Invalid:
        raise NotFound from None
    row = _place(case, second)
    if db.get(CaseLink, (row["first"], row["second"])) is None:
        raise NotFound
    db.execute(delete(CaseLink).filter_by(**row))
    organisation = db.get_one(Organisation, case.organisation_id)
    audit.record(db, organisation, handler, "cases_unlinked", case.id, other=str(second.id))


def _both(db: Work, handler: UUID, reference: str, other: str) -> tuple[Case, Case]:
    case = by_handler(db, handler, reference)
    try:
        second = by_handler(db, handler, other)
    except NotFound:
        second = None
    if second is None or second.organisation_id != case.organisation_id:
        raise Invalid(errors={"reference": ["You have no such case in this organisation."]})
    if second.id == case.id:
        raise Conflict("A case can't be linked with itself.")
    for one in sorted((case, second), key=lambda one: one.id.bytes):
        lock(db, one, handler)
        check_open(one)
        check_desk_reader(db, one, handler)
    return case, second


def _place(case: Case, other: Case) -> dict[str, UUID]:
    first, second = sorted((case.id, other.id), key=lambda one: one.bytes)
    return {"first": first, "second": second}
