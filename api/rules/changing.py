"""What a handler changes of a case: status, outcome, deadlines met, assignment, hold, checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseCheck
from api.models.organisation import Organisation
from api.rules import (
    audit,
    cases,
    classification,
    deadlines,
    epochs,
    events,
    messages,
    notes,
    organisations,
    tally,
    withdrawing,
)
from api.rules.messages import Typed
from api.rules.unlocking import by_handler, check_desk_reader, check_open, lock
from shared.errors import Invalid, NotFound, WrongStatus
from shared.sealing import case as sealing
from shared.sealing.keyring import Keyring

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "new": ("acknowledged", "in_progress", "awaiting_reporter", "closed"),
    "acknowledged": ("in_progress", "awaiting_reporter", "closed"),
    "in_progress": ("awaiting_reporter", "closed"),
    "awaiting_reporter": ("in_progress", "closed"),
    "closed": ("in_progress",),
}
"""From each status, the ones that a case can go to."""


def change(
    db: Work, handler: UUID, reference: str, wanted: Mapping[str, Any], keyring: Keyring | None
) -> dict[str, Any]:
    """Makes all the changes, or none; the same again is no fault. Returns the case.

    Raises `NotFound`, `WrongStatus`, `Invalid` or `NotAllowed`.
    """
    case = by_handler(db, handler, reference)
    lock(db, case, handler)
    organisation = db.get_one(Organisation, case.organisation_id)
    check_desk_reader(db, case, handler)
    if set(wanted) != {"legal_hold"}:
        check_open(case)
    today = organisations.today(db, organisation)
    # Closing counts how long feedback took, so what else was done comes before it.
    changed = _set_plain(db, case, wanted, today)
    db.flush()
    if "status" in wanted:
        changed |= _set_status(db, case, wanted["status"], today)
    if "outcome" in wanted:
        # Stored with the closing: an outcome alone is a classification.
        classification.with_outcome(db, case, handler, keyring, uuid4(), wanted["outcome"])
    shown = None
    if "legal_hold" in wanted:
        changed |= _set_hold(case, wanted["legal_hold"])
        if case.legal_hold is None and case.withdrawn_on is not None:
            shown = cases.for_handler(db, handler, reference, keyring) | {"deleted": True}
            withdrawing.delete(db, case)
    db.flush()
    # The answer shows the report, also where nothing was changed.
    audit.record_openings(db, organisation, handler, [case.id])
    if shown is None and changed.keys() & {"status", "assigned_to"}:
        events.tell(db, case, events.UPDATED, by=handler)
    if changed:
        audit.record(db, organisation, handler, "case_changed", case.id, **changed)
    return shown or cases.for_handler(db, handler, reference, keyring)


def _set_status(db: Work, case: Case, status: str, today: date) -> dict[str, Any]:
    if status == case.status:
        return {}
    if status not in ALLOWED[case.status]:
        raise WrongStatus
    case.status = status
    case.acknowledged_on = case.acknowledged_on or today
    case.closed_on = today if status == "closed" else None
    case.goes_on = None
    db.flush()
    if status == "closed":
        deadlines.start_checks(db, case, today)
        tally.count_times(db, case)
    else:
        deadlines.stop_checks(db, case)
    return {"status": status}


def _set_plain(db: Work, case: Case, wanted: Mapping[str, Any], today: date) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if "feedback_given" in wanted and case.feedback_on is None:
        case.feedback_on = today
        changed["feedback_given"] = True
    if "assigned_to" in wanted and wanted["assigned_to"] != case.assigned_to:
        _check_assignee(db, case, wanted["assigned_to"])
        case.assigned_to = wanted["assigned_to"]
        changed["assigned_to"] = str(case.assigned_to) if case.assigned_to else None
    if "urgent" in wanted and wanted["urgent"] != case.urgent:
        case.urgent = changed["urgent"] = wanted["urgent"]
    if "confidentiality" in wanted and wanted["confidentiality"] != case.confidentiality:
        if classification.classified(db, case.id):
            move = {
                "field": "confidentiality",
                "from_": case.confidentiality,
                "to": wanted["confidentiality"],
            }
            tally.of_case(db, case, [move])
        case.confidentiality = changed["confidentiality"] = wanted["confidentiality"]
    return changed


def _check_assignee(db: Work, case: Case, assignee: UUID | None) -> None:
    if assignee is None:
        return
    organisation = db.get_one(Organisation, case.organisation_id)
    access = db.get(CaseAccess, (assignee, case.id))
    reads = access is not None and access.inbox_number is not None
    reads = reads and not epochs.has_ended(db, case, assignee)
    if not reads or not organisations.is_listed(db, organisation, assignee):
        raise Invalid(errors={"assigned_to": ["Choose somebody who reads this case."]})


def _set_hold(case: Case, wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    reason = wanted["reason"] if wanted else None
    if reason == case.legal_hold:
        return {}
    case.legal_hold, case.goes_on = reason, None
    return {"legal_hold": reason is not None}


# --- acts that are also written down --------------------------------------------------------


def check_detriment(
    db: Work, case: Case, handler: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Notes that a check for detriment was made, and what it found; as `notes.post`.

    Raises `NotFound` for a check that the case does not have.
    """
    check_desk_reader(db, case, handler)
    found = db.get(CaseCheck, (case.id, body["months"]), with_for_update=True)
    if found is None:
        raise NotFound("This check is not due: the case is not closed.")
    answer, repeated = notes.post(db, case, handler, keyring, body, act="detriment_checked")
    if not repeated and found.done_on is None:
        organisation = db.get_one(Organisation, case.organisation_id)
        found.done_on = organisations.today(db, organisation)
        db.flush()
    return answer, repeated


def _broken(_case: sealing.Case, content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"event": "confidentiality_broken", **content}


def disclose(
    db: Work, case: Case, handler: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Records that confidentiality was broken for an immediate risk of harm; as `messages.post`.

    The reporter is told in the thread who was told, and why.
    """
    check_desk_reader(db, case, handler)
    typed = Typed("status", _broken, "confidentiality_broken")
    return messages.post(db, case, handler, keyring, body, typed)
