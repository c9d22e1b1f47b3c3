"""The handlers' inbox: what is new, what is overdue, what was promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from api.models.account import Position
from api.models.base import Work
from api.models.case import Case, CaseAccess, HeldAct
from api.models.message import Message
from api.models.organisation import Desk, Organisation
from api.rules import cursors, deadlines, links
from api.rules.unlocking import by_handler, shown_to
from shared.sealing.message import REPORTER as BY_REPORTER


def inbox(db: Work, handler: UUID, query: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the cases that were shown to the handler, newest first.

    Beside what the call takes, `open` leaves out those closed, `urgent` all but those marked
    and not closed, and `answer` all but those that wait for one. The cursor is sealed: cases are
    numbered over all handlers. Raises `Invalid` for a cursor that is none.
    """
    found = _filtered(db, handler, listing(db, handler), query)
    if query["after"] is not None:
        place = tuple_(CaseAccess.inbox_number, CaseAccess.case_id)
        found = found.where(place < tuple_(*_read_cursor(db, handler, query["after"])))
    rows = db.execute(found.limit(query["limit"] + 1)).mappings().all()
    items = [item(one) for one in rows[: query["limit"]]]
    more = len(rows) > len(items)
    last = rows[len(items) - 1] if more else None
    return {
        "items": items,
        "next": _cursor(db, handler, last) if last else None,
    }


def _place(handler: UUID) -> str:
    return f"inbox\0{handler}"


def _cursor(db: Work, handler: UUID, row: RowMapping) -> str:
    where = row["inbox_number"].to_bytes(8, "big") + row["case_id"].bytes
    return cursors.seal(db, _place(handler), where)


def _read_cursor(db: Work, handler: UUID, text: str) -> tuple[int, UUID]:
    where = cursors.read(db, _place(handler), text)
    return int.from_bytes(where[:8], "big"), UUID(bytes=where[8:])


def listing(db: Work, handler: UUID) -> Select[Any]:
    """The statement for all cases that were shown to the handler, newest first."""
    newest = (
        select(Message.day, Message.author)
        .where(Message.case_id == Case.id, Message.desk_number.is_not(None))
        .order_by(Message.desk_number.desc())
        .limit(1)
    )
    due = deadlines.conditions(db, _organisations(db, handler))
    return (
        select(
            Case.reference,
            Case.status,
            Case.urgent,
            Case.opened_on,
            Desk.slug.label("desk"),
            Organisation.slug.label("organisation"),
            newest.with_only_columns(Message.day).scalar_subquery().label("last_day"),
            newest.with_only_columns(Message.author).scalar_subquery().label("last_author"),
            Case.acknowledge_by,
            Case.feedback_by,
            Case.feedback_on,
            Case.assigned_to,
            Case.confidentiality,
            Case.legal_hold,
            Case.goes_on,
            due.late.label("overdue"),
            due.check.label("check_due"),
            CaseAccess.inbox_number,
            CaseAccess.case_id,
        )
        .join(Case, Case.id == CaseAccess.case_id)
        .join(Desk, Desk.id == Case.desk_id)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(shown_to(db, handler))
        .order_by(CaseAccess.inbox_number.desc(), CaseAccess.case_id.desc())
    )


def _organisations(db: Work, handler: UUID) -> list[Organisation]:
    found = select(Organisation).join(Position, Position.organisation_id == Organisation.id)
    return list(db.scalars(found.where(Position.account_id == handler)))


def item(row: RowMapping) -> dict[str, Any]:
    """A row of `listing` as the inbox shows it."""
    if row["check_due"]:
        due = "check"
    elif row["status"] == "new":
        due = "acknowledge"
    elif row["status"] != "closed" and row["feedback_on"] is None:
        due = "feedback"
    else:
        due = None
    return dict(row) | {"due": due, "legal_hold": row["legal_hold"] is not None}


def _filtered(
    db: Work, handler: UUID, found: Select[Any], query: Mapping[str, Any]
) -> Select[Any]:
    for name, column in (
        ("status", Case.status),
        ("desk", Desk.slug),
        ("organisation", Organisation.slug),
    ):
        if name in query:
            found = found.where(column == query[name])
    due = deadlines.conditions(db, _organisations(db, handler))
    if "overdue" in query:
        found = found.where(due.late if query["overdue"] else ~due.late)
    if "due" in query:
        wanted = {"overdue": due.late, "soon": due.soon, "checks": due.check}
        wanted["going"] = Case.goes_on.is_not(None)
        found = found.where(wanted[query["due"]])
    if query.get("open"):
        found = found.where(Case.status != "closed")
    if query.get("urgent"):
        found = found.where(_is_urgent())
    if query.get("answer"):
        found = found.where(_waits())
    if query.get("assigned") == "nobody":
        found = found.where(Case.assigned_to.is_(None))
    elif query.get("assigned") == "me":
        found = found.where(_is_mine(db, handler))
    return found


def _is_urgent() -> ColumnElement[bool]:
    return and_(Case.urgent, Case.status != "closed")


def _waits() -> ColumnElement[bool]:
    """The reporter wrote last.

    What kind of message it is the service can't see. In a closed case whose closing question was
    answered one message alone is taken for that answer, to which nothing has to be said. Before
    the answer is released its case waits as it did: the hour of it is not shown.
    """
    author = (
        select(Message.author)
        .where(Message.case_id == Case.id, Message.desk_number.is_not(None))
        .order_by(Message.desk_number.desc())
    )
    last, before = (author.limit(1).offset(at).scalar_subquery() for at in (0, 1))
    held = exists().where(HeldAct.case_id == Case.id, HeldAct.kind == "tally")
    answered = and_(Case.status == "closed", Case.answered, ~held)
    is_answer = and_(answered, before != BY_REPORTER)
    return and_(last == BY_REPORTER, not_(is_answer))


def _is_mine(db: Work, handler: UUID) -> ColumnElement[bool]:
    """Assigned to the handler, or to somebody on leave whom they cover in that organisation."""
    covered = db.execute(
        select(Position.organisation_id, Position.account_id).where(
            Position.cover == handler, Position.away_until >= db.utc.date()
        )
    )
    return or_(
        Case.assigned_to == handler,
        *(and_(Case.assigned_to == one, Case.organisation_id == of) for of, one in covered),
    )


def linked(db: Work, handler: UUID, reference: str) -> list[dict[str, Any]]:
    """The cases linked with this one that were shown to the handler too. Raises `NotFound`."""
    ids = [one.id for one in links.linked(db, by_handler(db, handler, reference), handler)]
    rows = db.execute(listing(db, handler).where(Case.id.in_(ids))).mappings()
    return [item(one) for one in rows]


COUNTED = 100
"""Counts of the inbox go up to this: who has more sees "99+", and counting them stays cheap."""


def counts(db: Work, handler: UUID, organisation: str | None = None) -> dict[str, int]:
    """How many of the handler's cases are `new`, `overdue`, due `soon`, to `checks`, `mine`.

    And deleted soon (`going`), assigned to `nobody`, `urgent` and not closed, and waiting for an
    `answer`: the reporter wrote last. At most `COUNTED` each. Of one organisation if it is named.
    """
    due = deadlines.conditions(db, _organisations(db, handler))
    wanted = {
        "new": Case.status == "new",
        "overdue": due.late,
        "soon": due.soon,
        "checks": due.check,
        "going": Case.goes_on.is_not(None),
        "mine": and_(_is_mine(db, handler), Case.status != "closed"),
        "nobody": and_(Case.assigned_to.is_(None), Case.status != "closed"),
        "urgent": _is_urgent(),
        "answer": _waits(),
    }
    mine = shown_to(db, handler)
    if organisation is not None:
        chosen = select(Organisation.id).where(Organisation.slug == organisation)
        mine = and_(mine, Case.organisation_id.in_(chosen))
    found = []
    for name, condition in wanted.items():
        # From the cases to the access, not the other way: those that match are few.
        access = exists().where(CaseAccess.case_id == Case.id, mine).correlate(Case)
        some = select(Case.id).where(condition, access).limit(COUNTED).subquery()
        found.append(select(func.count()).select_from(some).scalar_subquery().label(name))
    return dict(db.execute(select(*found)).mappings().one())
