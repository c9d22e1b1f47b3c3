"""One entry of a list that an administrator keeps: desks, contacts, guidance, replies, categories.

An entry is named by a digest of what it says. Who changes one that somebody else has changed
meanwhile is told so, and no change is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema
from sqlalchemy import select

from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import organisations, settings
from api.rules.roles import require
from shared.errors import Conflict
from shared.schemas.base import load
from shared.schemas.organisations import (
    ChangeOrganisation,
    LocalChoice,
    NewContact,
    NewDesk,
    NewGuidance,
    Reply,
)
from shared.sealing.encoding import exact_json, sha256

KINDS: Mapping[str, type[Schema]] = {
    "desks": NewDesk,
    "categories": LocalChoice,
    "regions": LocalChoice,
    "contacts": NewContact,
    "guidance": NewGuidance,
    "replies": Reply,
}
OWN = ("categories", "regions")
"""The two lists of the organisation's own categories, which change as one version."""

_CHANGED = "Somebody else changed this meanwhile. Look at it again."


def read(db: Work, me: UUID, slug: str, kind: str) -> list[dict[str, Any]]:
    """The entries of a list as plain values, each with its `key`. Raises as `settings.show`."""
    require(db, me, slug, "administrator")
    return [one | {"key": key_of(one)} for one in _plain(settings.show(db, me, slug), kind)]


def key_of(entry: Mapping[str, Any]) -> str:
    """What names an entry as it is now: 16 hex digits."""
    return sha256(exact_json({"of": sorted(entry.items())}))[:8].hex()


def _plain(found: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    if kind == "desks":
        return [{"slug": one.slug, "name": one.name, "about": one.about} for one in found[kind]]
    items = found["categories"][kind] if kind in OWN else found[kind]
    return [
        {name: value.isoformat() if name == "checked_on" else value for name, value in one.items()}
        for one in items
    ]


def put(
    db: Work, me: UUID, slug: str, kind: str, key: str | None, entry: Mapping[str, Any]
) -> None:
    """Changes the entry of this key, or adds one (no key).

    Raises `Invalid` naming the field, `Conflict` if the entry is not there as it was, and what
    `settings.change` raises.
    """
    load(KINDS[kind](), dict(entry))
    items = _locked(db, me, slug, kind)
    if key is None:
        items.append(dict(entry))
    else:
        items[_place(items, key)] = dict(entry)
    _store(db, me, slug, kind, items)


def remove(db: Work, me: UUID, slug: str, kind: str, key: str) -> None:
    """Takes an entry out. Raises as `put` does."""
    items = _locked(db, me, slug, kind)
    del items[_place(items, key)]
    _store(db, me, slug, kind, items)


def raise_up(db: Work, me: UUID, slug: str, kind: str, key: str) -> None:
    """Puts an entry before the one above it. Raises as `put` does."""
    items = _locked(db, me, slug, kind)
    place = _place(items, key)
    if place:
        items[place - 1], items[place] = items[place], items[place - 1]
        _store(db, me, slug, kind, items)


def check(db: Work, me: UUID, slug: str, kind: str, key: str) -> None:
    """Notes that an entry was checked today. Raises as `put` does."""
    items = _locked(db, me, slug, kind)
    today = organisations.today(db, organisations.find(db, slug))
    items[_place(items, key)]["checked_on"] = today.isoformat()
    _store(db, me, slug, kind, items)


def _locked(db: Work, me: UUID, slug: str, kind: str) -> list[dict[str, Any]]:
    """The list; until the commit nobody else changes it."""
    organisation = require(db, me, slug, "administrator")
    locked = select(Organisation).where(Organisation.id == organisation.id).with_for_update()
    db.scalars(locked.execution_options(populate_existing=True)).one()
    return _plain(settings.show(db, me, slug), kind)


def _place(items: list[dict[str, Any]], key: str) -> int:
    for at, one in enumerate(items):
        if key_of(one) == key:
            return at
    raise Conflict(_CHANGED)


def _store(db: Work, me: UUID, slug: str, kind: str, items: list[dict[str, Any]]) -> None:
    if kind in OWN:
        found = settings.show(db, me, slug)
        both = {name: items if name == kind else _plain(found, name) for name in OWN}
        given: dict[str, Any] = {"categories": both}
    else:
        given = {kind: items}
    settings.change(db, me, slug, load(ChangeOrganisation(), given))
