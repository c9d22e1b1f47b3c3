"""What the reporter does at the end: the closing question, and withdrawing the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete as delete_from

from api.models.base import Work
from api.models.case import Case, HeldAct
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import (
    counting,
    deadlines,
    deletions,
    exporting,
    leftovers,
    messages,
    organisations,
    releases,
)
from api.rules.messages import Typed
from shared.errors import Conflict, WrongStatus
from shared.sealing import case as sealing
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring


def answer_closing(
    db: Work, case_id: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Stores the answer to the closing question; as `messages.post`.

    It is counted at the next release. Raises `WrongStatus` while the case is open, and
    `Conflict` for a second answer.
    """
    case = db.get_one(Case, case_id, with_for_update=True)

    def feedback(_case: sealing.Case, content: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"answer": body["answer"], "comment": content["comment"]}

    if db.get(Message, (case.id, body["id"])) is None:
        if case.status != "closed":
            raise WrongStatus("The question is asked when the case is closed.")
        if case.answered:
            raise Conflict("You have answered this question. You can still write a message.")
    answer, repeated = messages.post(
        db, case, REPORTER, keyring, body, Typed("feedback", feedback)
    )
    if repeated:
        return answer, True
    case.answered = True
    organisation = db.get_one(Organisation, case.organisation_id)
    count = {"value": body["answer"]}
    held = releases.next_release(organisation, db.utc)
    if held is None:
        releases.count_answer(db, case, count)
    else:
        db.add(HeldAct(case_id=case.id, kind="tally", detail=count, visible_from=held))
    db.flush()
    return answer, False


def withdraw(db: Work, case_id: UUID) -> dict[str, Any]:
    """Deletes the case, or closes it where a legal hold keeps it until that is lifted.

    Returns `deleted`, `held`, `backups_until` (a day) and `exports` (how many).
    """
    case = db.get_one(Case, case_id, with_for_update=True)
    organisation = db.get_one(Organisation, case.organisation_id)
    today = organisations.today(db, organisation)
    until = deletions.backups_until(db, organisation)
    held, exports = case.legal_hold is not None, exporting.count(db, case.id)
    if held:
        case.status, case.closed_on, case.withdrawn_on = "closed", case.closed_on or today, today
        deadlines.stop_checks(db, case)
        db.flush()
    else:
        delete(db, case)
    return {"deleted": not held, "held": held, "backups_until": until, "exports": exports}


def delete(db: Work, case: Case) -> None:
    """Deletes a case with all that belongs to it; what was counted stays counted."""
    counting.leave(db, case)
    db.flush()
    leftovers.discard_case(db, case.id)
    deletions.note(db, case)
    db.execute(delete_from(Case).where(Case.id == case.id))
    db.expunge(case)
