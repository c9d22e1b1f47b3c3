"""Reading an export of 40,000 messages: lines a second, and against a plain reading of its lines.

`python -m tests.bench.whatsapp` prints the two rows alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.bench.row import Row, compare, table
from tests.mobile.chats import LINES, android

GOAL = 200_000.0
"""Lines a second."""
TIMES = 8.0
"""What finding out who said what and when may cost, against cutting lines in three."""


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def plain(text: str) -> list[list[str]]:
    """Each line cut at the dash and at the first colon, and nothing understood."""
    return [one.replace(" - ", ": ", 1).split(": ", 2) for one in text.split("\n")]


def measured() -> list[Row]:
    """Lines a second of processor time, and the ratio to the plain reading."""
    from mobile.whatsapp import read

    text = android()
    if len(read(text).lines) != LINES:
        raise RuntimeError("not every line was read")
    name = f"app: an export of {LINES:,} messages read"
    speed = compare(
        f"{name}, lines a second", "lines/s", ("at least", 1.0),
        lambda: LINES / _seconds(lambda: read(text)), lambda: GOAL,
    )  # fmt: skip
    ratio = compare(
        f"{name}, against cutting its lines", "s", ("at most", TIMES),
        lambda: _seconds(lambda: read(text)), lambda: _seconds(lambda: plain(text)),
    )  # fmt: skip
    return [speed, ratio]


def rows() -> list[dict[str, Any]]:
    """Both rows, as they stand in var/bench.json."""
    return [one.as_json() for one in measured()]


if __name__ == "__main__":
    print(table(measured()))
