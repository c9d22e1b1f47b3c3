"""A PostgreSQL of the tests' own, on a free port of this machine, stopped at their end."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """The address (without a database) of a running server. As root it runs as `postgres`."""
    user = "postgres" if os.geteuid() == 0 else None
    place = Path(tempfile.mkdtemp(prefix="wren-postgres-"))
    port = free_port()
    try:
        if user:
            shutil.chown(place, user)
        data = place / "data"
        _run(
            user, programs / "initdb", "-D", data, "-A", "trust", "-U", "wren", "-N", "-E", "UTF8"
        )
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={place}"
        )
        # What the tests ask of it is not that it survives a loss of power.
        options += " -c max_connections=200 -c fsync=off -c full_page_writes=off"
        control = (user, programs / "pg_ctl", "-D", data, "-w")
        _run(*control, "-l", place / "log", "-o", options, "start")
        try:
            yield f"postgresql://wren@127.0.0.1:{port}"
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


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
