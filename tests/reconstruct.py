"""Somebody who asks for all figures there are, on every day, and works out what is hidden.

They know that counts are whole and not below zero, what adds up to what, and that cases which
were closed, classified or answered stay so. What they know of each count is an interval, made
narrower until nothing follows any more. Each equation has a count in common with one other at
most (a table is a star), so the intervals are exact: each value in them is possible.

What is hidden well: each hidden count may still be anything from 0 to 4. That is more than that
it may have two values; it is what "below five" says to begin with, so nothing is learned beyond.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from api.rules.disclosure import LEAST, NOT_SET, OF_CLOSED, SEVERAL

Key = tuple[str, ...]
"""Organisation, quarter, field, the day since which it is shown, and the value."""

MANY = 10**6
SMALL = set(range(LEAST))


@dataclass
class Attacker:
    """What somebody knows who got these answers."""

    known: dict[Key, tuple[int, int]] = field(default_factory=dict)
    sums: set[tuple[tuple[Key, ...], int]] = field(default_factory=set)
    at_most: set[tuple[tuple[Key, ...], int]] = field(default_factory=set)
    shown: set[Key] = field(default_factory=set)

    def take(self, answer: Mapping[str, Any]) -> None:
        """Learns from an answer of `GET /statistics`."""
        for quarter in answer["quarters"]:
            place = (answer["organisation"], quarter["quarter"])
            opened = quarter["opened"]["count"]
            for group in quarter["groups"]:
                self.group(place, group["field"], group["day"], opened, group)
        self._sums(answer)

    def group(
        self, place: Key, name: str, day: str, opened: int | None, group: Mapping[str, Any]
    ) -> None:
        """A field's table, as it is shown since a day."""
        keys = []
        for row in group["rows"]:
            key = (*place, name, day, row["value"])
            keys.append(key)
            self._learn(key, row["count"])
        most = LEAST - 1 if opened is None else opened
        total = group["total"]["count"] if group["total"] else None
        if name in SEVERAL:
            self.at_most |= {((key,), most) for key in keys}
        elif total is None:
            self.at_most.add((tuple(keys), most))
        else:
            self.sums.add((tuple(keys), total))

    def _learn(self, key: Key, count: int | None) -> None:
        if count is None:
            assert key not in self.shown, f"shown once, and hidden now: {key}"
            self.known.setdefault(key, (0, MANY))
        else:
            assert self.known.get(key, (count, count)) in ((count, count), (0, MANY)), key
            self.known[key] = (count, count)
            self.shown.add(key)

    def _sums(self, answer: Mapping[str, Any]) -> None:
        for group in answer["sums"]:
            for row in group["rows"]:
                if row["count"] is not None:
                    keys = tuple(
                        (answer["organisation"], quarter["quarter"], one["field"], one["day"],
                         row["value"])
                        for quarter in answer["quarters"]
                        for one in quarter["groups"]
                        if one["field"] == group["field"]
                    )  # fmt: skip
                    self.sums.add((keys, row["count"]))

    # --- working it out -------------------------------------------------------------------

    def work_out(self) -> None:
        """Narrows what is known until nothing follows any more."""
        before = None
        while before != self.known:
            before = dict(self.known)
            for keys, total in self.sums:
                self._narrow(keys, total, total)
            for keys, most in self.at_most:
                self._narrow(keys, 0, most)
            for versions in self._versions().values():
                for old, new in pairwise(versions):
                    if _only_grows(new):
                        self._put(new, self.known[old][0], MANY)
                        self._put(old, 0, self.known[new][1])

    def _narrow(self, keys: Iterable[Key], least: int, most: int) -> None:
        keys = list(keys)
        low = sum(self.known[key][0] for key in keys)
        high = sum(self.known[key][1] for key in keys)
        for key in keys:
            mine = self.known[key]
            self._put(key, least - (high - mine[1]), most - (low - mine[0]))

    def _put(self, key: Key, least: int, most: int) -> None:
        low, high = self.known[key]
        self.known[key] = (max(low, least), min(high, most))
        assert self.known[key][0] <= self.known[key][1], f"contradiction at {key}"

    def _versions(self) -> dict[Key, list[Key]]:
        found = defaultdict(list)
        for key in sorted(self.known):
            found[(*key[:3], key[4])].append(key)
        return found

    def findings(self) -> list[str]:
        """What they found out, in words; nothing if all is hidden well."""
        self.work_out()
        found = []
        for key, (low, high) in self.known.items():
            if key not in self.shown and not set(range(low, high + 1)) >= SMALL:
                found.append(f"{key} is from {low} to {high}")
            if key in self.shown and low < LEAST:
                found.append(f"{key} is shown: {low}")
        for keys, total in self.sums:
            hidden = total - sum(self.known[key][0] for key in keys if key in self.shown)
            if 0 < hidden < LEAST:
                found.append(f"hidden together: {hidden} of {keys[0][:4]}")
        return found + self._changes()

    def _changes(self) -> list[str]:
        found = []
        for versions in self._versions().values():
            for at, old in enumerate(versions):
                for new in versions[at + 1 :]:
                    least = self.known[new][0] - self.known[old][1]
                    most = self.known[new][1] - self.known[old][0]
                    if least == most and 0 < abs(least) < LEAST:
                        found.append(f"from {old} to {new} it changed by {least}")
        return found + self._moved_together()

    def _moved_together(self) -> list[str]:
        """Changes of what a field hides together, between any two of its tables."""
        rests: dict[Key, dict[str, int]] = defaultdict(dict)
        for keys, total in self.sums:
            if len({key[1] for key in keys}) == 1:
                shown = [self.known[key][0] for key in keys if key in self.shown]
                rests[keys[0][:3]][keys[0][3]] = total - sum(shown)
        return [
            f"what {place} hides together changed by {one - other}"
            for place, days in rests.items()
            for one in days.values()
            for other in days.values()
            if 0 < one - other < LEAST and place in self._told_twice()
        ]

    def _told_twice(self) -> set[Key]:
        days = defaultdict(set)
        for key in self.shown:
            days[key[:3]].add(key[3])
        return {place for place, found in days.items() if len(found) > 1}


def _only_grows(key: Key) -> bool:
    """Closed cases stay closed, outcomes and answers stay."""
    name, value = key[2], key[4]
    if name == "status":
        return value == "closed"
    return name in OF_CLOSED and value != NOT_SET[name]
