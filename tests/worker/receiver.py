"""A real receiver on this machine, which notes what arrives; and how a test's rows get to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from uuid import UUID, uuid4

import requests

from api.config import Config
from api.models.base import Database, Work
from api.rules import outbox
from api.rules.outbox import Item
from api.sending import Way

KIND = "letter"


@dataclass
class Receiver:
    """What arrived: the ids, in order, and by whom they were brought. `answers` by target."""

    url: str = ""
    arrived: list[UUID] = field(default_factory=list)
    brought_by: dict[UUID, str] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    let_go: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, until the end of the block."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        """Notes what comes."""

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if told["target"] in found.hangs:
                found.let_go.wait(90)
            status = found.answers.get(told["target"], 200)
            with found.lock:
                if status == 200:
                    found.arrived.append(UUID(told["id"]))
                    found.brought_by[UUID(told["id"])] = told["worker"]
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        """Many may call at once."""

        request_queue_size = 128
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield found
    finally:
        found.let_go.set()
        server.shutdown()
        server.server_close()


def prepare(_db: Work, items: Sequence[Item]) -> Mapping[UUID, Item]:
    """All of them: the address stands in the body."""
    return {one.id: one for one in items}


def send(_config: Config, item: Item, worker: str = "one") -> str | None:
    """Brings it to the address in its body."""
    told = {"id": str(item.id), "target": str(item.target), "worker": worker}
    try:
        answer = requests.post(item.body["url"], json=told, timeout=60)
    except requests.RequestException:
        return "connection"
    return None if answer.ok else f"{answer.status_code // 100}xx"


def record(_db: Work, _results: Sequence[Any]) -> None:
    """Nothing else is kept of it."""


WAY = Way(KIND, prepare, send, record)


def put(database: Database, url: str, count: int = 1, **more: Any) -> list[UUID]:
    """Puts so many into the outbox, in one transaction; their ids."""
    values = {"kind": KIND, "target": uuid4(), "organisation_id": 1, "event": "case.updated"}
    values |= {"body": {"url": url}} | more
    return database.write(lambda db: [outbox.put(db, **values) for _ in range(count)])
