"""Requests that come slowly wait beside the work, and are cut off where they are many.

A thread that waits for a body does nothing else. With as few threads as there is work for, eight
clients that announce a body and don't send it would stop a process (slow HTTP attacks: OWASP
Testing Guide, denial of service; CWE-400). So there are many threads, of which few work at once:
a body is read before its request is worked on, and an answer in pieces is sent after that.

Where most threads wait for lines, those connections are cut off that carry the least. The floor
doubles each second as long as that lasts, so that holding the threads costs a line of its own.
What is cut off was not worked on, or can be asked for again. Nothing is noted of it.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import BoundedSemaphore, Lock, Thread, local
from typing import Any

from api.config import MAX_BODY

WORKING = 8
"""Requests of a process that are worked on at once: most wait for the disk or a stretching."""
LARGE = 4
"""Requests at once that may send more than `MAX_BODY`: they are read while they are worked on."""
THREADS = 96
"""Threads of a process: so many requests are read, worked on or sent at once."""
CROWDED = 3 * THREADS // 4
"""So many threads that wait for lines are too many."""
SPAN = 5
"""Seconds by which it is measured how much a connection carries. Younger ones are let be."""
FLOOR = 1024
"""Bytes in a second: who carries less goes first. A phone at the edge of its network has more."""
PIECE = 64 * 1024

_INFO, _ACKED = 136, 120
"""Bytes of Linux's `struct tcp_info` up to `tcpi_bytes_received`; where `tcpi_bytes_acked` is."""

_OWN = local()
"""Of each thread: the gate that it went through, while it works on a request."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@contextmanager
def beside() -> Iterator[None]:
    """Within, this thread waits for something else than a line, and another may work."""
    gate: BoundedSemaphore | None = getattr(_OWN, "gate", None)
    if gate is None:
        yield
        return
    gate.release()
    try:
        yield
    finally:
        gate.acquire()


class Patience:
    """The application, with lines that are waited for beside it."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app
        self._working, self._large = BoundedSemaphore(WORKING), BoundedSemaphore(LARGE)
        self._lock, self._waits = Lock(), 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        given = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdecimal() and int(length) > MAX_BODY:
            environ["wsgi.input"] = _Watched(given, self.waiting)
            with self.waiting():
                self._large.acquire()
            gate = self._large
        else:
            if length or "HTTP_TRANSFER_ENCODING" in environ:
                environ["wsgi.input"] = self._whole(given, int(length or MAX_BODY + 1))
            gate = self._working
            gate.acquire()
        _OWN.gate = gate
        try:
            answer = self._app(environ, start)
        finally:
            _OWN.gate = None
            gate.release()
        return answer if isinstance(answer, list) else _Sent(answer, self)

    @property
    def waits(self) -> int:
        """How many threads wait for lines just now."""
        return self._waits

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within, this thread waits for a line."""
        self.wait(1)
        try:
            yield
        finally:
            self.wait(-1)

    def wait(self, more: int) -> None:
        """So many threads more wait for lines."""
        with self._lock:
            self._waits += more

    def _whole(self, given: Any, most: int) -> BytesIO:
        """The body, as far as it comes; one that is cut short the application refuses."""
        body, left = BytesIO(), most
        with self.waiting():
            while left > 0 and (piece := given.read(min(left, PIECE))):
                body.write(piece)
                left -= len(piece)
        body.seek(0)
        return body

    def watch(self, port: int) -> None:
        """Cuts off what carries least as long as most threads wait. Runs for ever."""
        before: dict[int, tuple[float, int]] = {}
        floor = FLOOR
        while True:
            time.sleep(1)
            if self._waits < CROWDED:
                before, floor = {}, FLOOR
                continue
            before = cut_off(port, floor, before)
            floor *= 2


class _Watched:
    """A body that is read while the request is worked on."""

    def __init__(self, given: Any, waiting: Any) -> None:
        self._given, self._waiting = given, waiting

    def read(self, size: int = -1) -> bytes:
        with self._waiting():
            return bytes(self._given.read(min(size, PIECE) if size >= 0 else PIECE))


class _Sent:
    """An answer in pieces: between two of them its thread waits for the line."""

    def __init__(self, pieces: Iterable[bytes], patience: Patience) -> None:
        self._pieces, self._patience, self._away = pieces, patience, False
        self._next = iter(pieces)

    def __iter__(self) -> _Sent:
        return self

    def __next__(self) -> bytes:
        self._back()
        piece = next(self._next)
        self._patience.wait(1)
        self._away = True
        return piece

    def _back(self) -> None:
        if self._away:
            self._patience.wait(-1)
            self._away = False

    def close(self) -> None:
        self._back()
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def cut_off(
    port: int, floor: int, before: dict[int, tuple[float, int]]
) -> dict[int, tuple[float, int]]:
    """Cuts off connections to this port that carried less than `floor` bytes a second.

    `before` is what the call before gave back: when a connection was seen first, by its socket's
    number, and how much it had carried then. What is given back is that of those that stay.
    """
    now, seen = time.monotonic(), dict[int, tuple[float, int]]()
    for line in _lines(port):
        with line:
            number = os.fstat(line.fileno()).st_ino
            carried = _carried(line)
            since, then = before.get(number, (now, carried))
            seen[number] = (since, then)
            if now - since < SPAN - 0.5:
                continue
            if carried - then < floor * (now - since):
                _shut(line)
            else:
                seen[number] = (now, carried)
    return seen


def _lines(port: int) -> Iterator[socket.socket]:
    """Connections of this process to its port, each as a copy that the caller closes."""
    for name in os.listdir("/proc/self/fd"):
        try:
            copy = os.dup(int(name))
        except OSError:
            continue
        try:
            line = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            continue
        try:
            ours = line.type == socket.SOCK_STREAM and line.getsockname()[1] == port
            line.getpeername()
        except (OSError, IndexError, TypeError):
            ours = False
        if ours:
            yield line
        else:
            line.close()


def _carried(line: socket.socket) -> int:
    """Bytes that have come, and that the other side says it has received."""
    told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO)
    acked, received = struct.unpack_from("=QQ", told, _ACKED)
    return int(acked) + int(received)


def _shut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


_AT: list[int] = []


def listens(port: int) -> None:
    """Notes for the processes that are forked from now on at which port they are reached."""
    _AT[:] = [port]


def surround(app: Any) -> None:
    """Puts patience around a Flask application in a process that serves."""
    made = Patience(app.wsgi_app)
    app.wsgi_app = made
    # Only Linux tells a process this much of its connections.
    if _AT and hasattr(socket, "TCP_INFO") and os.path.isdir("/proc/self/fd"):
        Thread(target=made.watch, args=tuple(_AT), daemon=True, name="patience").start()
