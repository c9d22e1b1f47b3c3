"""The real server, which a test kills at a chosen step and starts again, and what is stored."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

import pytest
import requests
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from api.models.attachment import Attachment
from api.models.base import Base
from shared.sealing.encoding import b64
from tests.environ import clean_environ
from tests.faults.steps import Steps
from tests.journeys.served import database_of
from tests.postgres import free_port
from tests.service import SECRET

BY_ITSELF = {"heartbeats", "chores", "signed_in", "throttles", "report_drafts"}
"""Tables that the worker and signing in write to."""


class Mortal:
    """`serving.serve`, in processes of its own that start within moments."""

    def __init__(self, place: Path, url: str, process: subprocess.Popen[str], port: int) -> None:
        self.place, self.database_url = place, url
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self.steps = Steps(place / "steps")
        self._process, self._group = process, 0

    def start(self) -> None:
        """Starts it; returns once it answers."""
        self._tell("start")
        self._group = int(self._line())
        until = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < until, (self.place / "out").read_text()
            time.sleep(0.01)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        with suppress(requests.RequestException), requests.Session() as http:
            http.trust_env = False
            return http.get(f"{self.url}/api/v1/organisations", timeout=10).ok
        return False

    def kill(self, *, only_main: bool = False) -> None:
        """Ends all its processes with SIGKILL, or the main one alone, and waits for that."""
        with suppress(ProcessLookupError):
            (os.kill if only_main else os.killpg)(self._group, signal.SIGKILL)
        self.ended()

    def ended(self) -> None:
        """Waits until the server that was killed is gone."""
        assert int(self._line()) == -signal.SIGKILL
        self._group = 0

    def _tell(self, what: str) -> None:
        self._file(self._process.stdin).write(what + "\n")
        self._file(self._process.stdin).flush()

    def _line(self) -> str:
        found = self._file(self._process.stdout).readline()
        assert found, (self.place / "out").read_text()
        return found

    @staticmethod
    def _file(found: IO[str] | None) -> IO[str]:
        assert found is not None
        return found

    def close(self) -> None:
        """Ends it for good."""
        if self._group:
            self.kill()
        self._file(self._process.stdin).close()
        self._process.wait(20)
        self._file(self._process.stdout).close()


@contextmanager
def mortal(
    request: pytest.FixtureRequest, kind: str, place: Path, url: str | None = None
) -> Iterator[Mortal]:
    """A server, not yet started, over a copy of the filled database or over this one."""
    if url is None:
        url = database_of(request, kind, place)
    else:
        (place / "data").mkdir(parents=True, mode=0o700)
    (place / "data" / "secret").write_text(b64(SECRET))
    port = free_port()
    settings = {
        "WREN_DATA": str(place / "data"),
        "WREN_DATABASE_URL": url,
        "WREN_SECRET_FILE": str(place / "data" / "secret"),
        "WREN_VAULT": str(place / "data" / "vault"),
        "WREN_WORK_FROM": "never",
    }
    with (place / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.steps", str(place / "steps"), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
            cwd=Path(__file__).parents[2],
            env=clean_environ(**settings),
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", (place / "out").read_text()
        made = Mortal(place, url, process, port)
        try:
            yield made
        finally:
            made.close()


def stored(url: str) -> Counter[str]:
    """How many rows each table has, of what is shown to anybody: of attachments those that a
    message names."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        found = Counter(dict(connection.exec_driver_sql(_counted()).all()))
    engine.dispose()
    return found


@cache
def _counted() -> str:
    names = {table.name for table in Base.metadata.sorted_tables} - BY_ITSELF
    only = {Attachment.__tablename__: " WHERE message_id IS NOT NULL"}
    return " UNION ALL ".join(
        f"SELECT '{name}', count(*) FROM {name}{only.get(name, '')}" for name in sorted(names)
    )
