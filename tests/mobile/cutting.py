"""A line that breaks: passes bytes on to a service, and cuts all that is open at chosen places."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Cutting:
    """`url` is where it listens; it breaks once after each of these counts of bytes was sent."""

    def __init__(self, upstream: str, after: list[int]) -> None:
        place = urlsplit(upstream)
        self._to = place.hostname or "", place.port or 80
        self._after, self._lock = sorted(after), threading.Lock()
        self._sent, self._open = 0, set[socket.socket]()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.broken = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                near, _where = self._server.accept()
                far = socket.create_connection(self._to)
                with self._lock:
                    self._open |= {near, far}
                for one, other, counts in ((near, far, True), (far, near, False)):
                    pump = threading.Thread(target=self._pump, args=(one, other, counts))
                    pump.daemon = True
                    pump.start()

    def _pump(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                target.sendall(data)
                if counts:
                    self._count(len(data))
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _count(self, size: int) -> None:
        with self._lock:
            self._sent += size
            if not self._after or self._sent < self._after[0]:
                return
            del self._after[0]
            self.broken += 1
            cut, self._open = self._open, set()
        for one in cut:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listens no more."""
        self._server.close()
        for one in self._open:
            one.close()


@contextmanager
def cutting(upstream: str, after: list[int]) -> Iterator[Cutting]:
    """Serves on a free port until the block is left."""
    made = Cutting(upstream, after)
    try:
        yield made
    finally:
        made.close()
