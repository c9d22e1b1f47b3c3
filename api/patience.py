"""Requests that come slowly wait beside the work, and are cut off where they are many.

A thread that waits for a body does nothing else. With as few threads as there is work for, eight
clients that announce a body and don't send it would stop a process (slow HTTP attacks: OWASP
Testing Guide, denial of service; CWE-400). So there are many threads, of which few work at once:
a body is read before its request is worked on, and an answer in pieces is sent after that.

Where most threads are taken by lines and stretchings, those connections are cut off that carry the
least (`api/slow_lines.py`). The floor doubles each second as long as that lasts, so that holding
the threads costs a line of its own. Where large bodies hold all their places and others wait for
one, the floor rises by one `FLOOR` every `SPAN`.

Which thread has which connection granian doesn't tell. So a request that is worked on for longer
than `SPAN` may be cut off too while most threads are taken; what it did stays done, and each call
that stores may be sent again. No more requests wait for a stretching at once than are stretched in
that time; the next is told to come back (`SlowDown`).
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import BoundedSemaphore, Lock, Thread, local
from typing import Any

from api import slow_lines
from api.config import MAX_BODY
from api.logs import log
from api.slow_lines import SPAN
from shared.errors import SlowDown

WORKING = 8
"""Requests of a process that are worked on at once: most wait for the disk or a stretching."""
LARGE = 4
"""Requests at once that may send more than `MAX_BODY`: they are read while they are worked on."""
THREADS = 96
"""Threads of a process: so many requests are read, worked on or sent at once."""
CROWDED = 3 * THREADS // 4
"""So many threads that wait for lines and stretchings are too many."""
BESIDE = min(2 * THREADS // 3, 32 * (os.cpu_count() or 1))
"""Requests that wait for a stretching at once: the last of them waits for less than `SPAN`, since
a password takes 143 ms of a core. The others' threads are for whoever needs none."""
FLOOR = 1024
"""Bytes in a second: who carries less goes first. A phone at the edge of its network has more."""
MOST = 2**30
"""No floor is above it."""
PIECE = 64 * 1024

_OWN = local()
"""Of each thread, while it works on a request: what it went through, and by which gate."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@contextmanager
def beside() -> Iterator[None]:
    """Within, this thread waits for a stretching, and another may work.

    Raises `SlowDown` where `BESIDE` wait already: a thread each would leave none for the others.
    """
    own: tuple[Patience, BoundedSemaphore] | None = getattr(_OWN, "way", None)
    if own is None:
        yield
        return
    patience, gate = own
    with patience.stretching():
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
        self._beside = BoundedSemaphore(BESIDE)
        self._lock, self._waits = Lock(), 0
        self._queue = self._reads = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        given = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdecimal() and int(length) > MAX_BODY:
            environ["wsgi.input"] = _Watched(given, self)
            self._enter_large()
            gate = self._large
        else:
            if length or "HTTP_TRANSFER_ENCODING" in environ:
                environ["wsgi.input"] = self._whole(given, int(length or MAX_BODY + 1))
            gate = self._working
            gate.acquire()
        _OWN.way = self, gate
        try:
            answer = self._app(environ, start)
        finally:
            _OWN.way = None
            gate.release()
        return answer if isinstance(answer, list) else _Sent(answer, self)

    @property
    def waits(self) -> int:
        """How many threads wait for lines or stretchings just now."""
        return self._waits

    @property
    def stuck(self) -> bool:
        """Whether all large bodies wait for their lines, and others for a place."""
        return self._queue > 0 and self._reads == LARGE

    def _enter_large(self) -> None:
        with self.waiting():
            self.wait(0, queue=1)
            try:
                self._large.acquire()
            finally:
                self.wait(0, queue=-1)

    @contextmanager
    def stretching(self) -> Iterator[None]:
        """Within, this thread waits for a stretching. Raises `SlowDown` where too many do."""
        if not self._beside.acquire(blocking=False):
            raise SlowDown
        try:
            with self.waiting():
                yield
        finally:
            self._beside.release()

    @contextmanager
    def waiting(self, reads: int = 0) -> Iterator[None]:
        """Within, this thread waits; `reads` is 1 for the line of a large body."""
        self.wait(1, reads=reads)
        try:
            yield
        finally:
            self.wait(-1, reads=-reads)

    def wait(self, more: int, *, queue: int = 0, reads: int = 0) -> None:
        """So many threads more wait; in the queue for a large body; for the line of one."""
        with self._lock:
            self._waits += more
            self._queue += queue
            self._reads += reads

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
        """Cuts off what carries least as long as that is needed. Runs for ever."""
        seen, since = slow_lines.Seen(), 0
        while True:
            time.sleep(1)
            since = since + 1 if self._waits >= CROWDED or self.stuck else 0
            try:
                seen = self.look(port, since, seen)
            except Exception as error:  # noqa: BLE001 - else nothing would be cut off any more
                log.error("patience", type=type(error).__name__)

    def look(self, port: int, since: int, seen: slow_lines.Seen) -> slow_lines.Seen:
        """Cuts off what carries least, where that was needed for so many seconds (0: it isn't)."""
        if not since:
            return slow_lines.Seen()
        if self._waits >= CROWDED:
            return slow_lines.cut_off(port, min(FLOOR << min(since - 1, 20), MOST), seen)
        floor = min(FLOOR * (1 + since // SPAN), MOST)
        return slow_lines.cut_off(port, floor, seen, spare_unread=True)


class _Watched:
    """A body that is read while the request is worked on."""

    def __init__(self, given: Any, patience: Patience) -> None:
        self._given, self._patience = given, patience

    def read(self, size: int = -1) -> bytes:
        with self._patience.waiting(reads=1):
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
