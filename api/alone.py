"""One server to an SQLite file, whose processes end with it.

Two servers on one file would lose nothing: SQLite locks each write. But they would wait for each
other, and the second is most often started by mistake, or in the place of one that was thought
dead. So the second is refused, by a lock that the system takes back however the first one ends.
"""

from __future__ import annotations

import os
import time
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Thread

from sqlalchemy import make_url

from api.config import ConfigError

PATIENCE = 3.0
"""Seconds that a new server waits for the last processes of one that was killed."""


def lock_file(database_url: str) -> Path | None:
    """The file that is locked while a server uses this database; None for PostgreSQL."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(f"{url.database}.lock")


def hold(database_url: str) -> None:
    """Keeps other servers from this SQLite file until this process and its workers are gone.

    PostgreSQL has any number of servers. Raises `ConfigError` if there is one already, and
    `OSError` where no file can be written.
    """
    place = lock_file(database_url)
    if place is None:
        return
    handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            # Never closed: workers inherit it, and the lock goes with the last who has it.
            flock(handle, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(handle)
                raise ConfigError(
                    "Another wren serve uses this database. End it first: SQLite has one server. "
                    "For more than one use PostgreSQL."
                ) from None
            time.sleep(0.05)
        else:
            return


_held: list[int] = []
"""In the main process: the end of the pipe that it alone has open, and that goes with it."""

_read: list[int] = []


def begin() -> None:
    """In the main process, before it has workers: those that `watch` end when it does.

    Else, where it was killed, they would go on for ever on its port and its files.
    """
    read, held = os.pipe()
    _read[:], _held[:] = [read], [held]
    os.register_at_fork(after_in_child=_let_go)


def _let_go() -> None:
    while _held:
        os.close(_held.pop())


def watch() -> None:
    """In a worker: it ends at once when the main process is gone, however that ended."""
    for end in _read:
        Thread(target=_end_with, args=(end,), daemon=True, name="main-is-there").start()


def _end_with(end: int) -> None:
    os.read(end, 1)
    os._exit(1)
