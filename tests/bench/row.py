"""One line of the table: a number of ours next to its reference, and the goal between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

ROUNDS = 7
"""How often ours and the reference are measured in turn; the medians are compared."""

Goal = tuple[Literal["at least", "at most"], float]
NO_GOAL = "at least 0.0"
"""The goal, as text, of a row that only tells."""
Measure = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of `ours` and `reference` in `unit`. Both are None in a row that was skipped.

    `note` says why it was skipped, or what else was measured.
    """

    name: str
    unit: str
    goal: Goal
    ours: float | None = None
    reference: float | None = None
    note: str = ""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Row:
        """The row that `as_json` wrote."""
        kind, bound = str(fields["goal"]).rsplit(" ", 1)
        goal: Goal = ("at least" if kind == "at least" else "at most", float(bound))
        ours, reference, note = fields["ours"], fields["reference"], fields.get("note", "")
        return cls(fields["name"], fields["unit"], goal, ours, reference, note)

    @property
    def ratio(self) -> float | None:
        """Ours divided by the reference."""
        if self.ours is None or not self.reference:
            return None
        return self.ours / self.reference

    @property
    def met(self) -> bool | None:
        """Whether the ratio keeps the goal; None if it was not measured."""
        if self.ratio is None:
            return None
        kind, bound = self.goal
        return self.ratio >= bound if kind == "at least" else self.ratio <= bound

    def as_json(self) -> dict[str, Any]:
        """The row as it stands in var/bench.json."""
        return {
            "name": self.name,
            "ours": _short(self.ours),
            "reference": _short(self.reference),
            "unit": self.unit,
            "ratio": _short(self.ratio),
            "goal": " ".join(map(str, self.goal)),
            "met": self.met,
        } | ({"note": self.note} if self.note else {})


def compare(
    name: str, unit: str, goal: Goal, ours: Measure, reference: Measure, rounds: int = ROUNDS
) -> Row:
    """Measures both in turn, the first to go changing each round, and takes the medians."""
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds):
        order = ((0, ours), (1, reference))
        for at, measure in order if turn % 2 else reversed(order):
            found[at].append(measure())
    return Row(name, unit, goal, median(found[0]), median(found[1]))


def table(rows: Sequence[Row]) -> str:
    """The rows for people, a line each."""
    head = ("what", "ours", "reference", "unit", "ratio", "goal", "met")
    lines = [head, *(_line(one) for one in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    text = [
        "  ".join(
            cell.ljust(width) if at in (0, 3, 5, 6) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([text[0], "-" * len(text[0]), *text[1:]])


def _line(row: Row) -> tuple[str, ...]:
    met = {True: "yes", False: "NO: goal not met", None: "skipped"}[row.met]
    met += f": {row.note}" if row.note else ""
    cells = (_text(row.ours), _text(row.reference), row.unit, _text(row.ratio))
    return (row.name, *cells, " ".join(map(str, row.goal)), met)


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def _text(number: float | None) -> str:
    if number is None:
        return "-"
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
