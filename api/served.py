"""What granian runs in each of its processes: the application, and a worker beside it."""

from __future__ import annotations

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
    app = create_app()
    database: Database = app.extensions["wren"]
    metrics.serve(app)
    patience.surround(app)
    stretching.beside = patience.beside
    if database.config.worker_inside:
        # It may be cut off at the process's end: nothing is lost then.
        Thread(target=Worker(database).run, args=(Event(),), daemon=True, name="worker").start()
    return app
