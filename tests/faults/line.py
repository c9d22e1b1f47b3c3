"""A line with faults, between a client and a service: what toxiproxy does, in one file.

It carries bytes and knows nothing of what they are. A fault strikes once, at one connection,
when so many bytes went one way since it was set: so a test can step it through a whole sending.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

UP, DOWN = "up", "down"
WAYS = (UP, DOWN)

BLOCK = 16_384
DROP, PIECES, PAUSE = 64, 512, 0.001
"""Bytes that are spoilt; bytes in a piece of a trickle, and seconds between two of them."""
SHORT, LONG = 0.05, 2.5
"""Seconds of a delay that nobody minds, and of one that the client here does not wait for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the connection that carries byte number `after` this `way`."""

    kind: str
    way: str
    after: int


QUICK = ("cut", "reset", "garbage", "missing", "twice", "delay", "trickle")
"""Both ends close; both get a reset; bytes are others, left out, or repeated; the rest comes
a little later; the rest comes drop by drop."""
SLOW = ("silent", "late")
"""Nothing more comes and nobody says so; it comes after the client has given up."""


class FaultyLine:
    """`url` is where it listens. `struck` is how many faults came true, `passed` the bytes."""

    def __init__(self, upstream: str) -> None:
        place = urlsplit(upstream)
        self._to = place.hostname or "", place.port or 0
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._open = set[socket.socket]()
        self._over = threading.Event()
        self.passed = dict.fromkeys(WAYS, 0)
        self.struck = 0
        self._runs: list[tuple[str, int, int]] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"{place.scheme}://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def break_(self, *faults: Fault) -> None:
        """Sets faults, and counts from here on; those that did not strike are taken away."""
        with self._lock:
            self._faults = list(faults)
            self.passed = dict.fromkeys(WAYS, 0)
            self.struck = 0
            self._runs = []

    def places(self) -> list[tuple[str, int]]:
        """Where a fault may strike in what was just carried: way and byte.

        In the middle of each request, before its answer's first byte, and within the answer.
        """
        found = list[tuple[str, int]]()
        for way, start, size in self._runs:
            if way == DOWN:
                found.append((way, start))
            found.append((way, start + size // 2))
        return found

    def close(self) -> None:
        """Listens no more, and drops what is open."""
        self._over.set()
        self._server.close()
        with self._lock:
            left = set(self._open)
        for one in left:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):  # it was closed
            while True:
                near, _where = self._server.accept()
                threading.Thread(target=self._connection, args=(near,), daemon=True).start()

    def _connection(self, near: socket.socket) -> None:
        with suppress(OSError), near, socket.create_connection(self._to) as far:
            with self._lock:
                self._open |= {near, far}
            try:
                _Connection(self, near, far).carry()
            finally:
                with self._lock:
                    self._open -= {near, far}

    def take(self, way: str, size: int) -> tuple[int, Fault] | None:
        """The fault that strikes in the next bytes this way, and after how many of them."""
        with self._lock:
            before = self.passed[way]
            if self._runs and self._runs[-1][0] == way:
                size_before = self._runs[-1][2]
                self._runs[-1] = way, before - size_before, size_before + size
            else:
                self._runs.append((way, before, size))
            self.passed[way] += size
            for fault in self._faults:
                if fault.way == way and before <= fault.after < before + size:
                    self._faults.remove(fault)
                    self.struck += 1
                    return fault.after - before, fault
        return None

    def wait(self, seconds: float) -> None:
        """Sleeps, but not longer than the line is there."""
        self._over.wait(seconds)


class _Connection:
    """One connection of a client, carried by one thread."""

    def __init__(self, line: FaultyLine, near: socket.socket, far: socket.socket) -> None:
        self._line, self._near, self._far = line, near, far
        self._trickles = ""

    def carry(self) -> None:
        ways = {self._near: (UP, self._far), self._far: (DOWN, self._near)}
        while True:
            ready, _, _ = select.select(list(ways), [], [], 60)
            for source in ready:
                way, target = ways[source]
                data = source.recv(BLOCK)
                if not data or not self._pass(way, target, data):
                    return
            if not ready:
                return

    def _pass(self, way: str, target: socket.socket, data: bytes) -> bool:
        """Sends bytes on, whole or not; false where that was the end of the connection."""
        found = self._line.take(way, len(data))
        if found is None:
            self._send(way, target, data)
            return True
        at, fault = found
        self._send(way, target, data[:at])
        rest = data[at:]
        if fault.kind == "cut":
            return False
        if fault.kind == "reset":
            for one in (self._near, self._far):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if fault.kind == "silent":
            self._hold()
            return False
        if fault.kind in ("delay", "late"):
            self._line.wait(SHORT if fault.kind == "delay" else LONG)
        elif fault.kind == "trickle":
            self._trickles = way
        else:
            rest = _spoilt(fault.kind, rest)
        self._send(way, target, rest)
        return True

    def _send(self, way: str, target: socket.socket, data: bytes) -> None:
        if self._trickles != way:
            target.sendall(data)
            return
        for at in range(0, len(data), PIECES):
            target.sendall(data[at : at + PIECES])
            time.sleep(PAUSE)

    def _hold(self) -> None:
        """Takes nothing more from either end, until the client has enough of it."""
        with suppress(OSError):
            self._near.settimeout(30)
            while self._near.recv(BLOCK):
                pass


def _spoilt(kind: str, data: bytes) -> bytes:
    here, after = data[:DROP], data[DROP:]
    if kind == "missing":
        return after
    if kind == "twice":
        return here + here + after
    return bytes(byte ^ 0x5A for byte in here) + after


@contextmanager
def faulty(upstream: str) -> Iterator[FaultyLine]:
    """A line to this service until the block is left."""
    made = FaultyLine(upstream)
    try:
        yield made
    finally:
        made.close()
