"""A PostgreSQL of the tests' own, on a free port of this machine, stopped at their end."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

_EACH = 4_250
_FIRST = 15_000 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 4 * _EACH
"""Processes of a run have ports of their own: what one has found free no other takes meanwhile."""
_PORTS = count(os.getpid() * 97, 13)  # a server's processes take the next ones for their numbers


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now, and no connection is given before it is taken.

    Systems give connections those from 32,768 or 49,152 on.
    """
    while True:
        port = _FIRST + next(_PORTS) % _EACH
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Postgres:
    """A server with its own files; `address` is without a database. As root it runs as `postgres`.

    What the tests ask of it is that it survives its own death; only a `durable` one survives a
    loss of power, which the benchmark waits for.
    """

    def __init__(self, programs: Path, place: Path, durable: bool = False) -> None:
        self._user = "postgres" if os.geteuid() == 0 else None
        self._place, port = place, free_port()
        self.address = f"postgresql://wren@127.0.0.1:{port}"
        if self._user:
            shutil.chown(place, self._user)
        data = place / "data"
        made = (programs / "initdb", "-D", data, "-A", "trust", "-U", "wren", "-N", "-E", "UTF8")
        _run(self._user, *made)
        self._options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={place}"
            " -c max_connections=200"
        )
        if not durable:
            self._options += " -c fsync=off -c full_page_writes=off"
        self._control = (programs / "pg_ctl", "-D", data, "-w")

    def start(self) -> None:
        """Starts it; returns once it answers."""
        log = self._place / "log"
        _run(self._user, *self._control, "-l", log, "-o", self._options, "start")

    def stop(self, how: str = "immediate") -> None:
        """Ends it: `immediate` as a crash does, `fast` with a word to its clients."""
        _run(self._user, *self._control, "-m", how, "stop")


@contextmanager
def started(programs: Path, durable: bool = False) -> Iterator[Postgres]:
    """A running server, which may be stopped meanwhile."""
    place = Path(tempfile.mkdtemp(prefix="wren-postgres-"))
    try:
        made = Postgres(programs, place, durable)
        made.start()
        try:
            yield made
        finally:
            with suppress(subprocess.CalledProcessError):  # it is stopped already
                made.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """The address (without a database) of a running server."""
    with started(programs) as made:
        yield made.address


def _run(user: str | None, *command: object) -> None:
    subprocess.run(
        [str(one) for one in command],
        check=True,
        user=user,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "USER": user or getpass.getuser()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
