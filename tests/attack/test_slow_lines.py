"""Slow clients: whoever announces a body and doesn't send it holds up nobody else."""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from api import patience
from tests.attack.slowly import HEAD, open_line, unread, unsent, waits
from tests.journeys.served import Served
from tests.ordeal import tell


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def test_it_works(demo: dict[str, Any]) -> None:
    """More clients than there are requests worked on at once: others are answered all the same."""
    with unsent(port_of(demo["url"]), 5 * patience.WORKING):
        assert waits(demo["url"]) < 60


def test_in_pieces_of_unknown_length(demo: dict[str, Any]) -> None:
    with unsent(port_of(demo["url"]), 5 * patience.WORKING, "Transfer-Encoding: chunked"):
        assert waits(demo["url"]) < 60


def test_what_comes_in_the_end_is_taken(demo: dict[str, Any]) -> None:
    """A slow line is no attack: a body in two halves is one body."""
    line = open_line(port_of(demo["url"]), f"{HEAD}Content-Length: 12\r\n\r\n".encode() + b'{"tok')
    assert waits(demo["url"]) < 60
    line.sendall(b'en": 1}')
    assert line.recv(100).startswith(b"HTTP/1.1 422")
    line.close()


def test_a_body_that_is_cut_short(demo: dict[str, Any]) -> None:
    line = open_line(port_of(demo["url"]), f"{HEAD}Content-Length: 90\r\n\r\n".encode() + b'{"tok')
    line.shutdown(1)
    assert line.recv(100).startswith(b"HTTP/1.1 400")
    line.close()


@pytest.mark.ordeal
@pytest.mark.timeout(300)
@pytest.mark.parametrize("many", [patience.THREADS + 60, 10 * patience.THREADS])
def test_more_than_there_are_threads(served: Served, many: int) -> None:
    """Those that carry least are cut off, so that others are answered."""
    with unsent(port_of(served.url), many):
        time.sleep(2)  # until all of them are taken up
        waited = waits(served.url, 120)
    tell("attack", "another's request while bodies don't come", tried=1, lost=int(waited >= 120),
         note=f"answered after {waited:.1f} s with {many} of them")  # fmt: skip
    assert waited < 120
    assert waits(served.url) < 60


@pytest.mark.ordeal
@pytest.mark.timeout(300)
def test_headers_that_never_end(served: Served) -> None:
    lines = [
        open_line(port_of(served.url), b"GET / HTTP/1.1\r\nHost: x\r\nX: ") for _ in range(900)
    ]
    waited = waits(served.url)
    tell("attack", "another's request while headers don't end", tried=1, lost=int(waited >= 60),
         note=f"answered after {waited:.1f} s with {len(lines)} of them")  # fmt: skip
    for line in lines:
        line.close()
    assert waited < 60


LARGE = "/api/v1/docs/ui/swagger-ui-bundle.js"
"""The largest file that needs no account: what is downloaded goes the same way, whatever it is."""


def test_a_few_downloads_that_are_read_slowly(demo: dict[str, Any]) -> None:
    """More than there are requests worked on at once."""
    with unread(port_of(demo["url"]), 5 * patience.WORKING, LARGE):
        assert waits(demo["url"]) < 60


@pytest.mark.ordeal
@pytest.mark.timeout(300)
@pytest.mark.parametrize("many", [patience.THREADS + 60, 10 * patience.THREADS])
def test_downloads_that_are_read_slowly(served: Served, many: int) -> None:
    """A byte a second of each: those that carry least are cut off, so that others are answered."""
    with unread(port_of(served.url), many, LARGE) as lines:
        time.sleep(2)  # until all of them are taken up
        waited = waits(served.url, 120)
        held = sum(is_open(line) for line in lines)
    tell("attack", "another's request while downloads are read slowly", tried=1,
         lost=int(waited >= 120),
         note=f"answered after {waited:.1f} s with {many} of them; {held} stayed")  # fmt: skip
    assert waited < 120
    assert waits(served.url) < 60


def is_open(line: socket.socket) -> bool:
    """Whether the other side has not ended it."""
    try:
        while line.recv(65_536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
