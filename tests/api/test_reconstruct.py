"""Nobody works out a hidden count, whatever they ask for, and on whatever day: programs try."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from itertools import permutations
from math import exp
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from api.models.case import Case
from api.rules import disclosure, organisations, tally
from tests.api.handling import at
from tests.filling import OUTCOMES, fill, invented
from tests.reconstruct import SMALL, Attacker
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
@pytest.mark.parametrize("seed", range(2))
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


# --- small worlds, all of them: somebody who also knows the rule -----------------------------


def shares(values: int, total: int) -> Iterator[tuple[int, ...]]:
    """All ways in which so many cases fall on so many values."""
    if values == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for others in shares(values - 1, total - first):
            yield (first, *others)


def orders(names: list[str]) -> list[dict[str, float]]:
    """Lots by which each order of drawing comes about, whatever the counts are."""
    return [
        {name: exp(-(1000.0**-place)) for name, place in zip(names, one, strict=True)}
        for one in permutations(range(len(names)))
    ]


def seen(group: dict[str, Any]) -> tuple[Any, ...]:
    return (group["total"], *group["cells"].values())


def one_table(
    field: str, names: list[str], totals: range, *, knows_loose: bool = False
) -> list[str]:
    """What follows from a table for somebody who knows the rule, but not the lots.

    Who `knows_loose` knows from elsewhere of how many cases nothing is set, the last of the
    values; a table of which nothing is shown is then told by that alone.
    """
    found = []
    for total in totals:
        worlds: dict[Any, set[tuple[int, ...]]] = defaultdict(set)
        for world in shares(len(names), total):
            for lots in orders(names):
                counts = dict(zip(names, world, strict=True))
                group = disclosure.group(field, counts, total, [], lots)
                assert group is not None
                known = world[-1] if knows_loose else None
                worlds[tuple(group["cells"].values()), known].add(world)
        for (shown, known), possible in worlds.items():
            if knows_loose and not any(shown):
                continue
            for place, count in enumerate(shown if known is None else shown[:-1]):
                values = {world[place] for world in possible}
                if count is None and not values >= SMALL:
                    found.append(f"{total}: {shown} says {sorted(values)} of {names[place]}")
    return found


THREE = [
    ("status", ["open", "closed"], range(5, 18)),
    ("desk", ["a", "b", "c"], range(5, 17)),
    ("outcome", ["a", "b", LOOSE], range(5, 17)),
    ("outcome", ["a", "b", "c", LOOSE], range(9, 14)),
]


@pytest.mark.parametrize(("field", "names", "totals"), THREE)
def test_all_small_tables(field: str, names: list[str], totals: range) -> None:
    assert one_table(field, names, totals) == []


def test_all_small_tables_for_who_knows_of_how_many_nothing_is_set() -> None:
    assert one_table("outcome", ["a", "b", LOOSE], range(9, 18), knows_loose=True) == []
    assert one_table("outcome", ["a", "b", "c", LOOSE], range(9, 16), knows_loose=True) == []


def two_tables(names: list[str], totals: range) -> list[str]:
    """What follows from a table and the one after it, if cases only leave the last value."""
    found = []
    for total in totals:
        worlds: dict[Any, set[tuple[tuple[int, ...], tuple[int, ...]]]] = defaultdict(set)
        for lots in orders(names):
            for before in shares(len(names), total):
                first = disclosure.group(
                    "outcome", dict(zip(names, before, strict=True)), total, [], lots
                )
                assert first is not None
                for after in shares(len(names), total):
                    if any(new < old for new, old in zip(after[:-1], before[:-1], strict=True)):
                        continue
                    counts = dict(zip(names, after, strict=True))
                    then = disclosure.group("outcome", counts, total, [first], lots)
                    shown = (seen(first), None if then is None else seen(then))
                    worlds[shown].add((before, after))
        for shown, possible in worlds.items():
            found += _follows(names, shown, possible)
    return found


def _follows(names: list[str], shown: Any, possible: set[Any]) -> Iterator[str]:
    for place, name in enumerate(names):
        before = {one[0][place] for one in possible}
        changes = {one[1][place] - one[0][place] for one in possible}
        if shown[0][place + 1] is None and len(before) < 2:
            yield f"{shown} says {before} of {name}"
        if shown[1] and shown[1][place + 1] is None and len({p[1][place] for p in possible}) < 2:
            yield f"{shown} says what {name} is now"
        if len(changes) == 1 and 0 < abs(min(changes)) < disclosure.LEAST:
            yield f"{shown} says that {name} changed by {changes}"


def test_all_small_changes() -> None:
    assert two_tables(["a", "b", LOOSE], range(9, 14)) == []
    assert two_tables(["closed", "open"], range(9, 19)) == []


# --- and a weaker rule is found out ----------------------------------------------------------


def only_small(counts: Any, hidden: set[str], loose: str | None) -> bool:
    return True


def only_two(counts: Any, hidden: set[str], loose: str | None) -> bool:
    return len(hidden - {loose}) > 1


def as_if_loose_were_any(counts: Any, hidden: set[str], loose: str | None) -> bool:
    return len(hidden - {loose}) > 1 and sum(counts[one] for one in hidden) >= disclosure.LEAST


def no_logs(_: float) -> float:
    return -1.0


WEAKER: dict[str, tuple[str, Any, Callable[[], list[str]]]] = {
    "no second one": ("_enough", only_small, lambda: asked(Random(1))),
    "two, however few": ("_enough", only_two, lambda: asked(Random(1))),
    "what is not set hides too": (
        "_enough",
        as_if_loose_were_any,
        lambda: one_table("outcome", ["a", "b", "c", LOOSE], range(9, 16), knows_loose=True),
    ),
    "the smallest, not drawn": (
        "log", no_logs, lambda: one_table("desk", ["a", "b", "c", "d"], range(18, 22))
    ),
    "each change is shown": ("few", lambda change: False, lambda: asked(Random(1))),
    "each change is shown, to who knows the rule": (
        "few", lambda change: False, lambda: two_tables(["a", "b", LOOSE], range(15, 17))
    ),
    "counts from three": ("LEAST", 3, lambda: asked(Random(1))),
}  # fmt: skip


@pytest.mark.parametrize("weaker", WEAKER)
def test_a_weaker_rule_is_found_out(weaker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, instead, attack = WEAKER[weaker]
    monkeypatch.setattr(disclosure, name, instead)
    assert attack() != []
