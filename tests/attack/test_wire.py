"""What no client sends: bytes over raw sockets that two servers could read in two ways.

Request smuggling (RFC 9112, 11.2; CWE-444), response splitting (CWE-113), paths that lead
elsewhere (CWE-22), hosts that are not ours (CWE-644). A proxy may be in front, so a message that
could be read in two ways is answered once, and its connection is closed.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

SMUGGLED = b"GET /api/v1/organisations/smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
"""Answered 404, if it is taken for a request."""

POST = b"POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def ask(url: str, sent: bytes, *, wait: float = 20.0) -> bytes:
    """All that comes back on one connection until it is closed, or nothing comes any more."""
    found = urlsplit(url)
    with socket.create_connection((found.hostname, found.port or 0), 20) as line:
        line.sendall(sent)
        line.settimeout(wait)
        told = b""
        try:
            while piece := line.recv(65_536):
                told += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return told


def statuses(told: bytes) -> list[int]:
    """The status of each answer on a connection."""
    return [int(one) for one in re.findall(rb"HTTP/1\.[01] (\d{3}) ", told)]


TWO_WAYS = {
    "two lengths": b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}",
    "a length and pieces": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "pieces and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths in one": b"Content-Length: 2, 60\r\n\r\n{}",
    "a length with a sign": b"Content-Length: +2\r\n\r\n{}",
    "a negative length": b"Content-Length: -2\r\n\r\n{}",
    "a length in hexadecimal": b"Content-Length: 0x2\r\n\r\n{}",
    "a length that is none": b"Content-Length: \r\n\r\n{}",
    "a length beyond numbers": b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "unknown pieces": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "pieces not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}",
    "a folded header": b"X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    "a size that is none": b"Transfer-Encoding: chunked\r\n\r\n2;\0\r\n{}\r\n0\r\n\r\n",
    "a size with a sign": b"Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
    "a piece longer than it says": b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "a size beyond numbers": b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
    "an empty name": b": chunked\r\nContent-Length: 2\r\n\r\n{}",
    "a lone line feed in a name": b"A\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    "a lone carriage return": b"A: b\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    "a zero in a value": b"A: b\0c\r\nContent-Length: 2\r\n\r\n{}",
}

READ = {
    # Pieces win over a length, and a folded line is one line (RFC 9112, 5.2 and 6.3).
    "a length and pieces": ([201], [201, 404]),
    "pieces and a length": ([201], [201, 404]),
    "a folded header": ([201, 404],),
    # What stands behind a size is passed over, whatever it is (7.1.1).
    "a size that is none": ([201, 404],),
}
"""What can be read in one way only, if it is not refused."""


@pytest.mark.parametrize("shape", TWO_WAYS)
def test_what_follows_is_no_second_request(demo: dict[str, Any], shape: str) -> None:
    """Either it is refused, and nothing after it is read; or it is read as the RFC says."""
    told = ask(demo["url"], POST + TWO_WAYS[shape] + SMUGGLED)
    found = statuses(told)
    if shape in READ:
        assert found in (*READ[shape], [400]), told
    else:
        # Refused, or read to where the fault is: nothing that follows is read in any case.
        assert found in ([400], [201]), told


def test_two_requests_are_two(demo: dict[str, Any]) -> None:
    """The test above can see a second answer."""
    assert statuses(ask(demo["url"], POST + b"Content-Length: 2\r\n\r\n{}" + SMUGGLED)) == [
        201,
        404,
    ]


@pytest.mark.parametrize("request_line", [
    b"GET /api/v1/health HTTP/0.9", b"GET /api/v1/health HTTP/2.0", b"GET /api/v1/health",
    b"GET  /api/v1/health HTTP/1.1", b"GET /api/v1/health HTTP/1.1 x", b"\0GET / HTTP/1.1",
    b"GET /a b HTTP/1.1", b"PRI * HTTP/2.0", b"CONNECT example.org:443 HTTP/1.1",
    b"G\xc3\x8bT / HTTP/1.1",
])  # fmt: skip
def test_odd_request_lines(demo: dict[str, Any], request_line: bytes) -> None:
    told = ask(demo["url"], request_line + b"\r\nHost: x\r\n\r\n", wait=3.0)
    assert all(status in (400, 404, 405, 505) for status in statuses(told)), told


SPLIT = ["%0d%0aX-Split:%20yes", "%0aX-Split:%20yes", "%E5%98%8A%E5%98%8DX-Split:%20yes",
         "%0d%0a%0d%0a<script>"]  # fmt: skip


@pytest.mark.parametrize("path", [
    "/o/{}", "/o/{}/begin", "/look/{}", "/c/{}", "/console/{}", "/console/people/{}",
    "/api/v1/organisations/{}", "/api/v1/docs/ui/{}", "/console/show?next={}", "/?lang={}",
    "/o/eeast?lang=cy{}", "/leave?{}",
])  # fmt: skip
def test_no_header_is_made_of_an_address(demo: dict[str, Any], path: str) -> None:
    for split in SPLIT:
        line = f"GET {path.format(split)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        told = ask(demo["url"], line.encode())
        head = told.partition(b"\r\n\r\n")[0].lower()
        assert b"x-split" not in head, told
        assert b"<script>" not in head
        assert len(statuses(told)) == 1


PATHS = [
    "../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd", "..%5c..%5cetc%5cpasswd", "....//....//etc/passwd",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "/etc/passwd", "//etc/passwd", "file:///etc/passwd",
    "..%00/etc/passwd", "console.css%00.html", ".", "..", "%2e", "%2e%2e", "look.py", "../look.py",
    "..;/..;/etc/passwd", "c:%5cwindows%5cwin.ini", "%ff%fe", "a" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("root", [
    "/look/", "/console/static/", "/bootstrap/static/", "/api/v1/docs/ui/", "/api/v1/docs/wren/",
    "/o/", "/c/", "/", "/api/v1/organisations/",
])  # fmt: skip
def test_no_path_leads_elsewhere(demo: dict[str, Any], root: str) -> None:
    for path in PATHS:
        line = f"GET {root}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        told = ask(demo["url"], line.encode())
        assert b"root:" not in told, path
        assert b"import " not in told, path
        dots = path in (".", "%2e", "..", "%2e%2e")
        refused = statuses(told)[0] in (301, 303, 308, 400, 401, 403, 404, 414)
        assert refused or (dots and statuses(told)[0] == 200), (path, told[:300])


HOSTS = ["evil.example", "evil.example:80", "127.0.0.1@evil.example", "x, evil.example",
         "evil.example/../x", "[evil.example]"]  # fmt: skip
TOLD_BY = ("X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Original-URL",
           "X-Rewrite-URL", "Forwarded", "X-Forwarded-Prefix", "X-Script-Name")  # fmt: skip


@pytest.mark.parametrize("path", [
    "/", "/o/eeast", "/console", "/console/sign-in", "/leave", "/return", "/api/v1/docs",
    "/api/v1/openapi.json", "/api/v1/swagger.json", "/o/eeast?lang=cy",
])  # fmt: skip
def test_nothing_is_made_of_a_host(demo: dict[str, Any], path: str) -> None:
    """Neither a link nor a redirect leads where the request said that it went."""
    plain = ask(
        demo["url"], f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    for host in HOSTS:
        line = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        assert b"evil.example" not in ask(demo["url"], line.encode()), host
    more = "".join(f"{name}: evil.example\r\n" for name in TOLD_BY)
    line = f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}Connection: close\r\n\r\n"
    told = ask(demo["url"], line.encode())
    assert b"evil.example" not in told
    assert statuses(told) == statuses(plain)


@pytest.mark.parametrize("header", [
    "X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", "X-HTTP-Method: DELETE",
])  # fmt: skip
def test_a_method_is_the_one_that_is_sent(demo: dict[str, Any], header: str) -> None:
    line = (
        f"GET /api/v1/organisations HTTP/1.1\r\nHost: x\r\n{header}\r\nConnection: close\r\n\r\n"
    )
    assert statuses(ask(demo["url"], line.encode())) == [200]


def test_other_methods_are_refused(demo: dict[str, Any]) -> None:
    for method in ("TRACE", "TRACK", "DEBUG", "PROPFIND", "MOVE", "PURGE", "LINK"):
        for path in ("/", "/console", "/api/v1/organisations"):
            line = (
                f"{method} {path} HTTP/1.1\r\nHost: x\r\nX-Told: seen\r\nConnection: close\r\n\r\n"
            )
            told = ask(demo["url"], line.encode())
            assert statuses(told)[0] in (400, 404, 405, 501), (method, path)
            assert b"seen" not in told


def test_an_upgrade_is_none(demo: dict[str, Any]) -> None:
    """HTTP/2 in clear and web sockets are not spoken: one connection has one request at a time."""
    for kind in ("h2c", "websocket"):
        line = (
            f"GET /api/v1/organisations HTTP/1.1\r\nHost: x\r\nUpgrade: {kind}\r\n"
            "Connection: upgrade, close, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
        )
        assert statuses(ask(demo["url"], line.encode()))[0] in (200, 400)
    prior = ask(demo["url"], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    assert not prior or prior.startswith(b"HTTP/1.1 4"), prior


def test_half_a_form_is_not_taken_for_all(demo: dict[str, Any]) -> None:
    """A form in pieces whose line breaks: nobody could tell that more was to come."""
    head = (
        b"POST /return HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    found = urlsplit(demo["url"])
    with socket.create_connection((found.hostname, found.port or 0), 20) as line:
        line.sendall(head + b"9\r\nwords=one\r\n")
        line.shutdown(socket.SHUT_WR)
        line.settimeout(20)
        told = b""
        with suppress(ConnectionResetError):
            told = line.recv(65_536)
    assert statuses(told) in ([400], [])
