"""Who reads a case and by what right, and who could: by name, for its handlers to see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from api.models.base import Work
from api.models.case import Case, CaseAccess
from api.models.organisation import Desk, Organisation
from api.rules import consents, organisations
from api.rules.unlocking import excluded
from shared import consents as signed
from shared.errors import MissingEarlier, SealingError
from shared.thread import ThreadMessage


def readers(db: Work, case: Case) -> list[dict[str, Any]]:
    """The handlers who read the case, by name.

    Each has `id`, `name`, `of_desk`, `until` (the last day of their consent, or None), `role`
    (that of the consent), `ended`, `gone` (left the roster) and `renewed`: has new keys, and
    reads again once a colleague lets them in.
    """
    organisation = db.get_one(Organisation, case.organisation_id)
    roster = organisations.read_roster(db, organisation).newest
    names, desk = organisations.names(db, organisation), db.get_one(Desk, case.desk_id).slug
    roles = _roles(consents.of_case(db, case.id))
    rows = db.scalars(
        select(CaseAccess).where(
            CaseAccess.case_id == case.id, CaseAccess.inbox_number.is_not(None)
        )
    )
    found, today = [], organisations.today(db, organisation)
    for one in rows:
        entry = roster.active(one.handler)
        found.append(
            {
                "id": one.handler,
                "name": names.get(one.handler, ""),
                "of_desk": entry is not None and desk in entry.desks,
                "until": one.until,
                "role": roles.get(one.handler),
                "ended": one.until is not None and one.until < today,
                "gone": entry is None,
                "renewed": entry is not None and entry.seal_key != one.seal_key,
            }
        )
    return sorted(found, key=lambda one: (str(one["name"]).casefold(), str(one["id"])))


def _roles(granted: Sequence[Mapping[str, Any]]) -> dict[UUID, str]:
    return {who: one["role"] for one in granted for who in one["handlers"]
            if one["revoked_on"] is None}  # fmt: skip


def by_consent(db: Work, case: Case, handler: UUID) -> dict[str, Any] | None:
    """`until` and `role` of a reader by consent; None for one who handles the case."""
    access = db.get(CaseAccess, (handler, case.id))
    if access is None or access.until is None:
        return None
    return {
        "until": access.until,
        "role": _roles(consents.of_case(db, case.id)).get(handler),
    }


def candidates(db: Work, case: Case) -> dict[str, list[dict[str, Any]]]:
    """Who does not read the case: `desk` may be let in, `others` after the reporter's consent.

    Nobody whom the reporter left out is among them; who read by a consent that has ended is.
    Each has `id`, `name` and `desks`.
    """
    organisation = db.get_one(Organisation, case.organisation_id)
    desk = db.get_one(Desk, case.desk_id).slug
    names = organisations.desk_names(db, organisation)
    passed_over = excluded(db, case.id)
    today = organisations.today(db, organisation)
    reads = or_(CaseAccess.until.is_(None), CaseAccess.until >= today)
    passed_over.update(
        db.scalars(select(CaseAccess.handler).where(CaseAccess.case_id == case.id, reads))
    )
    out: dict[str, list[dict[str, Any]]] = {"desk": [], "others": []}
    for one in organisations.read_roster(db, organisation).newest.handlers:
        if one.until or one.id in passed_over:
            continue
        shown = [names[slug] for slug in one.desks if slug in names]
        out["desk" if desk in one.desks else "others"].append(
            {"id": one.id, "name": one.name, "desks": shown}
        )
    return {kind: sorted(some, key=lambda one: one["name"].casefold())
            for kind, some in out.items()}  # fmt: skip


def left_out(db: Work, case: Case) -> list[str]:
    """The names of those whom the reporter left out."""
    names = organisations.names(db, db.get_one(Organisation, case.organisation_id))
    return sorted(names.get(one, "") for one in excluded(db, case.id))


def revoked_consents(db: Work, case: Case) -> set[UUID]:
    """The consents that ended before their day: the reporter's messages, by id."""
    found = consents.of_case(db, case.id)
    return {one["message_id"] for one in found if one["revoked_on"] is not None}


def requests(
    items: Sequence[Mapping[str, Any]],
    reading: Mapping[UUID, bool],
    today: date,
    revoked: Collection[UUID],
) -> dict[UUID, dict[str, Any]]:
    """What was asked of the reporter in a thread, and what they said to it; newest first.

    By the request's message id: `handlers`, `role`, `purpose`, `until`, `text`, `day`,
    `author`, `state` (`waiting`, `granted`, `refused`, `taken_back`, `ended`), `consent` (the
    id of the newest answer), `answered_on`, and `missing`: the handlers of a consent that
    holds who don't read yet. `reading` tells of each reader whether their consent has ended;
    `revoked` are the consents that ended before their day: nobody reads by them again.
    """
    opened = [_as_message(one) for one in items]
    asked, given = signed.asked(opened), signed.given(opened)
    days = {one.id: one.day for one in opened}
    found: dict[UUID, dict[str, Any]] = {}
    for request in reversed(asked.values()):
        answer = given.get(request.id)
        state = signed.state(request, answer, today, ended=revoked)
        missing = [one for one in request.handlers if reading.get(one, True)]
        found[request.id] = {
            "id": request.id,
            "handlers": request.handlers,
            "role": request.role,
            "purpose": request.purpose,
            "until": request.until,
            "text": request.text,
            "day": days[request.id],
            "author": request.author,
            "state": signed.ENDED if state == signed.PASSED else state,
            "consent": answer.id if answer else None,
            "answered_on": answer.day if answer else None,
            "missing": missing if state == signed.GRANTED else [],
        }
    return found


def _as_message(item: Mapping[str, Any]) -> ThreadMessage:
    fault = item.get("problem")
    problem: SealingError | None = None
    if fault is not None:
        problem = MissingEarlier() if fault["code"] == MissingEarlier.code else SealingError()
    return ThreadMessage(
        item["id"], item["number"], item["author"], item["day"], item.get("content"), problem
    )
