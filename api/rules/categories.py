"""What cases are classified by: national elements as data, and an organisation's own categories.

Both have versions. A classification names the versions it was made with, so an old version is
never changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from api.models.base import Work
from api.models.organisation import CategorySet, Organisation
from api.rules import organisations
from shared.errors import NotFound

LISTS = ("categories", "regions")


@cache
def _national() -> dict[str, dict[str, Any]]:
    found = [
        json.loads(one.read_text("utf-8"))
        for one in files("api").joinpath("data").iterdir()
        if one.name.startswith("national-")
    ]
    return {one["version"]: one for one in sorted(found, key=lambda one: str(one["from"]))}


def national(version: str | None = None) -> dict[str, Any]:
    """The elements, outcomes and feedback answers of a version; the newest unless one is given.

    `version`, `from` (a day, text) and lists of choices (`code`, `name`, `about`): `elements`,
    `outcomes`, `feedback_answers`. Raises `NotFound` for an unknown version.
    """
    known = _national()
    chosen = version if version is not None else next(reversed(known))
    if chosen not in known:
        raise NotFound
    return known[chosen]


def national_versions() -> tuple[str, ...]:
    """The versions of the national list, oldest first."""
    return tuple(_national())


def every_set(db: Work, organisation: Organisation) -> list[dict[str, Any]]:
    """All versions of the organisation's own, oldest first, as `current_categories` gives one."""
    found = select(CategorySet).where(CategorySet.organisation_id == organisation.id)
    return [_shown(one) for one in db.scalars(found.order_by(CategorySet.version))]


def current_categories(db: Work, organisation: Organisation) -> dict[str, Any]:
    """The newest of the organisation's own: `version` (0: none yet), `since`, and the lists.

    `categories` and `regions` are lists of choices (`code`, `name`).
    """
    newest = db.scalar(
        select(CategorySet)
        .where(CategorySet.organisation_id == organisation.id)
        .order_by(CategorySet.version.desc())
        .limit(1)
    )
    if newest is None:
        return {"version": 0, "since": None} | {name: [] for name in LISTS}
    return _shown(newest)


def category_set(db: Work, organisation: Organisation, version: int) -> dict[str, Any]:
    """One version, as `current_categories` gives the newest. Raises `NotFound`."""
    found = db.get(CategorySet, (organisation.id, version))
    if found is None:
        raise NotFound
    return _shown(found)


def _shown(found: CategorySet) -> dict[str, Any]:
    lists = {name: list(found.items.get(name, [])) for name in LISTS}
    return {"version": found.version, "since": found.since} | lists


def change(db: Work, organisation: Organisation, items: Mapping[str, Any]) -> int | None:
    """Makes the next version of these `categories` and `regions`; its number.

    None if the newest version is the same already.
    """
    before = current_categories(db, organisation)
    wanted = {name: [dict(one) for one in items[name]] for name in LISTS}
    if wanted == {name: before[name] for name in LISTS}:
        return None
    version = int(before["version"]) + 1
    since = organisations.today(db, organisation)
    db.store(
        CategorySet,
        {
            "organisation_id": organisation.id,
            "version": version,
            "since": since,
            "items": wanted,
        },
    )
    return version
