"""More servers on the database of one that a journey started: other machines, other versions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.environ import clean_environ
from tests.journeys.served import Served, answers, end, wait_for
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
"""Where the packages of this version are."""


def run(served: Served, code: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of `wren` of one of the versions, on the server's database."""
    return subprocess.run(
        [sys.executable, "-m", "api", *command],
        check=False,
        env=environ(served, code),
        cwd=served.place,
        capture_output=True,
        text=True,
        timeout=120,
    )


def environ(served: Served, code: Path, **more: str) -> dict[str, str]:
    """The settings of a server's processes, with one of the versions."""
    data = served.place / "data"
    return clean_environ(
        **more,
        WREN_DATA=str(data),
        WREN_DATABASE_URL=served.database_url,
        WREN_SECRET_FILE=str(data / "secret"),
        PYTHONPATH=str(code),
    )


@contextmanager
def another(served: Served, code: Path, *options: str, **settings: str) -> Iterator[Served]:
    """One more `wren serve` of a version, on the same database."""
    port = free_port()
    with (served.place / "out").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--port", str(port), *options],
            stdout=out,
            stderr=out,
            cwd=served.place,
            env=environ(served, code, **settings),
        )
        try:
            started = replace(served, url=f"http://127.0.0.1:{port}", process=process)
            wait_for(lambda: answers(started), "the server does not answer")
            yield started
        finally:
            end(process)
