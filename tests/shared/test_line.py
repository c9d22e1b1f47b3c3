"""The client over a broken line, or one in somebody else's hands: each call ends and says why."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from shared import line
from shared.client import Client, parse_address
from shared.errors import (
    BadAddress,
    BadProxy,
    Faulty,
    Invalid,
    LineError,
    NoProxy,
    NotFound,
    NotWren,
    SlowDown,
    TimedOut,
    Unreachable,
    WrenError,
    WrongDate,
)
from shared.line import Line, Room, parse_proxy
from tests.shared.rogue import Rogue, Says, certificate, http

SMALL = Room(64 * 1024, 0.6)
HEALTH = b'{"status": "ok", "version": "1"}'
Serve = Callable[..., Rogue]


@pytest.fixture
def rogue() -> Iterator[Serve]:
    made: list[Rogue] = []

    def serve(says: Says | bytes, **more: Any) -> Rogue:
        made.append(Rogue(says, **more))
        return made[-1]

    yield serve
    for one in made:
        one.close()


def ask(server: Rogue, **more: Any) -> dict[str, Any]:
    client = Client(server.url, **({"connect": 2, "answer": 2, "room": SMALL} | more))
    try:
        return client.health()
    finally:
        client.close()


def problem(code: str, **more: Any) -> bytes:
    return json.dumps({"code": code, "detail": "A sentence.", **more}).encode()


def test_it_works(rogue: Serve) -> None:
    server = rogue(http(HEALTH))
    assert ask(server)["status"] == "ok"
    (head,) = server.heads
    assert b"identity" in head  # nothing packed is asked for
    assert b"Cookie" not in head


def test_a_body_is_sent_whole_and_with_its_length(rogue: Serve) -> None:
    got = bytearray()

    def says(connection: socket.socket) -> None:
        connection.settimeout(0.3)
        with suppress(TimeoutError):
            while block := connection.recv(65_536):
                got.extend(block)
        connection.sendall(http(b"{}", "404 Not Found"))

    server = rogue(says)
    client = Client(server.url, connect=2, answer=2, room=SMALL)
    with pytest.raises(NotWren):
        client.start_session({"token": "x" * 300_000})
    head, _, begun = server.heads[0].partition(b"\r\n\r\n")
    sent = begun + bytes(got)
    assert json.loads(sent) == {"token": "x" * 300_000}
    assert f"content-length: {len(sent)}".encode() in head.lower()
    assert b"content-type: application/json" in head.lower()


def test_a_slow_line_has_time_for_each_block(rogue: Serve) -> None:
    """All of it takes longer than a connection may: what is sent is not given up for that."""
    size = 8_000_000

    def says(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        left = size - 65_536  # what may have come with the headers
        while left > 0 and (some := connection.recv(100_000)):
            left -= len(some)
            time.sleep(0.03)
        connection.settimeout(0.5)
        with suppress(TimeoutError):
            while connection.recv(100_000):
                pass
        connection.sendall(http(b"{}", "404 Not Found"))

    client = Client(rogue(says).url, connect=1, answer=20, room=Room(65_536, 60))
    began = time.monotonic()
    with pytest.raises(NotWren):
        client.start_session({"token": "x" * size})
    assert time.monotonic() - began > 1  # else nothing was slow


HTML = b"<!doctype html><title>Welcome to the Wi-Fi</title>"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(HTML), NotWren),
        (http(b""), NotWren),
        (http(b"null"), NotWren),
        (http(b"[]"), NotWren),
        (http(b'{"status": 5}'), NotWren),
        (http(b"\xff\xfe"), NotWren),
        (http(b"[" * 60_000), NotWren),
        (http(b'{"a":' * 10_000), NotWren),
        (http(b"1" * 5_000), NotWren),
        (http(HTML, "404 Not Found"), NotWren),
        (http(problem("nobody-knows"), "404 Not Found"), NotWren),
        (http(problem("timed_out"), "400 Bad Request"), NotWren),  # only a client says so
        (http(problem("slow_down"), "429 Too Many"), SlowDown),
        (http(HTML, "502 Bad Gateway"), Faulty),
        (http(HTML, "500 Oops"), Faulty),
        (http(problem("internal"), "500 Oops"), Faulty),
        (http(b"{}", "503 Later"), Faulty),
        (http(HTML, "511 Network Authentication Required"), Faulty),
        (http(HEALTH[:10], length=len(HEALTH)), Unreachable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\nhalf", Unreachable),
        (b"", Unreachable),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", Unreachable),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", Unreachable),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", Unreachable),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else repr(value[-40:]),
)
def test_what_is_not_an_answer_is_told_and_can_be_tried_again(
    rogue: Serve, answer: bytes, error: type[WrenError]
) -> None:
    with pytest.raises(WrenError) as caught:
        ask(rogue(answer))
    assert type(caught.value) is error
    assert error is SlowDown or isinstance(caught.value, LineError)
    assert "welcome" not in caught.value.detail.lower()


def test_an_endless_body_is_cut_off(rogue: Serve) -> None:
    sent = 0

    def says(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 200_000_000:
            connection.sendall(b"x" * 65_536)
            sent += 65_536

    server = rogue(says)
    with pytest.raises(NotWren):
        ask(server, room=Room(64 * 1024, 60))
    server.close()
    assert sent < 50_000_000  # what the sockets' own buffers hold


def drip(what: bytes) -> Says:
    """One byte at a time, each well within the time that is waited for the next bytes."""

    def says(connection: socket.socket) -> None:
        connection.sendall(what)
        for _ in range(200):
            time.sleep(0.05)
            connection.sendall(b"x")

    return says


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 ",
    ],
    ids=["body", "headers", "status"],
)  # fmt: skip
def test_an_answer_that_drips_is_given_up(rogue: Serve, begun: bytes) -> None:
    with pytest.raises(TimedOut):
        ask(rogue(drip(begun)))


def test_one_that_says_wait_for_ever_is_given_up(rogue: Serve) -> None:
    def says(connection: socket.socket) -> None:
        for _ in range(200):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)

    with pytest.raises(TimedOut):
        ask(rogue(says))


def test_silence_is_given_up(rogue: Serve) -> None:
    with pytest.raises(TimedOut):
        ask(rogue(lambda connection: time.sleep(1)), answer=0.2)


def test_nobody_is_followed_elsewhere(rogue: Serve) -> None:
    elsewhere = rogue(http(HEALTH))
    for status in ("301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
        answer = http(HEALTH, status, f"Location: {elsewhere.url}/api/v1/health")
        with pytest.raises(NotWren):
            ask(rogue(answer))
    assert elsewhere.heads == []


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd", "GZIP"])
def test_a_bomb_is_not_unpacked(rogue: Serve, packing: str) -> None:
    bomb = gzip.compress(b" " * 30_000_000)
    assert len(bomb) < SMALL.size
    with pytest.raises(NotWren):
        ask(rogue(http(bomb, "200 OK", f"Content-Encoding: {packing}")))


def test_a_directory_with_an_etag_of_ones_own_is_refused(rogue: Serve) -> None:
    with pytest.raises(NotWren):
        Client(rogue(http(b"{}", "200 OK", 'ETag: "you"')).url).organisation("eeast")


def test_a_strangers_text_is_not_shown_at_length(rogue: Serve) -> None:
    with pytest.raises(NotFound) as caught:
        ask(rogue(http(problem("not_found", detail="Ring 0900. " * 1_000), "404 Not Found")))
    assert caught.value.detail == NotFound.default


def test_faults_of_fields_are_no_deeper_than_a_report(rogue: Serve) -> None:
    usual = {"content": {"story": ["Write something."]}}
    with pytest.raises(Invalid) as caught:
        ask(rogue(http(problem("invalid", errors=usual), "422 Invalid")))
    assert caught.value.errors == usual
    deep: Any = "x"
    for _ in range(500):
        deep = {"a": deep}
    with pytest.raises(Invalid) as caught:
        ask(rogue(http(problem("invalid", errors=deep), "422 Invalid")))
    assert caught.value.errors == {}


# --- TLS and the clock ---------------------------------------------------------------------


def trusting(server: Rogue, root: Path) -> Client:
    client = Client(server.url, connect=2, answer=2)
    client._line._http.verify = str(root)
    return client


def test_a_certificate_that_fits_its_day(rogue: Serve, tmp_path: Path) -> None:
    context, root = certificate(tmp_path, -1, 30)
    server = rogue(http(HEALTH), tls=context)
    assert trusting(server, root).health()["status"] == "ok"
    with pytest.raises(NotWren):  # nobody whom the app's own roots know
        Client(server.url).health()


@pytest.mark.parametrize(("begins", "ends"), [(-3_000, -2_000), (2_000, 3_000)])
def test_a_clock_that_is_years_off_is_told_as_such(
    rogue: Serve, tmp_path: Path, begins: int, ends: int
) -> None:
    context, root = certificate(tmp_path, begins, ends)
    with pytest.raises(WrongDate) as caught:
        trusting(rogue(http(HEALTH), tls=context), root).health()
    assert "date" in caught.value.detail


# --- addresses -----------------------------------------------------------------------------


def test_an_onion_service_is_asked_for_through_a_proxy_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *found, **_: asked.append(found))
    address = "http://" + "a" * 56 + ".onion"
    assert parse_address(f"{address}/o/eeast").slug == "eeast"
    for one in (address, "https://" + "a" * 56 + ".onion"):
        with pytest.raises(NoProxy):
            Client(one).health()
    assert asked == []
    with pytest.raises(BadAddress):
        parse_address("http://onion.example.org/o/eeast")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("127.0.0.1:9050", "socks5h://127.0.0.1:9050"), (" socks5h://localhost:9150/ ", None),
     ("[::1]:9050", "socks5h://[::1]:9050")],
)  # fmt: skip
def test_a_proxy_as_people_type_it(typed: str, kept: str | None) -> None:
    found = str(parse_proxy(typed))
    assert found == (kept or "socks5h://localhost:9150")
    assert str(parse_proxy(found)) == found


@pytest.mark.parametrize(
    "typed",
    ["", "127.0.0.1", "9050", "http://127.0.0.1:9050", "socks5://127.0.0.1:9050", "127.0.0.1:x",
     "127.0.0.1:99999", "user:word@127.0.0.1:9050", "127.0.0.1:9050/path", "a b", ":9050"],
)  # fmt: skip
def test_what_is_no_proxy_is_told_at_once(typed: str) -> None:
    """`socks5` without the h would look names up here."""
    with pytest.raises(BadProxy):
        parse_proxy(typed)
    if typed:
        with pytest.raises(BadProxy):
            Line(proxy=typed)


def test_the_limits_leave_room_for_a_page_of_the_largest_messages() -> None:
    assert line.LARGE.size > 200 * 196_666 * 4 / 3
