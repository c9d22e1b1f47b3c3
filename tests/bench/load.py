"""The load generator: raw sockets kept open, one thread, a process of its own.

It costs the machine about 25 us a request, for ours and for the reference alike. Requests
are put together before the clock starts.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from statistics import median

CONNECTIONS = 16
"""Twice the server's threads: none of them waits for us."""


@dataclass(frozen=True, slots=True)
class Job:
    """Requests to one server, each sent once; no more are sent after `seconds`."""

    port: int
    method: str
    path: str
    bodies: Sequence[bytes]
    bearer: str = ""
    cookie: str = ""
    connections: int = CONNECTIONS
    seconds: float = 20.0
    kind: str = "application/json"
    each: Sequence[tuple[str, str]] = ()
    """Bearer and path of each body, where they have their own; put together as they are sent."""
    others: Sequence[Job] = ()
    """Requests of other kinds, which are spread evenly among these."""
    within: float = 0.0
    """Seconds over which requests are spread, as in the field; 0: one after the other."""
    fails: bool = True
    """Whether the run ends at what is no success; else it is counted."""

    def _one(self, body: bytes, bearer: str, path: str) -> bytes:
        alone = replace(self, bodies=[body], bearer=bearer, path=path, each=())
        return next(iter(alone.requests()))

    def requests(self) -> Iterable[bytes]:
        """The exact bytes of every request."""
        if self.others:
            alone = replace(self, others=())
            return _spread([list(one.requests()) for one in (alone, *self.others)])
        if self.each:
            return (
                self._one(body, bearer, path)
                for body, (bearer, path) in zip(self.bodies, self.each, strict=True)
            )
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if self.bearer:
            head += f"Authorization: Bearer {self.bearer}\r\n"
        if self.cookie:
            head += f"Cookie: {self.cookie}\r\n"
        kind = f"Content-Type: {self.kind}\r\nContent-Length: "
        return [
            f"{head}{kind}{len(body)}\r\n\r\n".encode() + body if body else f"{head}\r\n".encode()
            for body in self.bodies
        ]


@dataclass(frozen=True, slots=True)
class Result:
    """Answers a second, and the median seconds that one took.

    Also the seconds in which 99 of 100 were answered, how many were no success, and how many all.
    """

    rate: float
    latency: float
    slowest: float = 0.0
    failures: int = 0
    answers: int = 0


def _spread(kinds: Sequence[Sequence[bytes]]) -> list[bytes]:
    placed = [
        ((at + 0.5) / len(kind), number, request)
        for number, kind in enumerate(kinds)
        for at, request in enumerate(kind)
    ]
    return [request for _, _, request in sorted(placed, key=lambda one: one[:2])]


@dataclass(slots=True, eq=False)
class _Line:
    socket: socket.socket
    sent: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    failed: bool = False

    def send(self, request: bytes) -> None:
        self.got.clear()
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Takes what has come; true once the answer is whole. `failed`: it is no success."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("The server hung up.")
        self.got += data
        head, found, body = bytes(self.got).partition(b"\r\n\r\n")
        if not found:
            return False
        self.failed = not head.startswith(b"HTTP/1.1 20")
        if head.startswith(b"HTTP/1.1 204"):
            return True
        _, told, rest = head.lower().partition(b"content-length:")
        if not told:  # nothing of the service's: it tells the length of all that it says
            self.failed = True
            return True
        length = rest.split(b"\r\n")[0]
        return len(body) >= int(length)


def run(job: Job) -> Result:
    """Sends the job's requests, one at a time on each connection.

    Raises `RuntimeError` at an answer that is no success, unless the job counts them.
    """
    waiting = iter(job.requests())
    total = len(job.bodies) + sum(len(one.bodies) for one in job.others)
    latencies: list[float] = []
    failures = 0
    with selectors.DefaultSelector() as selector:
        idle = [
            _Line(socket.create_connection(("127.0.0.1", job.port), 10))
            for _ in range(min(job.connections, total))
        ]
        lines = list(idle)
        for line in lines:
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line.socket, selectors.EVENT_READ, line)
        start, sent, over = time.perf_counter(), 0, False
        while True:
            while idle and not over and time.perf_counter() - start >= job.within * sent / total:
                request = next(waiting, None)
                if request is None or time.perf_counter() - start >= job.seconds:
                    over = True
                    break
                idle.pop().send(request)
                sent += 1
            if over and len(idle) == len(lines):
                break
            pause = 0.002 if job.within and idle and not over else 30
            ready = selector.select(timeout=pause)
            if not ready and pause == 30 and len(idle) < len(lines):
                raise TimeoutError("The server gave no answer for half a minute.")
            for key, _ in ready:
                line = key.data
                if line in idle:  # the server let go of a line on which nothing was asked
                    selector.unregister(line.socket)
                    line.socket.close()
                    line.socket = socket.create_connection(("127.0.0.1", job.port), 10)
                    selector.register(line.socket, selectors.EVENT_READ, line)
                    continue
                if not line.answered():
                    continue
                if line.failed and job.fails:
                    raise RuntimeError(bytes(line.got).decode(errors="replace"))
                failures += line.failed
                latencies.append(time.perf_counter() - line.sent)
                idle.append(line)
        seconds = time.perf_counter() - start
        for line in lines:
            line.socket.close()
    ordered = sorted(latencies)
    slowest = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Result(len(latencies) / seconds, median(latencies), slowest, failures, len(ordered))


class Generator:
    """The generator's process; it waits between jobs. Stop it with `close`."""

    def __init__(self) -> None:
        self._process = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def run(self, job: Job) -> Result:
        """Runs one job over there. Raises what goes wrong there."""
        return self._process.submit(run, job).result()

    def close(self) -> None:
        """Ends the process."""
        self._process.shutdown()
