"""Posting to an address that somebody typed: it reaches the internet, and nothing inside.

The name is looked up once, every address it has is judged, and the connection goes to exactly
what was judged: a name that is answered differently a moment later (DNS rebinding) leads nowhere.
The host's name is kept for the certificate. No redirect is followed, no proxy of the environment
used, no body of an answer read; after `TOTAL` seconds the line is cut, however slowly it drips.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from http.client import HTTPException

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from api.addressing import Allowed, Refused, Target, judge, look_up, parse

TOTAL, CONNECT = 10.0, 4.0
"""Seconds for one post, whatever the receiver does, and of those for one of its addresses."""


def post(
    text: str, body: bytes, headers: Mapping[str, str], private: Allowed, organisation: str
) -> int:
    """Posts for an organisation, and returns the status that was answered. Raises `Refused`.

    Its codes: those of `parse` and `judge`, `name`, `connection`, `certificate`, `timeout`.
    """
    deadline = time.monotonic() + TOTAL
    target = parse(text)
    *others, last = judge(target, look_up(target, organisation), private)
    for address in others:
        # Nothing was sent yet where no connection came about: then the next address is tried.
        with suppress(_NotReached):
            return _post_to(target, address, deadline, body, headers)
    return _post_to(target, last, deadline, body, headers)


class _NotReached(Refused):
    pass


def _post_to(
    target: Target, address: str, deadline: float, body: bytes, headers: Mapping[str, str]
) -> int:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Refused("timeout")
    connection = _connection(target, address, min(left, CONNECT))
    connection.deadline = deadline
    late, reached = threading.Event(), False
    timer = threading.Timer(left, _cut, (connection, late))
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        reached = True
        status = None if late.is_set() else _exchange(connection, target, body, headers)
    except (HTTPError, HTTPException, OSError) as error:
        code = "timeout" if late.is_set() else _code(error)
        raise (Refused if reached or code == "certificate" else _NotReached)(code) from None
    finally:
        timer.cancel()
        connection.close()
    # A line that is cut amid the headers looks like their end.
    if status is None or late.is_set():
        raise Refused("timeout")
    return status


class _Plain(HTTPConnection):
    """Once it is connected, what is left until the deadline is the limit: also of a handshake."""

    deadline = 0.0

    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        line.settimeout(max(self.deadline - time.monotonic(), 0.001))
        return line


class _Secure(_Plain, HTTPSConnection):
    pass


def _connection(target: Target, address: str, timeout: float) -> _Plain:
    if not target.secure:
        return _Plain(address, target.port, timeout=timeout)
    return _Secure(
        address,
        target.port,
        timeout=timeout,
        ssl_context=trust(),
        server_hostname=target.host,
    )


@cache
def trust() -> ssl.SSLContext:
    """The authorities of the system (and `SSL_CERT_FILE`), and those that browsers know."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _exchange(
    connection: HTTPConnection, target: Target, body: bytes, headers: Mapping[str, str]
) -> int:
    own = {"Host": target.named, "Accept-Encoding": "identity", "User-Agent": "Wren"}
    connection.request("POST", target.path, body, own | dict(headers), preload_content=False)
    return int(connection.getresponse().status)


def _cut(connection: HTTPConnection, late: threading.Event) -> None:
    late.set()
    line = connection.sock
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def _code(error: BaseException) -> str:
    faults: BaseException | None = error
    while faults is not None:
        if isinstance(faults, ssl.SSLCertVerificationError):
            return "certificate"
        if isinstance(faults, TimeoutError) or "Timeout" in type(faults).__name__:
            return "timeout"
        if isinstance(faults, ssl.SSLError):
            return "certificate"
        faults = faults.__cause__ or faults.__context__
    return "connection"
