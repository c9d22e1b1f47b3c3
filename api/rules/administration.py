"""Administrators: who is invited, what each person is, and who leaves. They read no case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from api.models.account import Account, Invitation, Membership, Position
from api.models.base import Work
from api.models.organisation import Desk, Organisation
from api.rules import audit, joining, notices, organisations, positions, rosters, sessions
from api.rules.roles import require
from api.rules.rosters import Person
from shared.errors import Conflict, Invalid, NotAllowed, NotFound
from shared.schemas.accounts import WITH_DESKS
from shared.sealing.roster import Record

ADMINISTRATOR = "administrator"
SEE_PEOPLE = (*WITH_DESKS, ADMINISTRATOR)

APART = (
    "An administrator does not become a handler, manager or analyst of the same organisation, "
    "nor the other way round: they could approve whom they invite. Invite a new account."
)


# --- invitations --------------------------------------------------------------------------


def invite(db: Work, me: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    """Invites somebody; the answer's `code` is shown once and stands nowhere else.

    Raises `NotFound`, `NotAllowed`, or `Invalid` naming the field.
    """
    organisation = require(db, me, body["organisation"], ADMINISTRATOR)
    account = body.get("account")
    here = account is not None and db.get(Position, (account, organisation.id)) is not None
    if here and ("role" in body or body["desks"]):
        kept = ["An account of this organisation keeps its role and its desks."]
        raise Invalid(errors={"account": kept})
    if account is not None and not here and "role" not in body:
        raise Invalid(errors={"role": ["Say which role the account gets here."]})
    try:
        code, made = joining.invite(
            db,
            organisation,
            body.get("role", ""),
            body.get("display_name", ""),
            body["desks"],
            account,
        )
    except Invalid as error:
        faults = {"account" if one == "account_id" else one: why
                  for one, why in error.errors.items()}  # fmt: skip
        raise Invalid(errors=faults) from None
    audit.record(
        db,
        organisation,
        me,
        "invited",
        invitation=str(made.id),
        role=made.role,
        desks=list(made.desks),
        account=str(account) if account else None,
    )
    return {
        "id": made.id,
        "code": code,
        "link_path": f"/console/join#{code}",
        "expires_on": made.expires_on,
    }


def invitations(db: Work, me: UUID, slug: str) -> dict[str, Any]:
    """The invitations that can still be used. Raises `NotFound` or `NotAllowed`."""
    organisation = require(db, me, slug, ADMINISTRATOR)
    found = db.scalars(
        select(Invitation)
        .where(
            Invitation.organisation_id == organisation.id,
            Invitation.expires_on >= db.utc.date(),
        )
        .order_by(Invitation.expires_on, Invitation.display_name, Invitation.id)
    )
    items = [
        {
            "id": one.id,
            "role": one.role,
            "display_name": one.display_name,
            "desks": one.desks,
            "account": one.account_id,
            "expires_on": one.expires_on,
        }
        for one in found
    ]
    return {"items": items, "next": None}


def withdraw_invitation(db: Work, me: UUID, text: str) -> None:
    """Takes an invitation back: its code is worth nothing then. Raises `NotFound`."""
    found = db.scalar(select(Invitation).where(Invitation.id == _id(text)))
    if found is None:
        raise NotFound
    organisation = db.get_one(Organisation, found.organisation_id)
    require(db, me, organisation.slug, ADMINISTRATOR)
    db.execute(delete(Invitation).where(Invitation.hash == found.hash))
    audit.record(db, organisation, me, "invitation_withdrawn", invitation=str(found.id))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


# --- people -------------------------------------------------------------------------------


def people(db: Work, me: UUID, slug: str) -> dict[str, Any]:
    """Who belongs to the organisation, for its administrators, handlers and managers.

    User names are for administrators. Raises `NotFound` or `NotAllowed`.
    """
    organisation = require(db, me, slug, *SEE_PEOPLE)
    own = db.get_one(Position, (me, organisation.id))
    found = organisations.find_roster(db, organisation)
    newest = found.newest if found else None
    items = [
        _shown(one, rosters.difference(one, newest), own.role == ADMINISTRATOR)
        for one in rosters.people(db, organisation)
    ]
    return {"items": items, "next": None}


def left(db: Work, me: UUID, slug: str) -> list[str]:
    """The names of those whom the roster still lists although they left.

    Raises `NotFound` or `NotAllowed`.
    """
    organisation = require(db, me, slug, ADMINISTRATOR)
    found = organisations.find_roster(db, organisation)
    return rosters.strangers(db, organisation, found.newest) if found else []


def _shown(one: Person, pending: str | None, with_username: bool) -> dict[str, Any]:
    username = {"username": one.account.username} if with_username else {}
    return username | {
        "id": one.account.id,
        "display_name": one.account.display_name,
        "role": one.position.role,
        "desks": list(one.entry.desks),
        "listed": one.position.listed,
        "pending": pending,
        "away_until": one.position.away_until,
        "cover": one.position.cover,
    }


def change_person(db: Work, me: UUID, text: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Changes role, desks or name; a handler then signs the roster. Returns the person.

    Raises `NotFound`, `NotAllowed`, `Conflict`, or `Invalid` naming the field.
    """
    organisation = require(db, me, body["organisation"], ADMINISTRATOR)
    position, account = _found(db, organisation, _id(text))
    signable, changed = _signable(db, organisation), dict[str, Any]()
    role = body.get("role", position.role)
    if role != position.role:
        if ADMINISTRATOR in (role, position.role):
            raise NotAllowed(APART)
        changed["role"] = role
    before = positions.desks(db, account.id, organisation)
    desks = sorted(set(body.get("desks", before if role in WITH_DESKS else ())))
    ids = joining.check_desks(db, organisation, role, desks)
    if desks != before:
        changed["desks"] = desks
    if body.get("display_name", account.display_name) != account.display_name:
        if len(positions.of(db, account.id)) > 1:
            raise NotAllowed("This name is used outside your organisation too: it stays.")
        account.display_name = body["display_name"]
        changed["display_name"] = True
    position.role = role
    if "desks" in changed:
        _leave_desks(db, organisation, account.id)
        db.add_all(Membership(account_id=account.id, desk_id=one) for one in ids)
    if role not in WITH_DESKS:
        _stop_cover(db, organisation, account.id)
        position.away_until = position.cover = None
    _relist(db, organisation, signable)
    if changed:
        detail = {name: changed[name] for name in ("role", "desks") if name in changed}
        audit.record(
            db, organisation, me, "account_changed", None,
            account=str(account.id), fields=sorted(changed), **detail,
        )  # fmt: skip
    items: list[dict[str, Any]] = people(db, me, organisation.slug)["items"]
    return next(one for one in items if one["id"] == account.id)


def remove_person(db: Work, me: UUID, text: str, slug: str) -> dict[str, Any]:
    """Takes somebody out of the organisation; their sessions end.

    `to_sign` is true while the roster still lists them: new cases are sealed to their key
    until a handler retires them. Raises `NotFound`, `NotAllowed`, or `Conflict` for the last
    administrator and the last handler who can sign.
    """
    organisation = require(db, me, slug, ADMINISTRATOR)
    position, account = _found(db, organisation, _id(text))
    if position.role == ADMINISTRATOR and _administrators(db, organisation) < 2:
        raise Conflict("The last administrator can't leave. Invite another one first.")
    signable = _signable(db, organisation)
    _leave_desks(db, organisation, account.id)
    _stop_cover(db, organisation, account.id)
    db.execute(
        delete(Invitation).where(
            Invitation.account_id == account.id, Invitation.organisation_id == organisation.id
        )
    )
    db.delete(position)
    db.flush()
    notices.forget(db, account.id, organisation.id)
    sessions.end_all(db, account.id)
    newest = _relist(db, organisation, signable)
    to_sign = newest is not None and newest.active(account.id) is not None
    audit.record(db, organisation, me, "account_removed", account=str(account.id))
    return {"id": account.id, "to_sign": to_sign}


def _found(db: Work, organisation: Organisation, account: UUID) -> tuple[Position, Account]:
    # Two administrators at once: one after the other, so that one of them stays.
    db.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update())
    position = db.get(Position, (account, organisation.id), populate_existing=True)
    if position is None:
        raise NotFound
    return position, db.get_one(Account, account)


def _administrators(db: Work, organisation: Organisation) -> int:
    found = select(func.count()).where(
        Position.organisation_id == organisation.id, Position.role == ADMINISTRATOR
    )
    return db.scalar(found) or 0


def _leave_desks(db: Work, organisation: Organisation, account: UUID) -> None:
    own = select(Desk.id).where(Desk.organisation_id == organisation.id)
    db.execute(
        delete(Membership).where(Membership.account_id == account, Membership.desk_id.in_(own))
    )


def _stop_cover(db: Work, organisation: Organisation, account: UUID) -> None:
    db.execute(
        update(Position)
        .where(Position.organisation_id == organisation.id, Position.cover == account)
        .values(cover=None)
    )


def _signable(db: Work, organisation: Organisation) -> bool:
    found = organisations.find_roster(db, organisation)
    return found is not None and rosters.can_sign(db, organisation, found.newest)


def _relist(db: Work, organisation: Organisation, signable: bool) -> Record | None:
    """Notes anew whom the roster lists. Raises `Conflict` if now nobody could sign it."""
    db.flush()
    found = organisations.find_roster(db, organisation)
    if found is None:
        return None
    if signable and not rosters.can_sign(db, organisation, found.newest):
        raise Conflict("The last handler who can sign the roster can't leave or change role.")
    organisations.mark_listed(db, organisation, found.newest)
    return found.newest
