"""A reply not sent yet: kept sealed, so that only its author opens it (sealing.md, drafts)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from api.models.account import Draft
from api.models.base import Work
from api.models.case import Case
from api.rules.messages import SEALS
from shared.errors import Damaged, NotAllowed
from shared.sealing.encoding import exact_json, read_json
from shared.sealing.keyring import Keyring, open_draft, seal_draft


def of(db: Work, owner: UUID) -> set[UUID]:
    """The cases in which this handler has a reply that was not sent."""
    return set(db.scalars(select(Draft.case_id).where(Draft.account_id == owner)))


def get(db: Work, case: Case, owner: UUID, keyring: Keyring | None) -> dict[str, Any]:
    """The draft as it is `sealed` (None: there is none), and its `content` if that opens.

    One that was sealed with keys that are lost is shown as none.
    """
    found = db.get(Draft, (owner, case.id))
    if found is None:
        return {"sealed": None}
    if keyring is None:
        return {"sealed": found.sealed}
    try:
        opened = read_json(open_draft(keyring, owner, case.id, found.sealed))
    except Damaged:
        return {"sealed": found.sealed}
    return {"sealed": found.sealed, "content": {"text": str(opened.get("text", ""))}}


def put(
    db: Work, case: Case, owner: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Keeps a draft in place of the one before; an empty text takes it away."""
    if "sealed" in body:
        sealed = body["sealed"]
    elif keyring is None:
        raise NotAllowed(SEALS)
    elif not body["content"]["text"].strip():
        forget(db, case, owner)
        return {"sealed": None}
    else:
        text = exact_json({"text": body["content"]["text"]})
        sealed = seal_draft(keyring, owner, case.id, text)
    db.merge(Draft(account_id=owner, case_id=case.id, sealed=sealed))
    db.flush()
    return get(db, case, owner, keyring)


def forget(db: Work, case: Case, owner: UUID) -> None:
    """Takes the draft away; none is no fault."""
    db.execute(delete(Draft).where(Draft.account_id == owner, Draft.case_id == case.id))
