"""Reading the audit: who may see which entries, page by page or whole as CSV; and checking it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from api.models.account import Account
from api.models.audit import AuditEntry
from api.models.base import Work
from api.models.case import Case, CaseAccess
from api.models.organisation import Organisation
from api.rules import audit, cursors, positions, sheets
from api.rules.roles import require
from api.rules.unlocking import by_handler, shown_to
from shared.errors import NotFound
from shared.schemas.accounts import WITH_DESKS

READERS = (*WITH_DESKS, "administrator")
WREN = "wren"
"""The name that stands for the command on the machine itself."""

_BATCH = 200


@dataclass(frozen=True, slots=True)
class View:
    """What somebody may see of an organisation's audit."""

    organisation: Organisation
    me: UUID
    only: ColumnElement[bool]
    case: Case | None

    def place(self) -> str:
        """What a cursor is bound to: it works for this reader of this audit only."""
        return f"audit\0{self.organisation.slug}\0{self.me}"


def _view(db: Work, me: UUID, slug: str, reference: str | None) -> View:
    organisation = require(db, me, slug, *READERS)
    position, _ = positions.in_organisation(db, me, slug)
    if not positions.handles_cases(position):
        if reference is not None:
            raise NotFound
        return View(organisation, me, AuditEntry.case_id.is_(None), None)
    if reference is not None:
        case = by_handler(db, me, reference)
        if case.organisation_id != organisation.id:
            raise NotFound
        return View(organisation, me, AuditEntry.case_id == case.id, case)
    own = (
        select(Case.id)
        .join(CaseAccess, CaseAccess.case_id == Case.id)
        .where(Case.organisation_id == organisation.id, shown_to(db, me))
    )
    return View(organisation, me, AuditEntry.case_id.is_(None) | AuditEntry.case_id.in_(own), None)


def page(db: Work, me: UUID, query: Mapping[str, Any]) -> dict[str, Any]:
    """A page of what the caller may see, newest first.

    Entries have no numbers, and the cursor is sealed: a gap would count what is hidden.
    Raises `NotFound`, `NotAllowed`, or `Invalid` for a cursor that is none.
    """
    view = _view(db, me, query["organisation"], query.get("case"))
    before = None
    if query["after"] is not None:
        before = int.from_bytes(cursors.read(db, view.place(), query["after"]), "big")
    limit, items, last = query["limit"], list[dict[str, Any]](), None
    for number, item in _entries(db, view, before):
        if len(items) == limit:
            after = (last or 0).to_bytes(8, "big")
            return {"items": items, "next": cursors.seal(db, view.place(), after)}
        items.append(item)
        last = number
    return {"items": items, "next": None}


def _entries(
    db: Work, view: View, before: int | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Numbers and items, newest first; read in batches, so that a whole audit fits in memory."""
    while True:
        found = (
            select(AuditEntry, Account.display_name, Case.reference)
            .outerjoin(Account, Account.id == AuditEntry.actor)
            .outerjoin(Case, Case.id == AuditEntry.case_id)
            .where(AuditEntry.organisation_id == view.organisation.id, view.only)
            .order_by(AuditEntry.number.desc())
            .limit(_BATCH)
        )
        if before is not None:
            found = found.where(AuditEntry.number < before)
        rows = db.execute(found).all()
        others = _shown_others(db, view.me, [entry for entry, _, _ in rows])
        for entry, name, reference in rows:
            detail = dict(entry.detail)
            if "other" in detail:
                if detail["other"] not in others:
                    continue
                detail["other"] = others[detail["other"]]
            yield (
                entry.number,
                {
                    "day": entry.day,
                    "actor": entry.actor,
                    "actor_name": WREN if entry.actor == audit.OPERATOR else name or "",
                    "act": entry.act,
                    "reference": reference,
                    "detail": detail,
                },
            )
        if len(rows) < _BATCH:
            return
        before = rows[-1][0].number


def _shown_others(db: Work, me: UUID, entries: Sequence[AuditEntry]) -> dict[str, str]:
    """References of the other cases that links name, of those that the reader can open.

    A link to any other case is left out whole: it would tell that there is one.
    """
    named = {UUID(one.detail["other"]) for one in entries if "other" in one.detail}
    if not named:
        return {}
    found = db.execute(
        select(Case.id, Case.reference)
        .join(CaseAccess, CaseAccess.case_id == Case.id)
        .where(Case.id.in_(named), shown_to(db, me))
    )
    return {str(case_id): reference for case_id, reference in found}


# --- the whole as CSV -----------------------------------------------------------------------

COLUMNS = ("day", "actor", "actor_name", "act", "reference", "detail")


def as_csv(db: Work, me: UUID, query: Mapping[str, Any]) -> str:
    """All that the caller may see, oldest last, as CSV (RFC 4180); that is an act itself.

    Raises as `page` does.
    """
    view = _view(db, me, query["organisation"], query.get("case"))
    rows = []
    for _, item in _entries(db, view):
        detail = json.dumps(item["detail"], ensure_ascii=False, sort_keys=True)
        cells = item | {"day": item["day"].isoformat(), "reference": item["reference"] or ""}
        rows.append([(cells | {"detail": detail})[name] for name in COLUMNS])
    audit.record(db, view.organisation, me, "audit_exported", view.case.id if view.case else None)
    return sheets.written(COLUMNS, rows)


# --- the chain ------------------------------------------------------------------------------


def check(db: Work, organisation: Organisation) -> tuple[int, int | None]:
    """How many entries hold, and the place of the first that does not (None: all do).

    The chain can't tell that its newest entries were cut off.
    """
    before, place = audit.START, 0
    found = db.execute(
        select(AuditEntry.__table__)
        .where(AuditEntry.organisation_id == organisation.id)
        .order_by(AuditEntry.number),
        execution_options={"yield_per": 1000},
    )
    for row in found.mappings():
        entry = dict(row)
        expected = audit.chained(organisation.slug, entry, before)
        if entry["number"] != place + 1 or entry["hash"] != expected:
            found.close()
            return place, place + 1
        before, place = entry["hash"], place + 1
    return place, None
