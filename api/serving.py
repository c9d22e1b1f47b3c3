"""Serving: granian, without an access log, as many workers as the database can use."""

from __future__ import annotations

import gc
import os
import signal
import socket
import time
from collections.abc import Callable
from threading import Thread

import requests
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from api import alone, migrations, patience
from api.config import Config, ConfigError, database_url
from api.models.base import Database

STOP = 5
"""Seconds that a worker has to end by itself."""


def check_port(host: str, port: int) -> int:
    """The port, or a free one for 0. Raises `ConfigError` if it is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise ConfigError("A port is a number from 0 to 65535.") from None
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise ConfigError(
                f"Port {port} of {host} can't be used ({reason}). "
                "Give another: --port, or make run PORT=8090."
            ) from None
        return int(probe.getsockname()[1])


def check_tables(config: Config) -> None:
    """Returns if this version can work with the database's tables. Raises `ConfigError`.

    They may be those of a newer one that only added to them: so this version can be started
    again while machines are brought to the newer one, and go back to when it fails.
    """
    database = Database(config)
    try:
        found = migrations.state(database.engine)
        if found == "foreign":
            raise ConfigError("The tables are of a version that this one can't work with.")
        if found not in ("current", "newer"):
            raise ConfigError("The tables are missing or of another version. Run: wren init")
    finally:
        database.engine.dispose()


def serve(host: str, port: int, workers: int, ready: Callable[[], None] | None = None) -> None:
    """Serves until it is told to stop. `ready` is called once, when the first answer comes.

    The settings are those of the environment, which the workers read for themselves. Raises
    `ConfigError` where another server has the same SQLite file.
    """
    alone.hold(database_url())
    alone.begin()
    patience.listens(port)
    os.register_at_fork(after_in_child=_leave_interrupts_to_main)
    server = Granian(
        "api.served:create",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=patience.THREADS,
        # One request at a time on a line: HTTP/2 would let one line hold all threads.
        http=HTTPModes.http1,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP,
        log_level=LogLevels.error,
        log_access=False,
    )
    if ready is not None:
        Thread(target=_when_ready, args=(host, port, ready), daemon=True).start()
    gc.freeze()  # what is loaded stays, here and in the workers: nobody looks through it again
    server.serve()


def _leave_interrupts_to_main() -> None:
    # A terminal sends Ctrl+C to the workers too, and a service manager SIGTERM, and the main
    # process then tells them to end: that alone counts (`api/served.py` waits for it).
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})


def workers_for(database_url: str) -> int:
    """SQLite has one writer: one worker. PostgreSQL: as many as the machine has cores."""
    return 1 if database_url.startswith("sqlite") else os.cpu_count() or 1


def _when_ready(host: str, port: int, ready: Callable[[], None]) -> None:
    host = f"[{host}]" if ":" in host else host
    with requests.Session() as http:
        http.trust_env = False
        for _ in range(600):
            try:
                if http.get(f"http://{host}:{port}/api/v1/health", timeout=5).ok:
                    ready()
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
