"""New keys for an account that lost password and recovery words: for whom that may be done.

The old keys are gone with it, in every organisation of the account. So an administrator, who
sends the invitation and could use it, must not come by another organisation's cases like that,
nor leave an organisation without anybody who can sign its roster.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import organisations, positions, rosters
from shared.errors import Conflict

ELSEWHERE = (
    "This account belongs to another organisation too, and would lose its keys there as well. "
    "They can use their recovery words. If those are lost: whoever runs the service can renew it."
)
_LAST = (
    "Nobody else can sign the roster of {}. Have another handler approved there first. If there "
    "is nobody: whoever runs the service decides, since the roster ends with these keys."
)


def belongs_elsewhere(db: Work, organisation: int, account: UUID) -> bool:
    """Whether the account is anything in an organisation other than this one."""
    return any(
        position.organisation_id != organisation for position, _ in positions.of(db, account)
    )


def would_end(db: Work, account: UUID) -> list[Organisation]:
    """The organisations whose roster somebody can sign now, and nobody without these keys."""
    found = []
    for _, organisation in positions.of(db, account):
        roster = organisations.find_roster(db, organisation)
        if roster is None or not rosters.can_sign(db, organisation, roster.newest):
            continue
        if not rosters.can_sign(db, organisation, roster.newest, without=account):
            found.append(organisation)
    return found


def check_somebody_signs(db: Work, account: UUID, *, lock: bool = False) -> None:
    """Raises `Conflict` if a roster could not go on. With `lock` it stays so until the commit."""
    if lock:
        ids = [one.id for _, one in positions.of(db, account)]
        held = select(Organisation.id).where(Organisation.id.in_(ids)).order_by(Organisation.id)
        db.execute(held.with_for_update())
    for one in would_end(db, account):
        raise Conflict(_LAST.format(one.name))
