"""The audit: every act of a handler or administrator, each organisation's in a hash chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.audit import AuditEntry
from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import organisations
from shared.sealing.encoding import b64, exact_json, sha256

OPERATOR = UUID(int=0)
"""The actor of what was done with the command `wren` on the machine itself."""

START = bytes(32)
"""What stands for the hash before the first entry."""


def record(
    db: Work,
    organisation: Organisation,
    actor: UUID,
    act: str,
    case_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Adds an entry. `detail` says what was changed to what: codes, ids and days, never text.

    Call it last in a rule: until the commit nobody else can add to this chain.
    """
    _lock(db, organisation)
    _add(db, organisation, [{"actor": actor, "act": act, "case_id": case_id, "detail": detail}])


def _lock(db: Work, organisation: Organisation) -> None:
    db.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update())


def _add(db: Work, organisation: Organisation, entries: Iterable[Mapping[str, Any]]) -> None:
    newest = db.execute(
        select(AuditEntry.number, AuditEntry.hash)
        .where(AuditEntry.organisation_id == organisation.id)
        .order_by(AuditEntry.number.desc())
        .limit(1)
    ).one_or_none()
    number, before = (newest.number, newest.hash) if newest else (0, START)
    day, rows = organisations.today(db, organisation), []
    for one in entries:
        number += 1
        entry = {"organisation_id": organisation.id, "number": number, "day": day, **one}
        before = chained(organisation.slug, entry, before)
        rows.append(entry | {"hash": before})
    db.store(AuditEntry, *rows)


def chained(slug: str, entry: dict[str, Any], before: bytes) -> bytes:
    """The hash of an entry: SHA-256 over a prefix, the hash before and the entry's fields."""
    case_id = entry["case_id"]
    fields = [
        slug,
        entry["number"],
        entry["day"].isoformat(),
        str(entry["actor"]),
        entry["act"],
        str(case_id) if case_id else None,
        entry["detail"],
    ]
    return sha256(b"wren/v1/audit\0" + exact_json({"before": b64(before), "entry": fields}))


def record_openings(
    db: Work, organisation: Organisation, actor: UUID, cases: Iterable[UUID]
) -> None:
    """Notes which cases a handler opened: each once a day, however often they look."""
    # Looked at again once nobody else can add: else two calls at once would both note it.
    _lock(db, organisation)
    new = not_opened_today(db, organisation, actor, cases)
    entry = {"actor": actor, "act": "case_opened", "detail": {}}
    _add(db, organisation, (entry | {"case_id": one} for one in new))


def not_opened_today(
    db: Work, organisation: Organisation, actor: UUID, cases: Iterable[UUID]
) -> list[UUID]:
    """Those of the cases whose opening by this handler does not stand in today's audit."""
    wanted = list(cases)
    found = select(AuditEntry.case_id).where(
        AuditEntry.case_id.in_(wanted),
        AuditEntry.actor == actor,
        AuditEntry.act == "case_opened",
        AuditEntry.day == organisations.today(db, organisation),
    )
    noted = set(db.scalars(found))
    return [one for one in wanted if one not in noted]
