"""Cases as their readers see them: one whole, or the handlers' inbox; and their status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseExcluded
from api.models.message import Message
from api.models.organisation import Desk, Organisation
from api.rules import messages, organisations
from api.rules.unlocking import by_handler, epochs_of
from shared.errors import (
    Invalid,
    WrongStatus,
)
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import Thread
from shared.sealing.roster import Roster

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "new": ("acknowledged", "in_progress", "awaiting_reporter", "closed"),
    "acknowledged": ("in_progress", "awaiting_reporter", "closed"),
    "in_progress": ("awaiting_reporter", "closed"),
    "awaiting_reporter": ("in_progress", "closed"),
    "closed": ("in_progress",),
}
"""From each status, the ones that a case can go to."""


def excluded(db: Work, case_id: UUID) -> set[UUID]:
    found = select(CaseExcluded.handler).where(CaseExcluded.case_id == case_id)
    return set(db.scalars(found))


# --- seen by their readers --------------------------------------------------------------


def for_reporter(db: Work, case_id: UUID) -> dict[str, Any]:
    """The reporter's view of the case."""
    case = db.get_one(Case, case_id)
    unread = db.scalar(
        select(func.count()).where(
            Message.case_id == case_id,
            Message.number > case.read_number,
            Message.author != BY_REPORTER,
        )
    )
    return _view(db, case, REPORTER) | {"unread": unread}


def for_handler(
    db: Work, handler: UUID, reference: str, keyring: Keyring | None
) -> dict[str, Any]:
    """A handler's view of a case that was shown to them. Raises `NotFound` for any other."""
    case = by_handler(db, handler, reference)
    organisation = db.get_one(Organisation, case.organisation_id)
    first = db.scalars(
        select(Message).where(Message.case_id == case.id, Message.number == 1)
    ).one()
    opened = messages.opener(db, organisation, case, handler, keyring)
    report = messages.show([first], opened, handler, Thread())
    return _view(db, case, handler) | {
        "excluded": sorted(excluded(db, case.id), key=str),
        "reporter": {"seal_key": case.seal_key, "sign_key": case.sign_key},
        "report": report[0],
    }


def _view(db: Work, case: Case, me: UUID) -> dict[str, Any]:
    organisation = db.get_one(Organisation, case.organisation_id)
    roster = organisations.read_roster(db, organisation)
    readers = db.scalars(select(CaseAccess.handler).where(CaseAccess.case_id == case.id)).all()
    return {
        "case_id": case.id,
        "reference": case.reference,
        "organisation": organisation.slug,
        "status": case.status,
        "desk": db.get_one(Desk, case.desk_id).slug,
        "urgent": case.urgent,
        "opened_on": case.opened_on,
        "handlers": [
            {"id": one, "display_name": _name(roster, one)} for one in sorted(readers, key=str)
        ],
        "epochs": epochs_of(db, case.id, me),
        "consents": [],
        "exports": [],
        "legal_hold": None,
    }


def _name(roster: Roster, handler: UUID) -> str:
    return next(one.name for one in reversed(roster.newest.handlers) if one.id == handler)


def change(
    db: Work, handler: UUID, reference: str, wanted: Mapping[str, Any], keyring: Keyring | None
) -> dict[str, Any]:
    """Changes the status; the same again is no fault. Raises `NotFound` or `WrongStatus`."""
    case = by_handler(db, handler, reference)
    db.refresh(case, with_for_update=True)
    status = wanted["status"]
    if status != case.status:
        if status not in ALLOWED[case.status]:
            raise WrongStatus
        case.status = status
        db.flush()
    return for_handler(db, handler, reference, keyring)


def inbox(db: Work, handler: UUID, query: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the cases that were shown to the handler, newest first.

    Raises `Invalid` for a cursor that is none.
    """
    newest = (
        select(Message.day, Message.author)
        .where(Message.case_id == Case.id, Message.desk_number.is_not(None))
        .order_by(Message.desk_number.desc())
        .limit(1)
    )
    found = (
        select(
            Case.reference,
            Case.status,
            Case.urgent,
            Case.opened_on,
            Desk.slug.label("desk"),
            Organisation.slug.label("organisation"),
            newest.with_only_columns(Message.day).scalar_subquery().label("last_day"),
            newest.with_only_columns(Message.author).scalar_subquery().label("last_author"),
            CaseAccess.inbox_number,
            CaseAccess.case_id,
        )
        .join(Case, Case.id == CaseAccess.case_id)
        .join(Desk, Desk.id == Case.desk_id)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(CaseAccess.handler == handler, CaseAccess.inbox_number.is_not(None))
        .order_by(CaseAccess.inbox_number.desc(), CaseAccess.case_id.desc())
    )
    for name, column in (
        ("status", Case.status),
        ("desk", Desk.slug),
        ("organisation", Organisation.slug),
    ):
        if name in query:
            found = found.where(column == query[name])
    if query["after"] is not None:
        place = tuple_(CaseAccess.inbox_number, CaseAccess.case_id)
        found = found.where(place < tuple_(*_cursor(query["after"])))
    rows = db.execute(found.limit(query["limit"] + 1)).mappings().all()
    items = rows[: query["limit"]]
    more = len(rows) > len(items)
    last = f"{items[-1]['inbox_number']}.{items[-1]['case_id']}" if more else None
    return {"items": items, "next": last}


def _cursor(text: str) -> tuple[int, UUID]:
    number, _, case_id = text.partition(".")
    try:
        if number.isascii() and number.isdigit() and len(number) <= 9:
            return int(number), UUID(case_id)
    except ValueError:
        pass
    raise Invalid(errors={"after": ["Use the next of the page before."]})
