"""Somebody who knows the rule of hiding works nothing out either: all small worlds are tried.

All tables of few cases are made, and all pairs of a table and the next; those that look alike are
put together, whatever was drawn. What is the same in all of them would be known. A weaker rule is
found out in the same way, or by the attacker of `test_reconstruct`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import permutations
from math import exp
from random import Random
from typing import Any

import pytest

from api.rules import disclosure
from tests.api.test_reconstruct import LOOSE, asked
from tests.reconstruct import SMALL

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
