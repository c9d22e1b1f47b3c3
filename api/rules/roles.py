"""What a role in an organisation allows. Organisations are apart: elsewhere it allows nothing."""

from __future__ import annotations

from uuid import UUID

from api.models.account import Position
from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import organisations
from shared.errors import NotAllowed, NotFound
from shared.schemas.accounts import WITH_DESKS

UNAPPROVED = "A handler of your organisation has to approve your keys first."


def require(db: Work, account: UUID, slug: str, *roles: str) -> Organisation:
    """The organisation, for an account that has one of these roles there.

    A handler or manager has theirs only while the roster has their present keys. Raises
    `NotFound` for who does not belong there, as for an organisation that does not exist, and
    `NotAllowed` for another role.
    """
    organisation = organisations.find(db, slug)
    position = db.get(Position, (account, organisation.id))
    if position is None:
        raise NotFound
    if position.role not in roles:
        raise NotAllowed
    if position.role in WITH_DESKS and not position.listed:
        raise NotAllowed(UNAPPROVED)
    return organisation
