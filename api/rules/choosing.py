"""What a reporter chooses from: one list of the directory, or the desks and who reads at each.

A page needs no more, and the whole directory would cost more than the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from api.models.base import Work
from api.models.organisation import Desk, Organisation, RosterRecord
from api.rules import organisations
from shared.errors import NotFound
from shared.sealing.roster import Entry, Record

LISTS = ("concerns", "channels", "professional_groups")
"""The lists that a report has codes of."""

_LIST = {
    name: select(Organisation.directory[name]).where(Organisation.slug == bindparam("slug"))
    for name in LISTS
}
_DESKS = (
    select(Desk.slug, Desk.name, Desk.about)
    .where(Desk.organisation_id == bindparam("organisation"))
    .order_by(Desk.id)
)
_VERSION = (
    select(func.max(RosterRecord.version))
    .join(Organisation, Organisation.id == RosterRecord.organisation_id)
    .where(Organisation.slug == bindparam("slug"))
)


@dataclass(frozen=True, slots=True)
class Place:
    """A desk and who reads there now, by name."""

    slug: str
    name: str
    about: str
    people: tuple[Entry, ...]


def choices(db: Work, slug: str, name: str) -> list[Mapping[str, Any]]:
    """One of `LISTS` of an organisation: `code`, `name` and `about` of each. Raises `NotFound`."""
    found = db.fetch(_LIST[name], slug=slug).scalar_one_or_none()
    if found is None:
        raise NotFound
    return list(found)


def desks(db: Work, organisation: Organisation) -> tuple[list[Place], list[Record]]:
    """The desks with their people, and the records of the signed roster, oldest first.

    The first desk is the guardian's. Before the first record nobody reads anywhere.
    """
    roster = organisations.find_roster(db, organisation)
    records = list(roster.records) if roster else []
    found = db.fetch(_DESKS, organisation=organisation.id)
    return [
        Place(slug, name, about, by_name(records[-1].desk(slug)) if records else ())
        for slug, name, about in found
    ], records


def roster_version(db: Work, slug: str) -> int:
    """The version of an organisation's roster; 0 before its first record."""
    return int(db.fetch(_VERSION, slug=slug).scalar_one_or_none() or 0)


def by_name(people: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """People as one looks for them."""
    return tuple(sorted(people, key=lambda one: (one.name, one.id.bytes)))
