"""Something between the phone and the service that answers in its place, as a test says."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PAGE = b"<!doctype html><title>Sign in to Wi-Fi</title><p>Free Wi-Fi for all guests."


class Middle:
    """Passes everything on, but what `fault` says about calls whose path ends with `path`.

    `first`: the service gets it before, so that it is stored and only the answer is lost.
    `elsewhere` counts the calls that were sent on to another address.
    """

    def __init__(self, upstream: str) -> None:
        self.host = urlsplit(upstream).netloc
        self.fault, self.path, self.first = "", "", False
        self.url = ""
        self.elsewhere = 0

    def break_(self, fault: str, path: str, *, first: bool) -> None:
        self.fault, self.path, self.first = fault, path, first

    def mend(self) -> None:
        self.fault = ""

    def answer(self, handler: Any, body: bytes) -> None:
        if handler.path.startswith("/elsewhere"):
            self.elsewhere += 1
        faulty = bool(self.fault) and handler.path.endswith(self.path)
        if not faulty or self.first:
            status, headers, content = self._upstream(handler, body)
        if not faulty:
            _send(handler, status, headers, content)
        else:
            getattr(self, f"_{self.fault}")(handler)

    def _upstream(self, handler: Any, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        line = http.client.HTTPConnection(self.host, timeout=20)
        headers = {k: v for k, v in handler.headers.items() if k.lower() != "transfer-encoding"}
        headers |= {"Host": self.host, "Content-Length": str(len(body))}
        line.request(handler.command, handler.path, body, headers)
        found = line.getresponse()
        content = found.read()
        line.close()
        return found.status, found.getheaders(), content

    # --- the faults ---

    @staticmethod
    def _html(handler: Any) -> None:
        _send(handler, 200, [("Content-Type", "text/html")], PAGE)

    @staticmethod
    def _half(handler: Any) -> None:
        _head(handler, 201, [("Content-Type", "application/json"), ("Content-Length", "4000")])
        handler.wfile.write(b'{"reference": "EEA-')
        handler.close_connection = True

    @staticmethod
    def _endless(handler: Any) -> None:
        _head(handler, 201, [("Content-Type", "application/json")])
        with suppress(OSError):  # until the client has enough
            while True:
                handler.wfile.write(b" " * 65_536)
        handler.close_connection = True

    @staticmethod
    def _error(handler: Any) -> None:
        _send(handler, 500, [("Content-Type", "text/html")], b"<h1>Internal Server Error</h1>")

    @staticmethod
    def _internal(handler: Any) -> None:
        problem = b'{"code": "internal", "title": "x", "status": 500, "detail": "A mistake."}'
        _send(handler, 500, [("Content-Type", "application/problem+json")], problem)

    @staticmethod
    def _gateway(handler: Any) -> None:
        _send(handler, 502, [], b"")

    def _redirect(self, handler: Any) -> None:
        _send(handler, 307, [("Location", f"{self.url}/elsewhere{handler.path}")], b"")

    @staticmethod
    def _nothing(handler: Any) -> None:
        handler.close_connection = True

    @staticmethod
    def _receipt(handler: Any) -> None:
        """What looks like the service's word, but proves nothing."""
        given = b'{"key_id": "AAAAAAAAAAA", "day": "2026-11-27", "signature": "%s"}' % (b"A" * 86)
        answer = b'{"reference": "EEA-0000000000", "receipt": %s}' % given
        if b"messages" in handler.path.encode():
            answer = b'{"number": 2, "receipt": %s}' % given
        _send(handler, 201, [("Content-Type", "application/json")], answer)


FAULTS = (
    "html",
    "half",
    "endless",
    "error",
    "internal",
    "gateway",
    "redirect",
    "nothing",
    "receipt",
)


def _head(handler: Any, status: int, headers: list[tuple[str, str]]) -> None:
    handler.send_response_only(status)
    for name, value in headers:
        if name.lower() not in ("transfer-encoding", "connection"):
            handler.send_header(name, value)
    handler.end_headers()


def _send(handler: Any, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
    kept = [one for one in headers if one[0].lower() != "content-length"]
    _head(handler, status, [*kept, ("Content-Length", str(len(content)))])
    handler.wfile.write(content)


@contextmanager
def middle(upstream: str) -> Iterator[Middle]:
    """Serves on a free port until the test is over."""
    made = Middle(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            made.answer(self, self._body())

        do_GET = do_POST = do_DELETE = do

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(self._chunks())
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _chunks(self) -> Iterator[bytes]:
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    runner = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    runner.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        runner.join()
