"""Cases as their readers see them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, select

from api.models.base import Database, Work
from api.models.case import Case, CaseAccess, CaseCheck, CaseExcluded
from api.models.integration import ApiKey
from api.models.message import Message
from api.models.organisation import Desk, Organisation
from api.rules import (
    audit,
    consents,
    deadlines,
    exporting,
    links,
    messages,
    organisations,
    retention,
)
from api.rules.unlocking import by_handler, epochs_of, excluded
from shared.errors import NotFound, SignIn
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import Thread
from shared.sealing.roster import Roster

# What each app asks every minute; built once, since building it costs more than running it.
_BY_OTHERS = and_(Message.number > Case.read_number, Message.author != BY_REPORTER)
_COUNTED = (
    select(func.max(Message.number), func.count().filter(_BY_OTHERS))
    .join(Case, Case.id == Message.case_id)
    .where(Message.case_id == bindparam("case_id"), Case.withdrawn_on.is_(None))
)


def for_reporter(db: Work, case_id: UUID) -> dict[str, Any]:
    """The reporter's view of the case."""
    case = db.get_one(Case, case_id)
    _, unread = _counted(db, case_id)
    return _view(db, case, REPORTER) | {"unread": unread, "answered": case.answered}


def news(db: Work, case_id: UUID) -> dict[str, Any]:
    """How far the thread goes and what the reporter has not read: `newest` and `unread`.

    Raises `SignIn` once the case is withdrawn or gone.
    """
    newest, unread = _counted(db, case_id)
    if not newest:
        raise SignIn
    return {"newest": newest, "unread": unread}


def _counted(db: Work, case_id: UUID) -> tuple[int, int]:
    """The number of the newest message, and how many of others the reporter has not read.

    Both are 0 where there is no such case any more: each begins with its report.
    """
    newest, unread = db.fetch(_COUNTED, case_id=case_id).one()
    return newest or 0, unread


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
        "checks": list(
            db.scalars(
                select(CaseCheck).where(CaseCheck.case_id == case.id).order_by(CaseCheck.months)
            )
        ),
        "links": [one.reference for one in links.linked(db, case, handler)],
        "recorded_by": case.recorded_by,
        "withdrawn_on": case.withdrawn_on,
    }


def opened_by(
    database: Database, handler: UUID, reference: str, keyring: Keyring | None
) -> dict[str, Any]:
    """A handler's view of a case; the first look of a day goes into the audit."""
    with database.read() as db:
        shown = for_handler(db, handler, reference, keyring)
    note_opening(database, handler, reference)
    return shown


def note_opening(database: Database, handler: UUID, reference: str) -> None:
    """Notes in the audit that a handler looks at a case, once a day. Raises `NotFound`."""
    with database.read() as db:
        case = by_handler(db, handler, reference)
    note_openings(database, handler, [case.id])


def note_openings(database: Database, handler: UUID, case_ids: Collection[UUID]) -> None:
    """As `note_opening`, of all cases that an answer shows something of.

    Nothing is written where it stands in the audit already.
    """
    with database.read() as db:
        noted = not any(some for _, some in _not_noted(db, handler, case_ids))
    if not noted:
        database.write(lambda db: _note(db, handler, case_ids))


def _not_noted(
    db: Work, handler: UUID, case_ids: Collection[UUID]
) -> Iterator[tuple[Organisation, list[UUID]]]:
    rows = db.execute(
        select(Organisation, Case.id)
        .join(Case, Case.organisation_id == Organisation.id)
        .where(Case.id.in_(case_ids))
        .order_by(Organisation.id)
    )
    for organisation, some in groupby(rows, key=lambda row: row[0]):
        wanted = [case_id for _, case_id in some]
        yield organisation, audit.not_opened_today(db, organisation, handler, wanted)


def _note(db: Work, handler: UUID, case_ids: Collection[UUID]) -> None:
    for organisation, some in _not_noted(db, handler, case_ids):
        audit.record_openings(db, organisation, handler, some)


def status(db: Work, handler: UUID, reference: str) -> dict[str, Any]:
    """What a case system follows: status and days. Raises `NotFound`."""
    return _status(db, by_handler(db, handler, reference))


def status_for_key(db: Work, key: UUID, reference: str) -> dict[str, Any]:
    """The same for an API key: of its organisation's cases, once they are released.

    Raises `NotFound`, the same for what is unknown, not released yet, another's, or a case that
    somebody was kept out of: they may read what the key is used for.
    """
    found = db.scalar(
        select(Case)
        .join(ApiKey, ApiKey.organisation_id == Case.organisation_id)
        .where(
            ApiKey.id == key,
            Case.reference == reference,
            exists().where(CaseAccess.case_id == Case.id, CaseAccess.inbox_number.is_not(None)),
            ~exists().where(CaseExcluded.case_id == Case.id),
        )
    )
    if found is None:
        raise NotFound
    return _status(db, found)


def _status(db: Work, case: Case) -> dict[str, Any]:
    organisation = db.get_one(Organisation, case.organisation_id)
    return {
        "reference": case.reference,
        "organisation": organisation.slug,
        "status": case.status,
        "opened_on": case.opened_on,
        "closed_on": case.closed_on,
        "overdue": deadlines.overdue(case, organisations.today(db, organisation)),
    }


def _view(db: Work, case: Case, me: UUID) -> dict[str, Any]:
    organisation = db.get_one(Organisation, case.organisation_id)
    roster = organisations.read_roster(db, organisation)
    reads = select(CaseAccess.handler).where(CaseAccess.case_id == case.id)
    if me != REPORTER:
        # Whom the reporter let in shows from the next release on.
        reads = reads.where(CaseAccess.inbox_number.is_not(None))
    readers = db.scalars(reads).all()
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
        "confidentiality": case.confidentiality,
        "acknowledge_by": case.acknowledge_by,
        "feedback_by": case.feedback_by,
        "acknowledged_on": case.acknowledged_on,
        "feedback_on": case.feedback_on,
        "closed_on": case.closed_on,
        "goes_on": retention.goes_on(case, organisation, organisations.today(db, organisation)),
        "overdue": deadlines.overdue(case, organisations.today(db, organisation)),
        "assigned_to": case.assigned_to,
        "consents": consents.of_case(db, case.id),
        "exports": exporting.of_case(db, case.id, organisations.names(db, organisation)),
        "legal_hold": {"reason": case.legal_hold} if case.legal_hold else None,
    }


def _name(roster: Roster, handler: UUID) -> str:
    return next(one.name for one in reversed(roster.newest.handlers) if one.id == handler)
