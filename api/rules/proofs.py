"""The proof file: all that a reporter needs to show what was reported and when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.attachment import Attachment
from api.models.base import Work
from api.models.case import Case
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import messages, organisations
from api.rules.unlocking import epochs_of
from shared.sealing.encoding import REPORTER
from shared.sealing.proof import FORMAT
from shared.sealing.stretch import TOKEN


def proof(db: Work, case_id: UUID) -> dict[str, Any]:
    """The case's proof, for `shared.sealing.proof.verify` and `wren verify`."""
    case = db.get_one(Case, case_id)
    organisation = db.get_one(Organisation, case.organisation_id)
    stored = db.scalars(select(Message).where(Message.case_id == case_id).order_by(Message.number))
    attached = db.scalars(
        select(Attachment)
        .where(
            Attachment.case_id == case_id,
            Attachment.kind == "message",
            Attachment.message_id.is_not(None),
        )
        .order_by(Attachment.created_on, Attachment.id)
    )
    return {
        "format": FORMAT,
        "organisation": organisation.slug,
        "case_id": case_id,
        "stretch": {
            "profile": TOKEN.name,
            "salt": organisations.salt(db),
            "t": TOKEN.t,
            "m": TOKEN.m,
            "p": TOKEN.p,
        },
        "roster": organisations.read_roster(db, organisation).signed,
        "epochs": epochs_of(db, case_id, REPORTER),
        "messages": [
            {
                "id": one.id,
                "number": one.number,
                "author": one.author,
                "day": one.day,
                "envelope": one.envelope,
                "receipt": messages.receipt_of(one),
            }
            for one in stored
        ],
        "attachments": [{"id": one.id, "envelope": one.envelope} for one in attached],
    }
