"""Small counts are hidden, and an attacker who knows every sum can't compute one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pytest

from api.rules.disclosure import LEAST, Sum, computed, hide


def flat(*counts: int) -> tuple[dict[str, int], list[Sum[str]]]:
    """A list of exclusive values with their total."""
    cells = {f"value {at}": count for at, count in enumerate(counts)}
    return cells | {"total": sum(counts)}, [("total", list(cells))]


def crossed(*pairs: tuple[int, int]) -> tuple[dict[str, int], list[Sum[str]]]:
    """Desks with what is open and closed at each, and totals of both, as figures have them."""
    cells: dict[str, int] = {}
    sums: list[Sum[str]] = []
    for at, (opened, closed) in enumerate(pairs):
        cells |= {f"open {at}": opened, f"closed {at}": closed, f"both {at}": opened + closed}
        sums.append((f"both {at}", [f"open {at}", f"closed {at}"]))
    for name in ("open", "closed", "both"):
        parts = [f"{name} {at}" for at in range(len(pairs))]
        cells[f"{name} total"] = sum(cells[one] for one in parts)
        sums.append((f"{name} total", parts))
    sums.append(("both total", ["open total", "closed total"]))
    return cells, sums


def solutions(
    cells: Mapping[str, int], sums: Sequence[Sum[str]], hidden: set[str], most: int
) -> Iterator[dict[str, int]]:
    """Every table that agrees with what is shown: tried one by one, with no algebra."""
    totals = {total for total, _ in sums}
    base = [one for one in cells if one not in totals]
    ranges = [range(most + 1) if one in hidden else (cells[one],) for one in base]
    for values in product(*ranges):
        found = dict(zip(base, values, strict=True))
        agrees = True
        for total, parts in sums:
            if total not in found:
                found[total] = sum(found[one] for one in parts)
            agrees = agrees and found[total] == sum(found[one] for one in parts)
            agrees = agrees and (total in hidden or found[total] == cells[total])
        if agrees:
            yield found


def attack(cells: Mapping[str, int], sums: Sequence[Sum[str]], hidden: set[str]) -> set[str]:
    """The hidden cells that have the same count in every table that agrees."""
    fixed = dict[str, int]()
    first = True
    for found in solutions(cells, sums, hidden, max(cells.values()) + 2):
        if first:
            fixed, first = {one: found[one] for one in hidden}, False
        fixed = {one: count for one, count in fixed.items() if found[one] == count}
        if not fixed:
            break
    return set(fixed)


TABLES: list[tuple[dict[str, int], list[Sum[str]]]] = [
    flat(3, 7), flat(3, 7, 9), flat(0, 0, 9), flat(0, 8), flat(4, 4), flat(1, 2, 1), flat(5, 5),
    flat(0, 0, 0), flat(3), flat(7), flat(4, 4, 6), flat(0, 0, 5, 6), flat(0, 5, 5),
    crossed((7, 0)), crossed((6, 7), (1, 8)), crossed((0, 0), (6, 6)), crossed((2, 2), (9, 9)),
    crossed((5, 0), (0, 5)), crossed((3, 9), (9, 3)), crossed((8, 8), (8, 8)),
]  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_it_works(table: Any) -> None:
    cells, sums = table
    hidden = hide(cells, sums)
    assert hidden >= {one for one, count in cells.items() if count < LEAST}
    assert attack(cells, sums, hidden) == set()


def test_any_table(subtests: pytest.Subtests) -> None:
    chance = random.Random(5)
    counts = (0, 0, 1, 2, 3, 4, 5, 6, 7, 9)
    for at in range(60):
        if at % 2:
            cells, sums = flat(*(chance.choice(counts) for _ in range(chance.randint(1, 4))))
        else:
            pairs = [(chance.choice(counts), chance.choice(counts)) for _ in range(2)]
            cells, sums = crossed(*pairs)
        with subtests.test(f"{at}"):
            hidden = hide(cells, sums)
            assert attack(cells, sums, hidden) == set(), cells


def test_hiding_only_small_ones_would_give_them_away() -> None:
    cells, sums = flat(3, 7, 9)
    assert attack(cells, sums, {"value 0"}) == {"value 0"}
    assert computed(cells, {"value 0"}, sums) == {"value 0"}
    assert hide(cells, sums) == {"value 0", "value 1"}


def test_no_more_is_hidden_than_must_be() -> None:
    for counts in ((5, 6), (10, 20, 30), (5,)):
        assert hide(*flat(*counts)) == set()
    # Two small ones hide each other.
    assert hide(*flat(2, 3, 50)) == {"value 0", "value 1"}
    # Values that add up to nothing don't give each other away.
    assert hide({"a": 3, "b": 70}, []) == {"a"}


def test_algebra_over_several_sums() -> None:
    # Each sum has two unknown cells, but together they determine every one of them.
    cells = {"a": 2, "b": 6, "c": 7, "ab": 8, "bc": 13, "ca": 9}
    sums: list[Sum[str]] = [("ab", ["a", "b"]), ("bc", ["b", "c"]), ("ca", ["c", "a"])]
    assert computed(cells, {"a", "b", "c"}, sums) == {"a", "b", "c"}
    assert computed(cells, hide(cells, sums), sums) == set()
