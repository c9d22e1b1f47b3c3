"""What an account is in which organisation, and acts that stand in the audit of each of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.account import Membership, Position
from api.models.base import Work
from api.models.organisation import Desk, Organisation
from api.rules import audit
from shared.errors import NotFound
from shared.schemas.accounts import WITH_DESKS

Held = tuple[Position, Organisation]


def of(db: Work, account: UUID) -> list[Held]:
    """The account's positions with their organisations, always in the same order."""
    found = db.execute(
        select(Position, Organisation)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Position.account_id == account)
        .order_by(Position.organisation_id)
    )
    return [(position, organisation) for position, organisation in found]


def in_organisation(db: Work, account: UUID, slug: str) -> Held:
    """The account's position in this organisation. Raises `NotFound`."""
    for position, organisation in of(db, account):
        if organisation.slug == slug:
            return position, organisation
    raise NotFound


def handles_cases(position: Position) -> bool:
    """Whether this role has desks and cases; analysts and administrators read none."""
    return position.role in WITH_DESKS


def desks(db: Work, account: UUID, organisation: Organisation) -> list[str]:
    """Short names of the organisation's desks that the account works at."""
    found = db.scalars(
        select(Desk.slug)
        .join(Membership, Membership.desk_id == Desk.id)
        .where(Membership.account_id == account, Desk.organisation_id == organisation.id)
        .order_by(Desk.slug)
    )
    return list(found)


def record(db: Work, account: UUID, act: str, **detail: Any) -> None:
    """Notes an act of the account on itself in each of its organisations. Call it last."""
    for _, organisation in of(db, account):
        audit.record(db, organisation, account, act, **detail)
