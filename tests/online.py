"""The real service behind a real socket, with a clock that a test moves: for clients that seal.

The clients' own day is moved with it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from werkzeug.serving import make_server

from api import setup
from api.config import ACCOUNT_SESSION
from api.rules import sessions
from shared import thread
from shared.client import Client
from shared.conversation import ReporterCase, prepare_report, send_report
from shared.handling import HandlerCase, HandlerSession
from shared.sealing import tokens
from tests.service import Service


class Online:
    """One service of a test's own, and the people who call it."""

    def __init__(self, service: Service, port: int) -> None:
        self.service, self.url = service, f"http://127.0.0.1:{port}"
        self.address = f"{self.url}/o/eeast"
        self.directory = Client(self.url).organisation("eeast")
        self.people = dict(service.handlers)

    def id(self, username: str) -> UUID:
        """A handler's id."""
        return UUID(str(self.people[username].id))

    def handler(self, username: str = "handler-1") -> HandlerSession:
        """A handler as a client that opens things itself, without the stretching."""
        who = self.people[username]
        begun = self.service.database.write(
            lambda db: sessions.start(db, "account", who.id, ACCOUNT_SESSION)
        )
        client = Client(self.url)
        return HandlerSession(client, self.id(username), str(begun["session"]), who.keyring)

    def case(self, reference: str, username: str = "handler-1") -> HandlerCase:
        """A case as a handler has it open, with its thread."""
        case = self.handler(username).case(reference, self.directory)
        case.refresh()
        case.thread()
        return case

    def report(self, *, excluded: tuple[str, ...] = (), desk: str = "guardian") -> tuple[str, str]:
        """Opens a case; its reference and token."""
        client, token = Client(self.url), tokens.new_token()
        left_out = [self.id(one) for one in excluded]
        roster = client.roster("eeast")
        report = prepare_report(
            self.directory, roster, token, desk, left_out, {"story": "An invented story."}
        )
        return str(send_report(client, "eeast", roster, report)["reference"]), token

    def reporter(self, token: str) -> ReporterCase:
        """The reporter's case, open and read."""
        case = ReporterCase.sign_in(Client(self.url), token, self.directory)
        case.refresh()
        case.thread()
        return case

    def hire(self, username: str, desk: str = "guardian") -> UUID:
        """Another handler, approved by the first one."""
        first = self.people["handler-1"]
        approver = (first.id, first.keyring)
        new, listed = self.service.database.write(
            lambda db: setup.add_handler(db, "eeast", (desk,), username, username, approver)
        )
        assert listed
        self.people[username] = new
        return self.id(username)

    def move(self, days: int) -> None:
        """Lets days pass."""
        self.service.clock.now += days * 86_400


@contextmanager
def online(service: Service, monkeypatch: Any) -> Iterator[Online]:
    """Serves on a free port until the test is over."""

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=service.clock.now - began)

    began = service.clock.now
    # Werkzeug writes a line for each call; nothing of it is wanted here.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    monkeypatch.setattr(thread, "datetime", Moved)
    server = make_server("127.0.0.1", 0, service.app, threaded=True)
    runner = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    runner.start()
    try:
        yield Online(service, server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        runner.join()
