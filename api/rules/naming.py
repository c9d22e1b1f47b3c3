"""The values of each field that a quarter's table lists, by the names that they had then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from api.models.base import Work
from api.models.organisation import Desk, Organisation
from api.rules import categories, organisations, tally
from api.rules.disclosure import NOT_SET

CONFIDENTIALITY = {"open": "Open", "confidential": "Confidential", "anonymous": "Anonymous"}
STATUS = {"open": "Still open", "closed": "Closed"}

_LOOSE = {"not-set": "Not set", "not-known": "Not known", "no-answer": "No answer yet"}


def names(db: Work, organisation: Organisation, quarter: str) -> dict[str, dict[str, str]]:
    """Field -> value -> name, as they were in the quarter.

    Which values are listed depends on the lists alone and not on cases: that one is listed tells
    of none. A value that was retired within the quarter is listed; so is one that came after it
    and could already be chosen when the quarter is published.
    """
    first, last = tally.days_of(quarter)
    today = organisations.today(db, organisation)
    national = [
        one | {"since": date.fromisoformat(str(one["from"]))}
        for one in map(categories.national, categories.national_versions())
    ]
    local = categories.every_set(db, organisation)
    desks = db.scalars(
        select(Desk).where(Desk.organisation_id == organisation.id).order_by(Desk.id)
    )
    found = {
        "status": STATUS,
        "desk": {one.slug: one.name for one in desks},
        "confidentiality": CONFIDENTIALITY,
        "region": _listed(local, "regions", first, last, today),
        "category": _listed(local, "categories", first, last, today),
        "element": _listed(national, "elements", first, last, today),
        "outcome": _listed(national, "outcomes", first, last, today),
        "speak_up_again": _listed(national, "feedback_answers", first, last, today),
        "channel": _named(organisation.directory["channels"]),
        "professional_group": _named(organisation.directory["professional_groups"]),
    }
    return {field: _with_loose(field, one) for field, one in found.items()}


def _with_loose(field: str, known: Mapping[str, str]) -> dict[str, str]:
    loose = NOT_SET.get(field)
    if loose is None:
        return dict(known)
    return {value: name for value, name in known.items() if value != loose} | {
        loose: _LOOSE[loose]
    }


def _listed(
    versions: list[dict[str, Any]], name: str, first: date, last: date, today: date
) -> dict[str, str]:
    """What could be chosen between the quarter's first day and today: the names of then first."""
    ends = ([one["since"] for one in versions[1:]] + [None])[: len(versions)]
    usable = [
        one
        for one, end in zip(versions, ends, strict=True)
        if one["since"] <= today and (end is None or end >= first)
    ] or versions[:1]
    within = [one for one in usable if one["since"] <= last]
    found: dict[str, str] = {}
    for one in (*reversed(within), *(one for one in usable if one not in within)):
        found = _named(one[name]) | found
    return found


def _named(choices: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {one["code"]: one["name"] for one in choices}
