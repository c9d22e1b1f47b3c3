"""The app: how long it takes from one screen to another, and to the newest page of a long thread.

Each run is a process of its own. `python -m tests.bench.app_screens KIND` is one such run;
`... list` prints the milliseconds of every screen.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.bench.app import FRAME, MESSAGES, open_window, run
from tests.bench.row import Row, compare, table

FRAMES = 2
PAGE = 300.0
"""Milliseconds in which the newest page of a long thread is there."""
TIMES = 5


def _stage() -> tuple[Any, Callable[[], None]]:
    """An empty stage in a window, and what draws a frame to its end."""
    window = open_window()
    from kivy.base import EventLoop
    from kivy.graphics.opengl import glFinish

    from mobile.stage import Stage

    EventLoop.ensure_window()
    stage = Stage()
    window.add_widget(stage)

    def frame() -> None:
        EventLoop.idle()
        glFinish()

    for _ in range(5):
        frame()
    return stage, frame


def each() -> dict[str, float]:
    """Median milliseconds from one screen to each other: made, shown, and its frame drawn.

    The first time, in which its rules are read, does not count.
    """
    from tests.mobile.screens import screens

    stage, frame = _stage()
    known = dict(screens())
    blank = known["cover"]
    gc.freeze()
    gc.disable()  # as `mobile.tidying` does, which looks through what is new between touches
    found = {}
    for name, make in known.items():
        times: list[float] = []
        for _ in range(TIMES):
            gc.collect()
            stage.show(blank())
            frame()
            frame()
            before = time.perf_counter()
            stage.show(make())
            frame()
            times.append((time.perf_counter() - before) * 1000)
        found[name] = statistics.median(times[1:])
    return found


def newest() -> float:
    """Median milliseconds until a case of 5,000 messages shows its newest ones."""
    from mobile.screens.conversation import Conversation
    from tests.mobile.samples import long_thread, view

    stage, frame = _stage()
    case, times = view(long_thread(MESSAGES)), []
    for _ in range(TIMES):
        before = time.perf_counter()
        page = Conversation()
        page.show(case)
        stage.show(page)
        while page.ids.thread.scroll_y > 0 or not page.ids.thread.view_adapter.views:
            frame()
        frame()
        times.append((time.perf_counter() - before) * 1000)
    return statistics.median(times[1:])


def slowest_change() -> Row:
    """The slowest of all changes of screen, against two frames at 60 a second."""
    notes: list[str] = []

    def ours() -> float:
        found = json.loads(run("tests.bench.app_screens", "changes"))
        slowest = max(found, key=found.__getitem__)
        middle = statistics.median(found.values())
        within = sum(one <= FRAMES * FRAME for one in found.values())
        notes.append(
            f"{slowest}; half of all take at most {middle:.0f} ms, "
            f"{within} of {len(found)} are within two frames"
        )
        return float(found[slowest])

    row = compare(
        "app: the slowest change of screen (median), against two frames",
        "ms",
        ("at most", 1.0),
        ours,
        lambda: FRAMES * FRAME,
        rounds=1,
    )
    return Row(row.name, row.unit, row.goal, row.ours, row.reference, notes[-1])


def newest_page() -> Row:
    """The newest page of a long thread, against 300 ms."""
    return compare(
        f"app: the newest page of {MESSAGES:,} messages, against 300 ms",
        "ms",
        ("at most", 1.0),
        lambda: float(run("tests.bench.app_screens", "newest")),
        lambda: PAGE,
        rounds=3,
    )


def main() -> None:
    """One run, or both rows."""
    kind = sys.argv[1] if len(sys.argv) > 1 else ""
    if kind == "changes":
        print(json.dumps(each()), flush=True)
    elif kind == "list":
        for name, took in sorted(each().items(), key=lambda one: -one[1]):
            print(f"{took:7.1f}  {name}")
    elif kind == "newest":
        print(newest(), flush=True)
    else:
        print(table([slowest_change(), newest_page()]))


if __name__ == "__main__":
    main()
