"""The labelled sentences of data/pointing.json, and how well the rules find what is in them.

`tuned`: the rules were written while looking at these. `held_out`: a third that was written
before the rules and not looked at while they were changed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from mobile.pointing import look

DATA = Path(__file__).parent / "data" / "pointing.json"
PARTS = ("tuned", "held_out")


@lru_cache(maxsize=1)
def sentences() -> dict[str, list[dict[str, Any]]]:
    """Part -> [{"text", "found": [{"kind", "words", "at"}]}]."""
    found: dict[str, list[dict[str, Any]]] = json.loads(DATA.read_text("utf-8"))
    return found


@dataclass
class Figures:
    """Right, false and missed finds, by kind. A find is right if it overlaps one of its kind."""

    right: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def precision(self, kind: str = "") -> float:
        """How many of those found are right, from 0 to 1."""
        return _share(self.right, self.false, kind)

    def recall(self, kind: str = "") -> float:
        """How many of those that are there were found, from 0 to 1."""
        return _share(self.right, self.missed, kind)

    def kinds(self) -> list[str]:
        """All that occur."""
        return sorted({*self.right, *self.false, *self.missed})


def _share(right: Counter[str], wrong: Counter[str], kind: str) -> float:
    good = right[kind] if kind else right.total()
    bad = wrong[kind] if kind else wrong.total()
    return good / (good + bad) if good + bad else 1.0


def figures(part: str) -> Figures:
    """Measures one part of the set."""
    found = Figures()
    for sentence in sentences()[part]:
        labels = [
            (one["kind"], one["at"], one["at"] + len(one["words"])) for one in sentence["found"]
        ]
        finds = [(one.kind, one.start, one.end) for one in look(sentence["text"])]
        for kind, *_ in (one for one in finds if not _met(one, labels)):
            found.false[kind] += 1
        for one in labels:
            (found.right if _met(one, finds) else found.missed)[one[0]] += 1
    return found


def _met(one: tuple[str, int, int], others: list[tuple[str, int, int]]) -> bool:
    kind, start, end = one
    return any(kind == other and start < to and at < end for other, at, to in others)
