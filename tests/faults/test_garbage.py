"""Requests that are cut off or spoilt on their way: nothing of them is stored, nothing breaks."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.faults.acts import SLUG, Reporter
from tests.faults.mortal import Mortal, mortal, stored
from tests.ordeal import tell


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mortal]:
    """A server that answers."""
    with mortal(request, "sqlite", tmp_path) as made:
        made.start()
        yield made


def written(path: str, body: Any, bearer: str) -> bytes:
    """A request as it goes over the line."""
    data = json.dumps(body).encode()
    head = (
        f"POST /api/v1{path} HTTP/1.1\r\nHost: wren.example\r\nConnection: close\r\n"
        f"Authorization: Bearer {bearer}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def message(reporter: Reporter) -> bytes:
    """A message that goes into the reporter's case."""
    body = {"id": str(uuid4()), "content": {"text": "Invented words on a bad line."}}
    return written("/case/messages", body, reporter.bearer)


def answer_to(server: Mortal, data: bytes, seconds: float = 60, *, ends: bool = False) -> int:
    """The status that comes for these bytes; 0 if none does, for so long or at their end."""
    got = b""
    line = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    with line, suppress(ConnectionError, TimeoutError):
        line.sendall(data)
        line.settimeout(seconds)
        if ends:
            line.shutdown(socket.SHUT_WR)
        while piece := line.recv(65536):
            got += piece
    return int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP/1.1 ") else 0


def cut(server: Mortal, places: int) -> int:
    """Sends a request up to each of so many places; how many were cut."""
    reporter = Reporter(server.url)
    whole, before = message(reporter), stored(server.database_url)
    ends = sorted({len(whole) * at // places for at in range(1, places)} | {len(whole) - 1})
    for end in ends:
        assert answer_to(server, whole[:end], ends=True) in (0, 400, 408, 413)
    assert stored(server.database_url) == before
    assert answer_to(server, whole) == 201
    assert stored(server.database_url)["messages"] == before["messages"] + 1
    reporter.close()
    return len(ends)


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """The same with a few bytes changed, left out, put in or repeated."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randrange(len(made)), chance.randint(1, 8)
        piece = chance.choice(
            (b"", chance.randbytes(size), b"\0", b"\r\n", bytes(made[at : at + size]) * 2)
        )
        made[at : at + size] = piece
    return bytes(made)


def spoil(server: Mortal, count: int) -> int:
    """Sends so many spoilt requests; how many were refused or not answered."""
    reporter, chance, refused = Reporter(server.url), random.Random(8), 0
    for at in range(count):
        opening = {"case_id": str(uuid4()), "desk": "guardian", "excluded": [], "sealed": {}}
        data = (
            written(f"/organisations/{SLUG}/cases", opening, reporter.bearer)
            if at % 2
            else message(reporter)
        )
        status = answer_to(server, spoilt(data, chance), 0.5)
        assert status < 500, at
        refused += status not in (200, 201)
    assert b"fault" not in (server.place / "out").read_bytes()
    act = reporter.act("a sealed message")
    act.send()
    act.check()
    reporter.close()
    return refused


@pytest.mark.ordeal
def test_one_that_is_cut_stores_nothing(server: Mortal) -> None:
    assert cut(server, 12)


@pytest.mark.ordeal
def test_one_that_is_spoilt_breaks_nothing(server: Mortal) -> None:
    assert spoil(server, 40)


@pytest.mark.ordeal
@pytest.mark.timeout(600)
def test_cut_at_each_byte(server: Mortal) -> None:
    tried = cut(server, 10_000)
    tell("faults", "a request that is cut at a byte", tried=tried, lost=0, note="nothing stored")


@pytest.mark.ordeal
@pytest.mark.timeout(600)
def test_very_much_garbage(server: Mortal) -> None:
    refused = spoil(server, 1000)
    note = f"{refused} were refused or not answered; none was a fault of the service"
    tell("faults", "a spoilt request", tried=1000, lost=0, note=note)
