"""Many cases at once, row by row: for figures, whose counts need no case that opens."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import func, select

from api.models.base import Database, Work
from api.models.case import Case, CaseAccess, CaseExcluded
from api.models.message import Message
from api.models.note import Note
from api.models.organisation import Desk, Organisation
from api.models.tally import Tally
from api.rules import deadlines, organisations, tally


@dataclass
class Made:
    """A case as figures see it. With `codes` (field -> values) it was classified."""

    opened: date
    desk: str = "guardian"
    closed: bool = False
    confidentiality: str = "anonymous"
    acknowledged: int | None = None
    feedback: int | None = None
    kept: bool = False
    released: bool = True
    codes: dict[str, tuple[str, ...]] | None = None
    answer: str | None = None
    id: UUID = field(default_factory=uuid4)


def fill(database: Database, slug: str, cases: Iterable[Made]) -> None:
    """Stores these cases of an organisation, and what the tally has of them."""
    made = list(cases)
    database.write(lambda db: _fill(db, organisations.find(db, slug), made))


def _fill(db: Work, organisation: Organisation, cases: list[Made]) -> None:
    found = db.scalars(select(Desk).where(Desk.organisation_id == organisation.id))
    desks = {one.slug: one.id for one in found}
    number = db.scalar(select(func.count()).select_from(Case)) or 0
    db.store(
        Case,
        *(
            _row(organisation.id, desks[one.desk], f"T-{at:010}", one)
            for at, one in enumerate(cases, number + 1)
        ),
    )
    handler = uuid4()
    db.store(
        CaseAccess,
        *(
            {"handler": handler, "case_id": one.id, "seal_key": bytes(32), "until": None}
            | {"inbox_number": at if one.released else None}
            for at, one in enumerate(cases, number + 1)
        ),
    )
    held = int(db.now) + 3600
    db.store(Message, *(_held(one, held) for one in cases if not one.released))
    db.store(CaseExcluded, *({"case_id": one.id, "handler": uuid4()} for one in cases if one.kept))
    db.store(
        Note,
        *(
            {"case_id": one.id, "id": uuid4(), "number": 1, "kind": "classification"}
            | {"author": "handler:x", "day": one.opened, "envelope": b"", "envelope_hash": b""}
            for one in cases
            if one.codes is not None
        ),
    )
    _tally(db, organisation, cases)


def _tally(db: Work, organisation: Organisation, cases: list[Made]) -> None:
    counted: Counter[tuple[str, str, str]] = Counter()
    for one in cases:
        counted.update(_counted(one))
    for (quarter, name, value), count in counted.items():
        place = {"organisation_id": organisation.id, "quarter": quarter, "field": name}
        row = db.get(Tally, (*place.values(), value))
        if row is None:
            db.store(Tally, place | {"value": value, "count": count})
        else:
            row.count += count
            db.flush()


def _held(one: Made, until: int) -> dict[str, object]:
    """The report of a case that is released later."""
    return {
        "case_id": one.id, "id": uuid4(), "number": 1, "desk_number": None, "author": "reporter",
        "day": one.opened, "envelope": b"", "envelope_hash": b"", "receipt_key_id": b"",
        "receipt_signature": b"", "visible_from": until, "is_answer": False,
    }  # fmt: skip


def _row(organisation: int, desk: int, reference: str, one: Made) -> dict[str, object]:
    acknowledged = None if one.acknowledged is None else one.opened + timedelta(one.acknowledged)
    feedback = None if one.feedback is None else one.opened + timedelta(one.feedback)
    return {
        "id": one.id,
        "organisation_id": organisation,
        "desk_id": desk,
        "reference": reference,
        "status": "closed" if one.closed else "new",
        "opened_on": one.opened,
        "urgent": False,
        "verifier": os.urandom(32),
        "seal_key": bytes(32),
        "sign_key": bytes(32),
        "read_number": 0,
        "confidentiality": one.confidentiality,
        "recorded_by": None,
        "assigned_to": None,
        "acknowledge_by": one.opened,
        "feedback_by": one.opened,
        "acknowledged_on": acknowledged,
        "feedback_on": feedback,
        "closed_on": one.opened if one.closed else None,
        "times_counted": one.closed,
        "answered": one.answer is not None,
        "legal_hold": None,
        "withdrawn_on": None,
    }


def _counted(one: Made) -> Iterator[tuple[str, str, str]]:
    quarter, before = tally.quarter_of(one.opened), tally.KEPT if one.kept else ""
    fields: list[tuple[str, str]] = []
    if one.codes is not None:
        fields += [("case", "classified"), ("confidentiality", one.confidentiality)]
        fields += ((name, value) for name, values in one.codes.items() for value in values)
    if one.answer is not None:
        fields.append(("speak_up_again", one.answer))
    if one.closed:
        row = _row(0, 0, "", one)
        took = deadlines.taken(one.opened, row["acknowledged_on"], row["feedback_on"])  # type: ignore[arg-type]
        fields += ((name, str(days)) for name, days in took.items())
    return ((quarter, before + name, value) for name, value in fields)


# --- invented years -----------------------------------------------------------------------

ELEMENTS = ("patient_safety", "worker_safety", "bullying_harassment", "other_behaviours",
            "detriment")  # fmt: skip
OUTCOMES = ("resolved-informally", "action-taken", "advice-given", "referred", "not-upheld")
GROUPS = ("ambulance", "nursing-midwifery", "administrative", "estates", "students", "not-known")
CHANNELS = ("whatsapp-group", "direct-message", "facebook-group", "in-person", "other")
REGIONS = ("essex", "norfolk", "suffolk")
CATEGORIES = ("system-process", "behaviour-relationship", "management-issues", "patient-safety")


def invented(seed: int, count: int, first: date, last: date) -> list[Made]:
    """So many invented cases between two days, most of them classified and closed."""
    draw = Random(seed)
    days = (last - first).days
    return [_invented(draw, first + timedelta(draw.randint(0, days))) for _ in range(count)]


def _invented(draw: Random, opened: date) -> Made:
    closed, few = draw.random() < 0.8, draw.random() < 0.9
    codes = {
        "element": tuple(draw.sample(ELEMENTS, draw.choice((1, 1, 2)))),
        "category": tuple(draw.sample(CATEGORIES, draw.choice((0, 1, 1)))),
        "region": (draw.choice(REGIONS),),
        "channel": (draw.choice(CHANNELS),),
        "professional_group": (draw.choice(GROUPS),),
        "outcome": (draw.choice(OUTCOMES),) if closed else (),
    }
    return Made(
        opened,
        desk="guardian" if few else "senior-manager",
        closed=closed,
        confidentiality=draw.choice(("anonymous", "anonymous", "confidential", "open")),
        acknowledged=draw.randint(0, 6) if draw.random() < 0.95 else None,
        feedback=draw.randint(5, 130) if closed else None,
        kept=draw.random() < 0.02,
        codes=codes if few else None,
        answer=draw.choice(("yes", "yes", "maybe", "no", None)) if closed else None,
    )
