"""Puts the numbers of many at once from var/bench.json into docs/scaling.md.

python -m tests.bench.page
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.__main__ import RESULT
from tests.bench.row import NO_GOAL
from tests.bench.world import KINDS

PAGE = Path("docs/scaling.md")
BEGIN, END = (
    "<!-- measured: python -m tests.bench.page -->\n",
    "<!-- end of what is measured -->\n",
)
HEAD = (
    "| what | measured | to compare | goal | met | p50, p99, failed |\n|---|---|---|---|---|---|\n"
)


def measured(told: Mapping[str, Any]) -> str:
    """The table of one run. A busy machine is said to have been one."""
    rows = [one for one in told["rows"] if any(f", {kind}" in one["name"] for kind in KINDS)]
    load = told.get("load", 0.0)
    busy = f"The machine's load before the run was {load:.1f}"
    busy += ": other work took from these numbers.\n\n" if load > 1 else ".\n\n"
    return busy + HEAD + "".join(map(_line, rows))


def _line(row: Mapping[str, Any]) -> str:
    what, _, compared = row["name"].rpartition(" / ")
    compares = row["goal"] != NO_GOAL
    cells = (
        what,
        f"{row['ours']:g} {row['unit']}",
        compared if not compares else f"{compared}: {row['reference']:g}",
        row["goal"] if compares else "",
        {True: "yes", False: "no"}[row["met"]] if compares else f"{row['ratio']:g} times",
        row.get("note", ""),
    )
    return f"| {' | '.join(cells)} |\n"


def put(page: str, told: Mapping[str, Any]) -> str:
    """The page with the numbers of this run. Raises `ValueError` without a place for them."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{measured(told)}{END}{after}"


def main(arguments: Sequence[str] = ()) -> None:
    """Writes the page."""
    place = Path(arguments[0]) if arguments else RESULT
    told = json.loads(place.read_text("utf-8"))
    PAGE.write_text(put(PAGE.read_text("utf-8"), told), "utf-8")


if __name__ == "__main__":
    main()
