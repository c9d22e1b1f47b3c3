"""The audit: every act of a handler or administrator, each organisation's in a hash chain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

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
    db.execute(select(Organisation.id).where(Organisation.id == organisation.id).with_for_update())
    newest = db.execute(
        select(AuditEntry.number, AuditEntry.hash)
        .where(AuditEntry.organisation_id == organisation.id)
        .order_by(AuditEntry.number.desc())
        .limit(1)
    ).one_or_none()
    number, before = (newest.number + 1, newest.hash) if newest else (1, START)
    entry = {
        "organisation_id": organisation.id,
        "number": number,
        "day": organisations.today(db, organisation),
        "actor": actor,
        "act": act,
        "case_id": case_id,
        "detail": detail,
    }
    db.store(AuditEntry, entry | {"hash": chained(organisation.slug, entry, before)})


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


def record_opening(db: Work, organisation: Organisation, actor: UUID, case_id: UUID) -> None:
    """Notes that a handler opened a case: once a day, however often they look."""
    if not opened_today(db, organisation, actor, case_id):
        record(db, organisation, actor, "case_opened", case_id)


def opened_today(db: Work, organisation: Organisation, actor: UUID, case_id: UUID) -> bool:
    """Whether today's opening of the case by this handler stands in the audit already."""
    found = exists().where(
        AuditEntry.case_id == case_id,
        AuditEntry.actor == actor,
        AuditEntry.act == "case_opened",
        AuditEntry.day == organisations.today(db, organisation),
    )
    return bool(db.scalar(select(found)))
