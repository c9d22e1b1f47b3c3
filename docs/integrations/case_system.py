"""Follows the statuses of cases: a webhook says that there is something new, a call says what.

What is kept is a small SQLite file: reference, status, days. See case_system.md.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from standardwebhooks import Webhook, WebhookVerificationError

WREN, KEY = os.environ["WREN"].rstrip("/"), os.environ["KEY"]
SECRET, DATABASE = os.environ["SECRET"], os.environ.get("DATABASE", "cases.db")
PORT = int(os.environ.get("PORT", "8099"))
LONGEST = 10_000
COLUMNS = ("reference", "organisation", "status", "opened_on", "closed_on", "overdue")


def opened() -> sqlite3.Connection:
    """The database, made if it is not there."""
    database = sqlite3.connect(DATABASE, timeout=30)
    database.execute(
        "CREATE TABLE IF NOT EXISTS cases (reference TEXT PRIMARY KEY, organisation TEXT, "
        "status TEXT, opened_on TEXT, closed_on TEXT, overdue TEXT)"
    )
    return database


def follow(reference: str) -> None:
    """Asks for the status and keeps it; a case that is not there any more goes here too."""
    address = f"{WREN}/api/v1/cases/{reference}/status"
    answer = requests.get(address, headers={"Authorization": f"Bearer {KEY}"}, timeout=10)
    with closing(opened()) as database, database:
        if answer.status_code == 404:
            database.execute("DELETE FROM cases WHERE reference = ?", (reference,))
            return
        answer.raise_for_status()
        found = answer.json()
        marks = ", ".join("?" * len(COLUMNS))
        values = [found[name] for name in COLUMNS]
        database.execute(f"REPLACE INTO cases VALUES ({marks})", values)  # noqa: S608


class Receiver(BaseHTTPRequestHandler):
    """Takes what Wren sends, if its signature is right."""

    timeout = 10

    def do_POST(self) -> None:
        """204: taken. 401: not from Wren. 503: Wren tries it again later."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length) if 0 <= length <= LONGEST else b""
        try:
            told = Webhook(SECRET).verify(body, dict(self.headers.items()))
        except (WebhookVerificationError, ValueError):
            self.answer(401)
            return
        try:
            if "reference" in told:  # a test has none
                follow(told["reference"])
            self.answer(204)
        except (requests.RequestException, sqlite3.Error):
            self.answer(503)

    def answer(self, status: int) -> None:
        """Answers with a status alone."""
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Writes nothing: a log would keep when something happened."""


def listed() -> None:
    """Prints what is known."""
    with closing(opened()) as database:
        for row in database.execute("SELECT * FROM cases ORDER BY opened_on, reference"):
            sys.stdout.write("\t".join(str(value or "-") for value in row) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["list"]:
        listed()
    else:
        ThreadingHTTPServer(("127.0.0.1", PORT), Receiver).serve_forever()
