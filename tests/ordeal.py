"""The ordeal: long tests, run by `make ordeal`, and the page of what they found.

    python -m tests.ordeal

Tests marked `ordeal` note with `tell` what they tried and what was lost; this puts the notes of
the last `make ordeal` together as docs/evidence.md. In any other run `tell` does nothing.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.bench.row import NO_GOAL

FIGURES = "ORDEAL_FIGURES"
"""Names the file of the notes. Not a setting of Wren, whose processes refuse unknown ones."""
PAGE = Path("docs/evidence.md")
BENCH = Path("var/bench.json")

_BEGAN = time.monotonic()

AREAS = {
    "faults": "Killed, cut off, full",
    "line": "A bad line between phone and service",
    "floods": "Floods",
    "scale": "Several workers and machines",
    "backup": "Backup and restore",
    "deletion": "Deletion",
    "upkeep": "Keys and upkeep",
    "attack": "Attacks",
    "tests": "Tests of the ordeal",
}
"""What notes are about, in the page's order; others come behind."""


@dataclass(slots=True)
class Figure:
    """What was tried, how often, and how often it went wrong."""

    area: str
    what: str
    tried: int
    lost: int
    note: str = ""


def tell(area: str, what: str, *, tried: int, lost: int, note: str = "") -> None:
    """Notes a figure for the page. Several of the same name are added up."""
    place = os.environ.get(FIGURES)
    if place:
        line = {"area": area, "what": what, "tried": tried, "lost": lost, "note": note}
        # One write to the end of the file: processes that tell at once don't mix their lines.
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(handle)


def tell_results(reports: Iterable[pytest.TestReport]) -> None:
    """Notes how many of these tests passed, by their directory, and how long all took.

    One that could not be set up or cleared away counts as lost.
    """
    told = Counter[tuple[str, bool]]()
    for one in reports:
        if one.when == "call" or one.failed:
            told[one.nodeid.partition("::")[0].rpartition("/")[0], one.failed] += 1
    for (place, failed), count in told.items():
        tell("tests", place, tried=count, lost=count if failed else 0)
    lost = sum(count for (_, failed), count in told.items() if failed)
    minutes = (time.monotonic() - _BEGAN) / 60
    tell("tests", "all", tried=told.total(), lost=lost, note=f"{minutes:.0f} minutes")


def added_up(lines: Iterable[str]) -> list[Figure]:
    """The figures of these lines, those of one name together, in the page's order."""
    found: dict[tuple[str, str], Figure] = {}
    for line in lines:
        told: dict[str, Any] = json.loads(line)
        figure = found.setdefault(
            (told["area"], told["what"]), Figure(told["area"], told["what"], 0, 0)
        )
        figure.tried += told["tried"]
        figure.lost += told["lost"]
        figure.note = told["note"] or figure.note
    order = list(AREAS)
    return sorted(
        found.values(),
        key=lambda one: (order.index(one.area) if one.area in order else len(order), one.what),
    )


def page(figures: Iterable[Figure], bench: Iterable[Mapping[str, Any]], day: str) -> str:
    """docs/evidence.md, whole."""
    return "\n".join([*_head(day), *_tables(figures), *_measured(bench)])


def _head(day: str) -> Iterator[str]:
    yield "# What was tried, how often, and what was lost"
    yield ""
    yield "Made by `make ordeal` from what its tests found; not written by hand."
    yield f"Last run: {day}, {os.cpu_count()} cores, Python {platform.python_version()}."
    yield ""
    yield "Lost means: acknowledged and then gone, doubled, stored half, or shown to somebody who"
    yield "must not see it. A test that loses anything fails, and is counted below; so is one that"
    yield "fails for another reason, and once more where it was run again."
    yield "Listed is what the last run came to: of a run that was stopped, a part."
    yield ""


def _tables(figures: Iterable[Figure]) -> Iterator[str]:
    area = None
    for one in figures:
        if one.area != area:
            if area is not None:
                yield ""
            area = one.area
            yield from (f"## {AREAS.get(area, area.capitalize())}", "")
            yield from ("| what | tried | lost | |", "| --- | --: | --: | --- |")
        yield f"| {one.what} | {one.tried:,} | {one.lost:,} | {one.note} |"
    yield ""


def _measured(bench: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    # Those without a goal are in docs/scaling.md alone.
    rows = [one for one in bench if one.get("ratio") is not None and one["goal"] != NO_GOAL]
    if not rows:
        return
    yield from (
        "## Measured",
        "",
        "By `make bench`: each beside its reference of the same run.",
        "",
    )
    yield "| what | ours | reference | unit | ratio | goal | met | |"
    yield "| --- | --: | --: | --- | --: | --- | --- | --- |"
    for one in rows:
        met = "yes" if one["met"] else "no"
        yield (
            f"| {one['name']} | {one['ours']} | {one['reference']} | {one['unit']} "
            f"| {one['ratio']} | {one['goal']} | {met} | {one.get('note', '')} |"
        )
    yield ""


def main() -> None:
    """Writes the page."""
    lines = Path(os.environ[FIGURES]).read_text("utf-8").splitlines()
    bench = json.loads(BENCH.read_text("utf-8"))["rows"] if BENCH.exists() else []
    day = datetime.now(UTC).date().isoformat()
    PAGE.write_text(page(added_up(lines), bench, day), "utf-8")
    print(f"Wrote {PAGE}.")


if __name__ == "__main__":
    main()
