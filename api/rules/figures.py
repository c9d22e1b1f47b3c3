"""Simple counts by quarter, with small ones hidden: released cases only, and never a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from api.models.account import Position
from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseExcluded
from api.models.organisation import CategorySet, Desk, Organisation
from api.models.tally import Tally
from api.rules import categories, disclosure, tally
from api.rules.roles import require
from shared.schemas.accounts import ROLES, WITH_DESKS

Cell = tuple[str, str]
"""A field and one of its values; the empty value is the field's total."""

TOTAL = ""
NOT_SET = "not_set"
CLASSIFIED = "classified"

EXCLUSIVE = ("confidentiality", "region", "professional_group", "outcome")
"""Of each of these a classified case has one value, or none."""

SEVERAL = ("element", "category")
"""Of these a case may have several values, so they add up to nothing."""

QUARTERS = 12
"""How many quarters are shown, the newest first."""

CONFIDENTIALITY = {
    "open": "Open",
    "confidential": "Confidential",
    "anonymous": "Anonymous",
}


def statistics(db: Work, me: UUID, slug: str) -> dict[str, Any]:
    """Counts by quarter for the organisation's people.

    Analysts and administrators get cases by desk and the counts of what was classified.
    Handlers and managers get cases by desk, without those that a reporter kept from them;
    the other counts can't leave those out, so they would tell how many there are. Raises
    `NotFound` or `NotAllowed`.
    """
    organisation = require(db, me, slug, *ROLES)
    handles = db.get_one(Position, (me, organisation.id)).role in WITH_DESKS
    by_quarter: dict[str, dict[Cell, int]] = {}
    _count_cases(db, organisation, me if handles else None, by_quarter)
    names = _names(db, organisation)
    if not handles:
        _count_tally(db, organisation, names, by_quarter)
    newest = sorted(by_quarter, reverse=True)[:QUARTERS]
    return {
        "organisation": organisation.slug,
        "least": disclosure.LEAST,
        "quarters": [
            {"quarter": quarter, "groups": _groups(by_quarter[quarter], names)}
            for quarter in newest
        ],
    }


# --- counting -----------------------------------------------------------------------------


def _count_cases(
    db: Work,
    organisation: Organisation,
    handler: UUID | None,
    by_quarter: dict[str, dict[Cell, int]],
) -> None:
    released = exists().where(CaseAccess.case_id == Case.id, CaseAccess.inbox_number.is_not(None))
    found = (
        select(Case.opened_on, Desk.slug, Case.status, func.count())
        .join(Desk, Desk.id == Case.desk_id)
        .where(Case.organisation_id == organisation.id, released)
        .group_by(Case.opened_on, Desk.slug, Case.status)
    )
    if handler is not None:
        kept_from = exists().where(
            CaseExcluded.case_id == Case.id, CaseExcluded.handler == handler
        )
        found = found.where(~kept_from)
    desks = db.scalars(select(Desk.slug).where(Desk.organisation_id == organisation.id)).all()
    for day, desk, status, count in db.execute(found):
        quarter = tally.quarter_of(day)
        if quarter not in by_quarter:
            fields = ("opened", "open", "closed")
            by_quarter[quarter] = {(field, one): 0 for field in fields for one in (*desks, TOTAL)}
        cells = by_quarter[quarter]
        for field in ("opened", "closed" if status == "closed" else "open"):
            for value in (desk, TOTAL):
                cells[field, value] += count


def _count_tally(
    db: Work,
    organisation: Organisation,
    known: Mapping[str, Mapping[str, str]],
    by_quarter: dict[str, dict[Cell, int]],
) -> None:
    for one in db.scalars(select(Tally).where(Tally.organisation_id == organisation.id)):
        cells = by_quarter.setdefault(one.quarter, {})
        if one.field == "case":
            cells[CLASSIFIED, TOTAL] = one.count
        elif one.field in known:
            cells[one.field, one.value] = one.count
    for cells in by_quarter.values():
        classified = cells.get((CLASSIFIED, TOTAL), 0)
        if any(field == "speak_up_again" for field, _ in cells):
            _complete(cells, "speak_up_again", known["speak_up_again"])
            answers = known["speak_up_again"]
            cells["speak_up_again", TOTAL] = sum(cells["speak_up_again", one] for one in answers)
        if not classified:
            continue
        for field in (*SEVERAL, *EXCLUSIVE):
            _complete(cells, field, known[field])
        for field in EXCLUSIVE:
            counted = sum(count for (name, _), count in cells.items() if name == field)
            cells[field, NOT_SET] = max(classified - counted, 0)
            cells[field, TOTAL] = max(classified, counted)


def _complete(cells: dict[Cell, int], field: str, values: Iterable[str]) -> None:
    """A value that nobody has yet is a zero like any other, and as hidden."""
    for value in values:
        cells.setdefault((field, value), 0)


def _names(db: Work, organisation: Organisation) -> dict[str, dict[str, str]]:
    """For each field its values and their names; of older versions of the categories too."""
    national = categories.national()
    desks = db.scalars(select(Desk).where(Desk.organisation_id == organisation.id)).all()
    own: dict[str, dict[str, str]] = {name: {} for name in categories.LISTS}
    for one in db.scalars(
        select(CategorySet)
        .where(CategorySet.organisation_id == organisation.id)
        .order_by(CategorySet.version)
    ):
        for name, names in own.items():
            names.update(_named(one.items.get(name, [])))
    return {
        "element": _named(national["elements"]),
        "category": own["categories"],
        "confidentiality": CONFIDENTIALITY,
        "region": own["regions"],
        "professional_group": _named(organisation.directory["professional_groups"]),
        "outcome": _named(national["outcomes"]),
        "speak_up_again": _named(national["feedback_answers"]),
        "desk": {one.slug: one.name for one in desks},
    }


def _named(choices: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {one["code"]: one["name"] for one in choices}


# --- showing ------------------------------------------------------------------------------


def _sums(cells: Mapping[Cell, int]) -> list[disclosure.Sum[Cell]]:
    """Every sum that a reader of the quarter knows."""
    values: dict[str, list[str]] = {}
    for field, value in cells:
        if value != TOTAL:
            values.setdefault(field, []).append(value)
    sums: list[disclosure.Sum[Cell]] = [
        ((field, TOTAL), [(field, value) for value in values[field]])
        for field in values
        if (field, TOTAL) in cells
    ]
    for value in (*values.get("opened", ()), TOTAL):
        if ("opened", value) in cells:
            sums.append((("opened", value), [("open", value), ("closed", value)]))
    for field in EXCLUSIVE:
        if (field, TOTAL) in cells and cells[field, TOTAL] == cells[CLASSIFIED, TOTAL]:
            sums.append(((CLASSIFIED, TOTAL), [(field, TOTAL)]))
    return sums


def _groups(
    cells: Mapping[Cell, int], names: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    hidden = disclosure.hide(cells, _sums(cells))
    groups: dict[str, dict[str, Any]] = {}
    for (field, value), count in cells.items():
        group = groups.setdefault(field, {"field": field, "total": None, "rows": []})
        shown = (field, value) not in hidden
        cell = {"count": count if shown else None, "hidden": not shown}
        if value == TOTAL:
            group["total"] = cell
        else:
            known = names["desk" if field in ("opened", "open", "closed") else field]
            name = "Not set" if value == NOT_SET else known.get(value, value)
            group["rows"].append({"value": value, "name": name} | cell)
    for group in groups.values():
        group["rows"].sort(key=lambda row: (row["value"] == NOT_SET, row["name"]))
    return list(groups.values())
