"""What a reporter chooses from: one list of the directory, or the desks and who reads at each.

A page needs no more, and the whole directory would cost more than the page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, cast, select

from api.models.base import Work
from api.models.organisation import Desk, Organisation, RosterRecord
from api.rules import organisations
from shared.errors import NotFound
from shared.sealing.encoding import b64, sha256
from shared.sealing.roster import Entry, Roster

LISTS = ("concerns", "channels", "professional_groups")
"""The lists that a report has codes of."""

_LIST = {
    name: select(cast(Organisation.directory[name], Text)).where(
        Organisation.slug == bindparam("slug")
    )
    for name in LISTS
}
_DESKS = (
    select(Desk.slug, Desk.name, Desk.about)
    .where(Desk.organisation_id == bindparam("organisation"))
    .order_by(Desk.id)
)
_NEWEST = (
    select(RosterRecord.record)
    .join(Organisation, Organisation.id == RosterRecord.organisation_id)
    .where(Organisation.slug == bindparam("slug"))
    .order_by(RosterRecord.version.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Place:
    """A desk and who reads there now, by name."""

    slug: str
    name: str
    about: str
    people: tuple[Entry, ...]


def choices(db: Work, slug: str, name: str) -> str:
    """One of `LISTS` of an organisation, as JSON: see `read`. Raises `NotFound`."""
    found = db.fetch(_LIST[name], slug=slug).scalar_one_or_none()
    if found is None:
        raise NotFound
    return str(found)


def read(listed: str) -> list[tuple[str, str, str]]:
    """Code, name and about of each choice of such a list."""
    return [(one["code"], one["name"], one.get("about", "")) for one in json.loads(listed)]


def desks(db: Work, organisation: Organisation) -> tuple[list[Place], Roster | None]:
    """The desks with their people, and the signed roster that says who they are.

    The first desk is the guardian's. Before the first record nobody reads anywhere.
    """
    roster = organisations.find_roster(db, organisation)
    found = db.fetch(_DESKS, organisation=organisation.id)
    return [
        Place(slug, name, about, by_name(roster.newest.desk(slug)) if roster else ())
        for slug, name, about in found
    ], roster


def mark(record: bytes) -> str:
    """What tells a record of a roster from all others."""
    return b64(sha256(record)[:12])


def newest_mark(db: Work, slug: str) -> str:
    """That of the newest record of an organisation; empty before the first."""
    found = db.fetch(_NEWEST, slug=slug).scalar_one_or_none()
    return mark(bytes(found)) if found else ""


def by_name(people: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """People as one looks for them."""
    return tuple(sorted(people, key=lambda one: (one.name, one.id.bytes)))
