"""What people send is written nowhere: not by the service, its server, its database or errors.

Marked values go through every route of the served application, with success and with each
failure; then everything that was written is searched.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import update

from api.config import Config
from api.models.base import Database, Work
from api.models.outbox import Delivery
from api.rules import organisations, outbox, receipt_keys, tally
from shared.client import Client
from shared.errors import WrenError
from shared.sealing import tokens
from tests.conftest import QUICKLY
from tests.journeys import console_refusals
from tests.journeys.console_traffic import ConsoleTraffic
from tests.journeys.mails import outside
from tests.journeys.marks import CLIENT, Marks, mark
from tests.journeys.searching import (
    execute,
    in_answers,
    in_database,
    in_files,
    in_pages,
    in_the_open,
)
from tests.journeys.served import answers, serving
from tests.journeys.traffic import ALWAYS_REFUSED, Traffic, of_the_web, over_socket, routes
from tests.service import SECRET, Service

pytestmark = pytest.mark.timeout(900)

BROKEN_ROW = "UPDATE organisations SET time_zone = 'Nowhere/At-all'"
MENDED_ROW = "UPDATE organisations SET time_zone = 'Europe/London'"
BROKEN_TABLE = "ALTER TABLE messages RENAME TO elsewhere"
EXPECTED = {400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 503}
CODES = {
    "bad_request", "sign_in", "unknown_token", "wrong_sign_in", "not_found", "wrong_method",
    "invitation", "conflict", "no_reader", "wrong_status", "too_large", "wrong_type", "invalid",
    "bad_token", "internal", "unavailable", "not_allowed", "too_early", "damaged",
}  # fmt: skip


def make_key(database_url: str) -> None:
    """As `wren keys receipt` does beside a service that runs."""
    database = Database(Config(database_url, SECRET))
    database.write(lambda db: receipt_keys.make_next(db, "eeast"))
    database.engine.dispose()


def count_earlier(database_url: str) -> None:
    """Cases of a quarter that is over, so that one is published."""
    database = Database(Config(database_url, SECRET))
    moves = [{"field": "left", "from_": None, "to": "guardian"}] * 9
    database.write(lambda db: tally.move(db, organisations.find(db, "eeast").id, "2025-Q4", moves))
    database.engine.dispose()


def give_up(database_url: str) -> None:
    """Deliveries that were tried too often, to nobody that there is."""

    def put(db: Work) -> None:
        organisation = organisations.find(db, "eeast").id
        for _ in range(3):
            outbox.put(db, kind="webhook", target=uuid4(), organisation_id=organisation,
                       event="case.opened", body={})  # fmt: skip
        db.execute(update(Delivery).values(state="dead", tries=outbox.TRIES, why="5xx"))

    database = Database(Config(database_url, SECRET))
    database.write(put)
    database.engine.dispose()


def break_and_mend(database_url: str, traffic: Traffic, console: ConsoleTraffic) -> None:
    """The same calls while a row is broken (500), then while a table is gone (503)."""
    execute(database_url, BROKEN_ROW)
    traffic.again()
    console_refusals.again(console)
    assert 500 in traffic.statuses
    execute(database_url, MENDED_ROW)
    execute(database_url, BROKEN_TABLE)
    traffic.again()
    console_refusals.again(console)


def malformed(port: int, text: str) -> None:
    """Raw bytes that are not HTTP, or not all of it, from a client that then cuts the line."""
    start = f"POST /api/v1/sessions?{text} HTTP/1.1\r\nHost: x\r\nUser-Agent: {text}\r\n"
    json = "Content-Type: application/json\r\n"
    for raw in (
        f"{text}\r\n\r\n",
        f"GET /{text} HTTP/7.9\r\n\r\n",
        f"GET /{text}\0 HTTP/1.1\r\nHost: {text}\r\n\r\n",
        f"{text} / HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET http://[{text} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"{start}{text}\r\n\r\n",
        f"{start}{text}: {text}\0\r\n\r\n",
        f"{start}X: {text * 20_000}\r\n\r\n",
        f"{start}Content-Length: {text}\r\n\r\n",
        f"{start}Content-Length: 9\r\nContent-Length: 8\r\n\r\n{text}",
        f"{start}{json}Transfer-Encoding: chunked\r\n\r\n{text}\r\n",
        f"{start}{json}Content-Length: 100000\r\n\r\n{text}",
        f"{start}{json}Expect: {text}\r\nContent-Length: 5\r\n\r\n{text}",
        f"{start}Upgrade: {text}\r\nConnection: upgrade\r\n\r\n",
        f"GET /api/v1/docs/ui/swagger-ui-bundle.js?{text} HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + text,
    ):
        line = socket.create_connection(("127.0.0.1", port), 10, source_address=(CLIENT, 0))
        line.settimeout(0.3)
        with contextlib.suppress(OSError):
            line.sendall(raw.encode("latin-1"))
            line.recv(100)
        # A reset, as of a phone that lost its signal: not an orderly end.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()


@pytest.mark.parametrize("kind", QUICKLY)
def test_it_works(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> None:
    with (
        outside(tmp_path / "outside") as told,
        serving(request, kind, tmp_path / "server", **told.settings) as served,
    ):
        port = urlsplit(served.url).port or 0
        # What is refused is refused by the same lines, whatever the database: all of it in the
        # ordeal, with PostgreSQL.
        share = 3 if kind == "sqlite" else 1
        traffic = Traffic(over_socket(port), served.handlers, code_sent=told.code, share=share)
        console = ConsoleTraffic(traffic, lambda: make_key(served.database_url))
        count_earlier(served.database_url)
        give_up(served.database_url)
        traffic.succeed()
        console.succeed()
        told.expect_notice(served, traffic)
        traffic.fail()
        traffic.fail_by_the_rules()
        console_refusals.fail(console)
        console_refusals.fail_at_the_door(console)
        malformed(port, traffic.mark("malformed"))
        assert answers(served)
        # The write-ahead log of SQLite is there as long as the server runs.
        assert in_files(served, traffic.marks) == {}
        assert in_database(served, traffic.marks) == {}
        break_and_mend(served.database_url, traffic, console)
        execute(served.database_url, "ALTER TABLE elsewhere RENAME TO messages")
        console.sign_out()
        traffic.sign_out()
        missing = {one for one in routes() if not of_the_web(one[1])}
        missing -= traffic.succeeded | ALWAYS_REFUSED
        assert not missing, "add these to Traffic.succeed: every route carries marks"
        assert told.found(traffic, console.clear) == {}
    assert traffic.statuses >= EXPECTED
    assert traffic.codes >= CODES
    assert in_answers(traffic, traffic.marks) == {}
    assert in_pages(traffic) == {}
    assert in_files(served, traffic.marks) == {}
    assert in_database(served, traffic.marks) == {}
    assert in_the_open(served, traffic, console.clear) == {}


def in_process(service: Service) -> Any:
    """The same requests without a socket, so that exceptions can be looked at."""
    http = service.app.test_client(use_cookies=False)

    def send(
        method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes, bytes]:
        with http.open(path, method=method, headers=dict(headers), data=body) as answer:
            return answer.status_code, str(answer.headers).encode(), answer.data

    return send


def watch(service: Service) -> Counter[str]:
    """All that the exceptions of this application say about themselves from now on."""
    said = Counter[str]()
    handlers = service.app.error_handler_spec[None][None]
    for kind, handler in list(handlers.items()):

        def spy(error: Exception, handler: Callable[..., Any] = handler) -> Any:
            # The frames are lines of our own: what could give away is what each says of itself.
            told = traceback.format_exception(error, limit=0)
            one: BaseException | None = error
            while one is not None:
                told += (repr(one), str(one), repr(one.args), repr(vars(one)))
                one = one.__cause__ or one.__context__
            said.update(told)
            return handler(error)

        handlers[kind] = spy
    return said


@pytest.mark.ordeal
def test_exceptions_say_nothing(
    service: Service, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    said = watch(service)
    traffic = Traffic(in_process(service), service.handlers, clock=service.clock)
    console = ConsoleTraffic(traffic, lambda: make_key(service.database_url))
    traffic.succeed()
    console.succeed()
    expected = EXPECTED
    if service.database.is_sqlite:
        traffic.fail()
        console_refusals.fail(console)
    else:  # what is wrong in itself is refused by the same lines, whatever the database
        expected = EXPECTED - {400, 405, 413, 415}
    traffic.fail_by_the_rules()
    console_refusals.fail_at_the_door(console)
    break_and_mend(service.database_url, traffic, console)
    assert traffic.statuses >= expected
    assert said.total() > 100
    assert traffic.marks.found_in("\n".join(said).encode(errors="replace")) == set()
    out, err = capfd.readouterr()
    assert traffic.marks.found_in((out + err + caplog.text).encode()) == set()
    assert in_pages(traffic) == {}


def test_what_a_client_raises_says_nothing(demo: dict[str, Any]) -> None:
    marks, text, words = Marks(), mark("client"), tokens.new_token()
    marks.add("client", text)
    marks.add_words("token", words)
    client, dead = Client(demo["url"]), Client("http://127.0.0.1:9")
    for call in (
        lambda: client.start_session({"token": words}),
        lambda: client.start_session({"token": text}),
        lambda: client.sign_in(text, text, text),
        lambda: client.open_case("eeast", {"token": text, "content": {"story": text}}),
        lambda: client.case(text),
        lambda: client.organisation(text),
        lambda: dead.start_session({"token": words}),
        lambda: dead.organisation(text),
        lambda: Client(f"https://{text}:{text}"),
    ):
        with pytest.raises(WrenError) as caught:
            call()
        shown = "".join(traceback.format_exception(caught.value.with_traceback(None)))
        shown += repr(caught.value) + repr(vars(caught.value))
        assert marks.found_in(shown.encode()) == set(), shown
    client.close()
    dead.close()


def test_the_process_list_shows_no_settings(demo: dict[str, Any]) -> None:
    marks = Marks()
    for one in demo["handlers"]:
        marks.add_words("password", one["password"])
        marks.add("totp-secret", one["totp_secret"])
        marks.add_words("recovery", one["recovery"])
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            shown = Path("/proc", process, "cmdline").read_bytes()
            assert marks.found_in(shown) == set()
