"""A reply as a handler sends it: the message, and what goes with it, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.models.base import Work
from api.models.case import Case, CaseEpoch
from api.models.message import Message
from api.rules import changing, drafts, messages
from api.rules.unlocking import by_handler
from shared.errors import EpochChanged
from shared.sealing.epochs import MESSAGES
from shared.sealing.keyring import Keyring


def newest_epoch(db: Work, case_id: UUID) -> int:
    """The number of the newest message epoch: it changes whenever the readers do."""
    found = select(func.max(CaseEpoch.epoch)).where(
        CaseEpoch.case_id == case_id, CaseEpoch.purpose == MESSAGES
    )
    return int(db.scalar(found) or 0)


def reply(
    db: Work, handler: UUID, keyring: Keyring | None, reference: str, body: Mapping[str, Any]
) -> bool:
    """Sends a reply, takes its draft away, and notes what it is; true for a repeat.

    `body` has `id`, `content`, `epoch` (the one that the handler saw), `feedback` (this is
    the feedback) and `acknowledge`. Raises `EpochChanged` if the readers are others by now,
    and as `messages.post` and `changing.change` do.
    """
    case = by_handler(db, handler, reference)
    db.execute(select(Case.id).where(Case.id == case.id).with_for_update())
    new = db.get(Message, (case.id, body["id"])) is None
    if new and newest_epoch(db, case.id) != body["epoch"]:
        raise EpochChanged
    _, repeated = messages.post(db, case, handler, keyring, body)
    if repeated:
        return True
    drafts.forget(db, case, handler)
    wanted: dict[str, Any] = {}
    if body["feedback"] and case.feedback_on is None:
        wanted["feedback_given"] = True
    if body["acknowledge"] and case.status == "new":
        wanted["status"] = "acknowledged"
    if wanted:
        changing.change(db, handler, reference, wanted, keyring)
    return False
