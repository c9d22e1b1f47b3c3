"""`make bench`: each number next to its reference, measured in the same run.

    python -m tests.bench [--only NAME ...]

Names: sealed, readable, inbox, console, search, memory, web, upload, upload-memory, webhooks,
figures, publication, returns, crowd, crowd-readable, polls, field, sign-ins, restart, scaling,
app.

Prints a table and writes var/bench.json. A goal that is not met is printed, and is no
failure of the run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import crowds, server
from tests.bench.row import Row, table
from tests.bench.world import World

RESULT = Path("var/bench.json")
APP = "app"


def main() -> None:
    """Measures what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    names = [*server.MEASURES, *crowds.MEASURES, APP]
    parser.add_argument("--only", choices=names, nargs="+", default=names, help="just these")
    only = parser.parse_args().only
    start, load = time.monotonic(), os.getloadavg()[0]
    # Beside the result, since a temporary directory may lie in memory: there nothing is durable.
    RESULT.parent.mkdir(exist_ok=True)
    rows: list[Row] = []
    with TemporaryDirectory(dir=RESULT.parent, prefix="bench-") as directory:
        # Written after each row: one that breaks does not take the others with it.
        for row in _measure(World(Path(directory).resolve()), only):
            rows.append(row)
            told = {"load": load, "rows": [one.as_json() for one in rows]}
            RESULT.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"\n{table(rows)}\n")
    missed = [one.name for one in rows if one.met is False]
    print(f"Goals not met: {'; '.join(missed)}" if missed else "Every measured goal is met.")
    print(f"{time.monotonic() - start:.0f} s; also in {RESULT}")


def _measure(world: World, only: Sequence[str]) -> Iterator[Row]:
    try:
        for name, measure in server.MEASURES.items():
            if name in only:
                _tell(name)
                yield measure(world)
        for name, several in crowds.MEASURES.items():
            if name in only:
                _tell(name)
                yield from several(world)
    finally:
        world.close()
    if APP in only:
        _tell(APP)
        yield from _app()


def _app() -> list[Row]:
    """The app's rows; skipped where Kivy or anything to draw on is missing."""
    try:
        from tests.bench import app

        return [Row.from_json(one) for one in app.rows()]
    except ImportError as error:
        why = str(error)
    except subprocess.SubprocessError as error:
        told = getattr(error, "stderr", "") or str(error)
        told = told.decode("utf-8", "replace") if isinstance(told, bytes) else told
        why = told.strip().splitlines()[-1]
    return [Row("the app: first frame and scrolling", "", ("at most", 1.0), note=why)]


def _tell(name: str) -> None:
    print(f"measuring: {name}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
