"""One request over a line that may be broken or hostile, straight or through a SOCKS proxy.

Whatever answers, a call ends: the answer has a largest size and a longest time, nothing is
unpacked and nobody is followed elsewhere. With a proxy every connection and every name goes
through it (RFC 1928, with the host's name in the request), and each `Line` says a user name of
its own to it (RFC 1929), for which Tor builds a circuit of its own. Without the proxy nothing
goes out at all: the connection itself is made by it, so there is no other way.
"""

from __future__ import annotations

import http.client
import io
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from threading import local
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError

from shared.errors import (
    BadProxy,
    LineError,
    NoProxy,
    NotWren,
    TimedOut,
    Unreachable,
    WrongDate,
)

CONNECT, ANSWER = 8.0, 30.0
"""Seconds to wait for a connection, and for the next bytes of an answer."""
BY_PROXY = 45.0
"""Seconds to wait for a connection through Tor, which first has to build a circuit."""
BLOCK = 16 * 1024
NOT_VALID_YET, EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID and _HAS_EXPIRED, as OpenSSL numbers them."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much of an answer is taken at most: bytes, and seconds from the request's end."""

    size: int
    seconds: float


USUAL = Room(4 * 1024 * 1024, 120.0)
LARGE = Room(64 * 1024 * 1024, 600.0)
"""For a page of a thread, a whole roster and a proof."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a SOCKS 5 proxy listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"socks5h://{host}:{self.port}"


def parse_proxy(text: str) -> Proxy:
    """The proxy in `socks5h://127.0.0.1:9050`, or in the part behind the slashes.

    No user name is taken: each connection has one of its own. Raises `BadProxy`.
    """
    typed = text.strip()
    typed = typed if "://" in typed else f"socks5h://{typed}"
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadProxy from None
    more = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme != "socks5h" or not host or not port or more or parts.path.strip("/"):
        raise BadProxy
    return Proxy(host, port)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole and unpacked by nobody."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether it is no refusal."""
        return self.status < 400


class Line:
    """Connections of one client's own. `room` limits every answer that brings none itself."""

    def __init__(
        self, connect: float = CONNECT, answer: float = ANSWER, proxy: str = "", room: Room = USUAL
    ) -> None:
        self._proxy = parse_proxy(proxy) if proxy else None
        self._timeout = (max(connect, BY_PROXY) if proxy else connect, answer)
        self._room = room
        self._closed = False
        self._http = requests.Session()
        # No proxy, no .netrc and no other roots than those that came with the app.
        self._http.trust_env = False
        self._http.verify = certifi.where()
        self._http.headers.clear()
        adapter = _Adapter(self._proxy)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)

    def close(self) -> None:
        """Drops the connections, for good: whatever thread still uses it asks nothing more."""
        self._closed = True
        self._http.close()

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
        room: Room | None = None,
    ) -> Answer:
        """Sends a request; returns whatever answered.

        Raises `Unreachable`, `TimedOut`, `NotWren` (too much of it, packed, or no proof of
        whose it is), `WrongDate` or `NoProxy`.
        """
        if self._closed:
            raise Unreachable
        host = urlsplit(url).hostname or ""
        if self._proxy is None and host.endswith(".onion"):
            raise NoProxy  # to look the name up would tell others what was meant
        room = room or self._room
        _call.seconds = room.seconds
        try:
            answer = self._http.request(
                method,
                url,
                # In blocks, so that a slow line has time for each of them, not for all.
                data=io.BytesIO(body) if body is not None else None,
                params=query,
                headers=dict(headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
            with closing(answer):
                return Answer(answer.status_code, answer.headers, _all_of(answer, room.size))
        except requests.exceptions.RequestException as error:
            raise _told(error) from None


def _all_of(answer: requests.Response, most: int) -> bytes:
    """The whole body. A bomb needs somebody who unpacks it: nothing packed was asked for."""
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotWren
    found = bytearray()
    for block in answer.iter_content(BLOCK):
        found += block
        if len(found) > most:
            raise NotWren
    return bytes(found)


# --- the connections ----------------------------------------------------------------------

_call = local()
"""`seconds` that the call of this thread may take."""


class _Until(io.RawIOBase):
    """Reads from a socket until a deadline, however the bytes drip."""

    def __init__(self, file: Any, sock: socket.socket, deadline: float) -> None:
        self._file, self._socket, self._deadline = file, sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left, usual = self._deadline - monotonic(), self._socket.gettimeout()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(left, usual) if usual is not None else left)
        try:
            return int(self._file.readinto(buffer))
        finally:
            self._socket.settimeout(usual)

    def close(self) -> None:
        super().close()
        self._file.close()


class _TimedAnswer(http.client.HTTPResponse):
    """An answer whose status, headers and body have to be there before the call's time is up."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        within = _Until(self.fp.detach(), sock, monotonic() + _call.seconds)
        self.fp = io.BufferedReader(within)


class _Adapter(HTTPAdapter):
    """Makes the connections of one line: with a deadline, and through its proxy if it has one."""

    def __init__(self, proxy: Proxy | None) -> None:
        self._proxy, self._name = proxy, secrets.token_hex(16)
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool for a request; its connections are of our kind."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._ours(pool.ConnectionCls)
        return pool

    def _ours(self, kind: type[Any]) -> type[Any]:
        if kind.response_class is _TimedAnswer:
            return kind
        more: dict[str, Any] = {"response_class": _TimedAnswer}
        proxy, name = self._proxy, self._name
        if proxy is not None:
            # Where urllib3 opens a socket, for TLS too: so there is none but the proxy's.
            more["_new_conn"] = lambda connection: _by_proxy(connection, proxy, name)
        return type(kind.__name__, (kind,), more)


def _by_proxy(connection: Any, proxy: Proxy, name: str) -> socket.socket:
    """A socket to the connection's host that the proxy opened, which also looked the host up."""
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
    from python_socks.sync import Proxy as Socks

    through = Socks(ProxyType.SOCKS5, proxy.host, proxy.port, name, name, rdns=True)
    try:
        found: socket.socket = through.connect(
            connection.host, connection.port, timeout=connection.timeout
        )
    except ProxyTimeoutError:
        raise TimedOut from None
    except ProxyError as error:  # with a code it is a proxy's answer about the host
        raise (NoProxy if error.error_code is None else Unreachable) from None
    except (ProxyConnectionError, OSError, ValueError):
        raise NoProxy from None
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


# --- what went wrong ----------------------------------------------------------------------


def _told(error: requests.exceptions.RequestException) -> LineError:
    """What an error of the line means for people."""
    inside = set(_inside(error))
    if isinstance(error, requests.exceptions.SSLError):
        codes = {getattr(one, "verify_code", 0) for one in inside}
        return WrongDate() if codes & {NOT_VALID_YET, EXPIRED} else NotWren()
    timed_out = isinstance(error, requests.exceptions.Timeout)
    if timed_out or any(isinstance(one, ReadTimeoutError) for one in inside):
        return TimedOut()
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return NotWren()
    return Unreachable()


def _inside(error: BaseException, depth: int = 8) -> Iterator[BaseException]:
    """An error and those that it was made of."""
    yield error
    if depth:
        for one in (*error.args, getattr(error, "reason", None), error.__context__):
            if isinstance(one, BaseException):
                yield from _inside(one, depth - 1)
