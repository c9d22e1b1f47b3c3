"""Clients that hold a server's threads: bodies that don't come, answers that nobody reads."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import requests

HEAD = "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def open_line(port: int, sent: bytes) -> socket.socket:
    """A connection on which this was sent."""
    line = socket.create_connection(("127.0.0.1", port), 30)
    line.sendall(sent)
    return line


@contextmanager
def unsent(port: int, many: int, length: str = "Content-Length: 90000") -> Iterator[None]:
    """So many requests whose bodies don't come, but for the beginning."""
    begun = f"{HEAD}{length}\r\n\r\n".encode() + b'{"a'
    lines = [open_line(port, begun) for _ in range(many)]
    try:
        yield
    finally:
        for line in lines:
            line.close()


@contextmanager
def unread(port: int, many: int, path: str) -> Iterator[list[socket.socket]]:
    """So many downloads of which a byte a second is read, by as many lines."""
    sent = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    lines, stop = list[socket.socket](), Event()
    for _ in range(many):
        line = socket.socket()
        # The least that Linux gives: what is on the way already is not the server's any more.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        line.settimeout(30)
        line.connect(("127.0.0.1", port))
        line.sendall(sent)
        line.setblocking(False)
        lines.append(line)

    def read() -> None:
        while not stop.wait(1):
            for line in lines:
                with suppress(OSError):
                    line.recv(1)

    reader = Thread(target=read)
    reader.start()
    try:
        yield lines
    finally:
        stop.set()
        reader.join()
        for line in lines:
            line.close()


def waits(url: str, most: float = 60) -> float:
    """Seconds until somebody else's request is answered; `most` if it is not."""
    began = time.monotonic()
    while time.monotonic() - began < most:
        try:
            with requests.Session() as http:
                http.trust_env = False
                # The longer each time, so that a machine that is merely busy answers in the end.
                patience = 2 + (time.monotonic() - began) / 2
                if http.get(f"{url}/api/v1/organisations", timeout=patience).ok:
                    return time.monotonic() - began
        except requests.RequestException:
            continue
    return most
