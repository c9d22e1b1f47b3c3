"""Nobody works out a hidden count, whatever they ask for, and on whatever day: programs try."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from api.models.case import Case
from api.rules import disclosure, organisations, tally
from tests.api.handling import at
from tests.filling import OUTCOMES, fill, invented
from tests.reconstruct import Attacker
from tests.service import Service

# --- all answers, over many days ----------------------------------------------------------

QUARTERS = {
    "2025-Q2": (date(2025, 7, 1), date(2025, 9, 30)),
    "2025-Q3": (date(2025, 10, 1), date(2025, 12, 31)),
    "2025-Q4": (date(2026, 1, 1), date(2026, 3, 31)),
}
DAYS = ("2025-10-20", "2025-10-21", "2025-10-22", "2026-01-21", "2026-01-22", "2026-04-21",
        "2026-07-21", "2026-07-22", "2026-10-21")  # fmt: skip
CALLERS = {"eeast": ("analyst-1", "handler-1", "administrator-1"), "elsewhere": ("handler-5",)}
FILTERS = ("", "&from=2025-Q2&to=2025-Q2", "&from=2025-Q3", "&from=2025-Q2&to=2025-Q3",
           "&to=2025-Q4")  # fmt: skip


def ask_everything(service: Service, attacker: Attacker) -> None:
    for slug, names in CALLERS.items():
        for name in names:
            bearer = service.handler(name)
            for one in FILTERS:
                answer = service.get(f"/statistics?organisation={slug}{one}", bearer)
                assert answer.status_code == 200, answer.text
                attacker.take(answer.get_json())


def something_happens(service: Service, draw: Random, slug: str, few: bool) -> None:
    """Some cases are closed, with an outcome and an answer: few, or many."""

    def happen(db: Any) -> None:
        organisation = organisations.find(db, slug)
        for quarter, (first, last) in QUARTERS.items():
            found = select(Case.id).where(
                Case.organisation_id == organisation.id,
                Case.status == "new",
                Case.opened_on.between(first, last),
            )
            most = draw.randint(0, 4) if few else draw.randint(0, 20)
            ids = db.scalars(found.order_by(Case.id).limit(most)).all()
            db.execute(update(Case).where(Case.id.in_(ids)).values(status="closed"))
            for _ in ids:
                moves = [{"field": "outcome", "from_": None, "to": draw.choice(OUTCOMES)}]
                moves.append({"field": "speak_up_again", "from_": None,
                              "to": draw.choice(("yes", "yes", "no"))})  # fmt: skip
                tally.move(db, organisation.id, quarter, moves[: draw.randint(1, 2)])

    service.database.write(happen)


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.ordeal)])
def test_it_works(service: Service, seed: int) -> None:
    draw, attacker = Random(seed), Attacker()
    at(service, "2025-07-01 12:00")
    for slug in CALLERS:
        for first, last in QUARTERS.values():
            count = draw.choice((0, 1, 4, 5, 9, 14, 30, 60, 150))
            made = invented(draw.randint(0, 999), count, first, last)
            for one in made:
                if draw.random() < 0.5:
                    one.closed, one.answer = False, None
                    one.codes = (one.codes or {}) | {"outcome": ()}
            fill(service.database, slug, made)
    for day in DAYS:
        at(service, f"{day} 12:00")
        ask_everything(service, attacker)
        for slug in CALLERS:
            something_happens(service, draw, slug, few=seed % 2 == 0)
        ask_everything(service, attacker)
    assert len(attacker.shown) > 20
    assert attacker.findings() == []


# --- one field at a time: many random tables and what becomes of them ------------------------

LOOSE = "not-set"


def tables(draw: Random, values: int, steps: int, most_moved: int) -> Iterator[dict[str, int]]:
    """Counts of outcomes that grow from what is not set, by few or by many."""
    names = [f"v{at}" for at in range(values)]
    counts = {name: draw.choice((0, 0, 1, 2, 3, 4, 5, 6, 9, 20)) for name in names}
    counts |= {LOOSE: draw.randint(0, 40)}
    for _ in range(steps):
        yield dict(counts)
        for name in names:
            moved = min(draw.randint(0, most_moved), counts[LOOSE])
            counts[name] += moved
            counts[LOOSE] -= moved


def asked(draw: Random, rounds: int = 400) -> list[str]:
    """What an attacker finds who sees each table that is shown of a field."""
    found: list[str] = []
    for at_round in range(rounds):
        attacker, before = Attacker(), list[dict[str, Any]]()
        values = draw.randint(1, 6)
        lots = {name: draw.uniform(0.01, 0.99) for name in (*map("v{}".format, range(6)), LOOSE)}
        for counts in tables(draw, values, 5, draw.choice((1, 3, 8))):
            total = sum(counts.values())
            next_one = disclosure.group("outcome", counts, total, before, lots)
            before.append(before[-1] if next_one is None else next_one)
        for day, group in enumerate(before):
            if day and group is before[day - 1]:
                continue
            rows = [{"value": value, "count": count} for value, count in group["cells"].items()]
            opened = total if total >= disclosure.LEAST else None
            attacker.group(("here", str(at_round)), "outcome", str(day), opened,
                           {"rows": rows, "total": {"count": group["total"]}})  # fmt: skip
        found += attacker.findings()
    return found


@pytest.mark.parametrize("seed", range(5))
def test_random_tables(seed: int) -> None:
    assert asked(Random(seed)) == []
