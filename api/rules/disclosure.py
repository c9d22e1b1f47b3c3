"""Hiding small counts in tables, so that none can be computed from what is shown.

Counts below five are hidden. Where a hidden one follows from the others, by the sums that the
table shows, another is hidden too (NHS England, disclosure control: secondary suppression).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

LEAST = 5
"""The smallest count that is shown."""

Key = TypeVar("Key", bound=Hashable)
Sum = tuple[Key, Sequence[Key]]
"""A cell, and the cells that add up to it."""


def hide(counts: Mapping[Key, int], sums: Sequence[Sum[Key]]) -> set[Key]:
    """The cells to hide: the small ones, and others until no hidden one can be computed.

    A reader is taken to know every sum, and that no count is below zero.
    """
    hidden = {key for key, count in counts.items() if count < LEAST}
    while known := computed(counts, hidden, sums):
        more = _next(counts, hidden, sums, known)
        if more is None:
            return set(counts)
        hidden.add(more)
    return hidden


def _next(
    counts: Mapping[Key, int], hidden: set[Key], sums: Sequence[Sum[Key]], known: set[Key]
) -> Key | None:
    """The shown cell to hide next: a part before a total, the smallest first."""
    choice = [
        (cell == total, counts[cell] == 0, counts[cell], at, cell)
        for at, (total, parts) in enumerate(sums)
        if known.intersection((total, *parts))
        for cell in (total, *parts)
        if cell not in hidden
    ]
    return min(choice, key=lambda one: one[:4])[4] if choice else None


def computed(counts: Mapping[Key, int], hidden: set[Key], sums: Sequence[Sum[Key]]) -> set[Key]:
    """The hidden cells whose count follows from those that are shown."""
    unknown = [key for key in counts if key in hidden]
    rows = [_equation(counts, unknown, hidden, total, parts) for total, parts in sums]
    reduced = _reduce([row for row in rows if any(row)], len(unknown))
    found: set[Key] = set()
    for row in (*rows, *reduced):
        factors, rest = row[:-1], row[-1]
        named = [at for at, factor in enumerate(factors) if factor]
        one_sign = all(factors[at] > 0 for at in named) or all(factors[at] < 0 for at in named)
        if len(named) == 1 or (rest == 0 and one_sign):
            found.update(unknown[at] for at in named)
    return found


def _equation(
    counts: Mapping[Key, int],
    unknown: Sequence[Key],
    hidden: set[Key],
    total: Key,
    parts: Sequence[Key],
) -> list[Fraction]:
    """Factors of the unknown cells, then what they add up to."""
    place = {key: at for at, key in enumerate(unknown)}
    row = [Fraction(0)] * (len(unknown) + 1)
    for cell, factor in ((total, -1), *((one, 1) for one in parts)):
        if cell in hidden:
            row[place[cell]] += factor
        else:
            row[-1] -= factor * counts[cell]
    return row


def _reduce(rows: list[list[Fraction]], columns: int) -> list[list[Fraction]]:
    """The rows in reduced echelon form (Gauss and Jordan): what is determined stands alone."""
    done = 0
    for column in range(columns):
        pivot = next((at for at in range(done, len(rows)) if rows[at][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        first = [value / rows[done][column] for value in rows[done]]
        rows[done] = first
        for at, row in _others(rows, done):
            factor = row[column]
            if factor:
                rows[at] = [value - factor * one for value, one in zip(row, first, strict=True)]
        done += 1
    return rows[:done]


def _others(rows: list[list[Fraction]], but: int) -> Iterator[tuple[int, list[Fraction]]]:
    return ((at, row) for at, row in enumerate(list(rows)) if at != but)
