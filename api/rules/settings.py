"""What an organisation sets: deadlines, release hours, desks, contacts, texts and categories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, or_, select

from api.models.account import Invitation, Membership
from api.models.base import Work
from api.models.case import Case
from api.models.organisation import Desk, Organisation
from api.rules import audit, categories, organisations
from api.rules.roles import require
from shared.errors import Invalid
from shared.schemas.accounts import ROLES

DATED = ("contacts", "guidance")
"""Lists of the directory whose entries say when they were last checked."""


def show(db: Work, me: UUID, slug: str) -> dict[str, Any]:
    """All that is set, for the organisation's people. Raises `NotFound` or `NotAllowed`."""
    organisation = require(db, me, slug, *ROLES)
    desks = select(Desk).where(Desk.organisation_id == organisation.id).order_by(Desk.id)
    return {
        "slug": organisation.slug,
        "name": organisation.name,
        "time_zone": organisation.time_zone,
        "release": organisation.release,
        "settings": organisations.settings(organisation),
        "desks": list(db.scalars(desks)),
        **{name: organisations.dated(organisation.directory[name]) for name in DATED},
        "replies": organisation.replies,
        "categories": categories.current_categories(db, organisation),
        "national": categories.national(),
    }


def change(db: Work, me: UUID, slug: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """An administrator sets what is given; the rest stays. Returns what `show` does.

    Raises `NotFound`, `NotAllowed`, or `Invalid` naming the list and the entry in it.
    """
    organisation = require(db, me, slug, "administrator")
    # Two administrators at once: one after the other, each on what the other left.
    locked = select(Organisation).where(Organisation.id == organisation.id).with_for_update()
    organisation = db.scalars(locked.execution_options(populate_existing=True)).one()
    fields: list[str] = []
    if "settings" in body:
        before = organisations.settings(organisation)
        fields += (f"settings.{one}" for one in body["settings"]
                   if body["settings"][one] != before[one])  # fmt: skip
        organisation.settings = organisation.settings | body["settings"]
    for name in ("name", "release", "replies"):
        if name in body and body[name] != getattr(organisation, name):
            setattr(organisation, name, body[name])
            fields.append(name)
    directory = dict(organisation.directory)
    for name in DATED:
        if name in body:
            today = organisations.today(db, organisation)
            directory[name] = _checked(name, directory[name], body[name], today)
    fields += (name for name in DATED if directory[name] != organisation.directory[name])
    organisation.directory = directory
    if "desks" in body and _change_desks(db, organisation, body["desks"]):
        fields.append("desks")
    db.flush()
    detail: dict[str, Any] = {"fields": sorted(fields)}
    if "categories" in body:
        version = categories.change(db, organisation, body["categories"])
        detail |= {} if version is None else {"categories": version}
    if fields or "categories" in detail:
        audit.record(db, organisation, me, "organisation_changed", None, **detail)
    return show(db, me, slug)


def _checked(
    name: str, before: list[dict[str, Any]], wanted: list[dict[str, Any]], today: date
) -> list[dict[str, Any]]:
    """The entries with their dates as text; one that did not change may keep its date."""
    known = {_without_day(one): one["checked_on"] for one in before}
    kept, faults = [], dict[str, object]()
    for at, one in enumerate(wanted):
        day = (
            one["checked_on"].isoformat() if "checked_on" in one else known.get(_without_day(one))
        )
        if day is None:
            faults[str(at)] = {"checked_on": ["It changed: say on which day it was checked."]}
        elif day > today.isoformat():
            faults[str(at)] = {"checked_on": ["Use today or an earlier day."]}
        kept.append(one | {"checked_on": day})
    if faults:
        raise Invalid(errors={name: faults})
    return kept


def _without_day(one: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, value) for name, value in one.items() if name != "checked_on"))


def _change_desks(db: Work, organisation: Organisation, wanted: list[dict[str, Any]]) -> bool:
    """Adds and changes desks, and takes away those left out. True if anything changed."""
    found = db.scalars(select(Desk).where(Desk.organisation_id == organisation.id))
    known = {one.slug: one for one in found}
    changed = False
    left_out = known.keys() - {one["slug"] for one in wanted}
    used = sorted(one for one in left_out if _is_used(db, organisation, known[one]))
    if used:
        fault = f"{', '.join(used)} has handlers, invitations or cases, so it has to stay."
        raise Invalid(errors={"desks": [fault]})
    for slug in left_out:
        db.execute(delete(Desk).where(Desk.id == known[slug].id))
        changed = True
    for one in wanted:
        desk = known.get(one["slug"])
        if desk is None:
            db.add(Desk(organisation_id=organisation.id, **one))
            changed = True
        elif (desk.name, desk.about) != (one["name"], one["about"]):
            desk.name, desk.about = one["name"], one["about"]
            changed = True
    db.flush()
    return changed


def _is_used(db: Work, organisation: Organisation, desk: Desk) -> bool:
    used = select(
        or_(
            exists().where(Membership.desk_id == desk.id),
            exists().where(Case.desk_id == desk.id),
        )
    )
    invited = select(Invitation.desks).where(Invitation.organisation_id == organisation.id)
    roster = organisations.find_roster(db, organisation)
    return (
        bool(db.scalar(used))
        or any(desk.slug in desks for desks in db.scalars(invited))
        or (roster is not None and bool(roster.newest.desk(desk.slug)))
    )
