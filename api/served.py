"""What granian runs in each of its processes: the application, and a worker beside it."""

from __future__ import annotations

import gc
import os
import signal
import time
from threading import Event, Thread

from flask import Flask

from api import alone, metrics, patience
from api.app import create_app
from api.models.base import Database
from api.rules import stretching
from api.worker import Worker


def create() -> Flask:
    """The application, with a worker in a thread unless `WREN_WORKER` is `apart`."""
    alone.watch()
    Thread(target=_end_when_told, daemon=True, name="ending").start()
    app = create_app()
    database: Database = app.extensions["wren"]
    metrics.serve(app)
    patience.surround(app)
    stretching.beside = patience.beside
    gc.freeze()  # as in `serving.serve`: this is the application, and stays
    if database.config.worker_inside:
        # It may be cut off at the process's end: nothing is lost then.
        Thread(target=Worker(database).run, args=(Event(),), daemon=True, name="worker").start()
    return app


BY_ITSELF = 3
"""Seconds for the main process to say so too, where others told this one to end: less than
`serving.STOP`."""


def _end_when_told() -> None:
    """Ends this process once its main process says so.

    A service manager tells all processes at once. One that ended before the main process has
    noticed would look as if it had failed. And it may be told once only: the second signal in a
    row finds granian's worker holding its own lock, for ever.
    """
    told = signal.sigwaitinfo({signal.SIGTERM})
    if told.si_pid != os.getppid():
        signal.sigtimedwait({signal.SIGTERM}, BY_ITSELF)
    while not callable(end := signal.getsignal(signal.SIGTERM)):
        time.sleep(0.05)  # granian has not begun: the main process does not wait for ever
    end(signal.SIGTERM, None)
