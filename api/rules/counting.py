"""Exact counts of a quarter: from the tally, and from what of a case is in clear.

No case is opened, and none is counted before its release. What is in clear is counted as it is
now; what a handler classified is in the tally. A case that is deleted leaves what was in clear in
the tally, so that counts never fall.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.sql.elements import ColumnElement

from api.models.base import Work
from api.models.case import Case, CaseExcluded
from api.models.message import Message
from api.models.note import Note
from api.models.organisation import Desk, Organisation
from api.models.tally import Tally
from api.rules import deadlines, tally
from api.rules.notes import CLASSIFICATION

Counts = dict[str, Counter[str]]
"""Field -> value -> how many cases."""

FIELDS = (
    "case",
    "desk",
    "confidentiality",
    "element",
    "category",
    "region",
    "channel",
    "professional_group",
    "outcome",
    "speak_up_again",
    *tally.TIMES,
)

IN_CLEAR = ("status", "desk")
"""What is counted without the tally, but for `LEFT`."""

LEFT = "left"
"""The tally's field of cases that were deleted: the desk of each."""

_HELD = exists().where(
    Message.case_id == Case.id, Message.number == 1, Message.visible_from.is_not(None)
)
"""The report waits for its release."""

_KEPT = exists().where(CaseExcluded.case_id == Case.id)
_CLASSIFIED = exists().where(Note.case_id == Case.id, Note.kind == CLASSIFICATION)


def counts(db: Work, organisation: Organisation, quarter: str, *, kept: bool = True) -> Counts:
    """The exact counts of the cases opened in a quarter (`2026-Q3`), by field and value.

    Every field of `FIELDS` is there; a value that no case has is not (it counts as zero).
    `case` has `opened`, `open`, `closed` and `classified`; `days_to_acknowledge` (working days)
    and `days_to_feedback` have a count for each number of days, as text; the others have codes.
    Without `kept`, cases from which the reporter kept somebody out are left out: whoever is kept
    out of one may see such counts. Exact counts are for those who read no case.
    """
    found: Counts = defaultdict(Counter, {field: Counter() for field in FIELDS})
    _count_tally(db, organisation, quarter, kept, found)
    within = [
        Case.organisation_id == organisation.id,
        Case.opened_on.between(*tally.days_of(quarter)),
        ~_HELD,
        *([] if kept else [~_KEPT]),
    ]
    _count_cases(db, within, found)
    for field, days in _times(db, within):
        found[field][str(days)] += 1
    return {field: +found[field] for field in FIELDS}


def _count_tally(
    db: Work, organisation: Organisation, quarter: str, kept: bool, found: Counts
) -> None:
    rows = select(Tally.field, Tally.value, Tally.count).where(
        Tally.organisation_id == organisation.id, Tally.quarter == quarter
    )
    for field, value, count in db.execute(rows):
        name = field.removeprefix(tally.KEPT)
        if name != field and not kept:
            continue
        if name == LEFT:
            found["desk"][value] += count
            found["case"]["opened"] += count
            found["case"]["closed"] += count
        else:
            found[name][value] += count


def _count_cases(db: Work, within: Iterable[ColumnElement[bool]], found: Counts) -> None:
    closed = (Case.status == "closed").label("closed")
    classified = _CLASSIFIED.label("classified")
    rows = (
        select(Desk.slug, closed, Case.confidentiality, classified, func.count())
        .join(Desk, Desk.id == Case.desk_id)
        .where(*within)
        .group_by(Desk.slug, closed, Case.confidentiality, classified)
    )
    for desk, is_closed, confidentiality, is_classified, count in db.execute(rows):
        found["case"]["opened"] += count
        found["case"]["closed" if is_closed else "open"] += count
        found["desk"][desk] += count
        if not is_classified:  # else the tally has it
            found["confidentiality"][confidentiality] += count


def _times(db: Work, within: Iterable[ColumnElement[bool]]) -> Iterator[tuple[str, int]]:
    """How long it took for cases that never closed; the tally has those of the others."""
    days = select(Case.opened_on, Case.acknowledged_on, Case.feedback_on).where(
        *within, Case.times_counted.is_(False)
    )
    for opened, acknowledged, feedback in db.execute(days):
        yield from deadlines.taken(opened, acknowledged, feedback).items()


def leave(db: Work, case: Case) -> None:
    """Counts what of a case is in clear, before it is deleted. One not released leaves nothing."""
    if db.scalar(select(Case.id).where(Case.id == case.id, _HELD)):
        return
    desk = db.get_one(Desk, case.desk_id).slug
    moves: list[dict[str, Any]] = [{"field": LEFT, "from_": None, "to": desk}]
    classified = exists().where(Note.case_id == case.id, Note.kind == CLASSIFICATION)
    if not db.scalar(select(classified)):
        moves.append({"field": "confidentiality", "from_": None, "to": case.confidentiality})
    tally.of_case(db, case, moves)
    tally.count_times(db, case)
