"""The reference for opening a case: a bare Flask view with one durable insert.

Served and stored as the service does it (granian's settings, SQLite's pragmas, a write
lock), with nothing between: JSON is parsed, the body is inserted, committed, answered.

    python -m tests.bench.bare PORT FILE
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading

from flask import Flask, Response, request
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from api.models.base import _set_up_sqlite
from api.patience import WORKING as THREADS

FILE = "BENCH_BARE_FILE"


def create_app() -> Flask:
    """The application; its database is the file that the environment names."""
    app = Flask("bare", static_folder=None)
    writer, local = threading.Lock(), threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(local, "connection"):
            local.connection = sqlite3.connect(os.environ[FILE])
            _set_up_sqlite(local.connection, None)
        found: sqlite3.Connection = local.connection
        return found

    connection().execute("CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, body BLOB)")

    @app.get("/api/v1/health")
    def health() -> Response:
        return Response("{}", content_type="application/json")

    @app.post("/bodies")
    def insert() -> Response:
        body = request.get_data(cache=False)
        app.json.loads(body)
        with writer:
            database = connection()
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO bodies (body) VALUES (?)", (body,))
            database.execute("COMMIT")
        return Response("{}", 201, content_type="application/json")

    return app


def main(port: int, file: str) -> None:
    """Serves until it is told to stop."""
    os.environ[FILE] = file
    Granian(
        "tests.bench.bare:create_app",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_level=LogLevels.error,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
