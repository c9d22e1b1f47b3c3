"""The app while it sends some 10 MB on a slow line: how long the main thread is held up.

The app, the line and the service are processes of their own. `python -m tests.bench.app_sending
line HOST:PORT` is the line, `... send ADDRESS` one run of the app; without either, the row.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.row import Row, compare, table

MESSAGES = 40
LONG = "\N{BIRD}" * 20_000
"""The longest message there is: sealed, in base64, 262 kB."""
RATE = 1_000_000
"""Bytes a second, each way."""
BLOCK = 16_384
MOST = 50.0
"""Milliseconds that the main thread may be held up at most."""


# --- the line -----------------------------------------------------------------------------


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await reader.read(BLOCK):
            await asyncio.sleep(len(block) / RATE)
            writer.write(block)
            await writer.drain()
    writer.close()


async def line(upstream: str) -> None:
    """Passes everything on at `RATE`, with small buffers; prints its port."""
    host, port = upstream.rsplit(":", 1)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(host, int(port), limit=BLOCK)
        await asyncio.gather(_pass_on(reader, forth), _pass_on(back, writer))

    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BLOCK)
    server = await asyncio.start_server(connected, sock=listening, limit=BLOCK)
    print(listening.getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


# --- the app ------------------------------------------------------------------------------


def _frames(until: Callable[[], bool]) -> list[float]:
    """Milliseconds between one frame and the next, at up to 60 a second."""
    from kivy.base import EventLoop

    found = []
    while not until():
        before = time.perf_counter()
        EventLoop.idle()
        found.append((time.perf_counter() - before) * 1000)
    return found


def _waited(jobs: Any, work: Callable[[], Any]) -> tuple[Any, list[float]]:
    """What work on the app's thread gave, and the frames meanwhile."""
    ended: list[Any] = []
    jobs.run(work, ended.append, ended.append)
    frames = _frames(lambda: bool(ended))
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0], frames


def send(address: str) -> None:
    """Writes long messages into a case, sends them, and prints what it took as JSON."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from mobile.main import configure

    configure()
    from kivy.base import EventLoop
    from kivy.core.window import Window

    from mobile.background import Jobs
    from mobile.notebook import Notebook
    from mobile.organisation import Organisation
    from mobile.outbox import Answers, Outbox
    from mobile.pin_key import Cost
    from mobile.screens.conversation import Conversation

    EventLoop.ensure_window()
    page, jobs = Conversation(), Jobs()
    Window.add_widget(page)
    with TemporaryDirectory() as directory:
        book = Notebook.create(Path(directory), "271828", cost=Cost(1, 64))
        outbox = Outbox(book, Organisation(address), Organisation)
        report = {"story": "An invented story."}
        outbox.put_report(Answers("guardian", frozenset(), False, report))
        (item,), _ = _waited(jobs, outbox.send_due)
        talk, _ = _waited(jobs, lambda: outbox.open(item.words))
        page.show(talk.view())
        _frames(iter([False] * 30 + [True]).__next__)
        writes = []
        for _ in range(MESSAGES):
            before = time.perf_counter()
            talk.write(LONG)
            writes.append((time.perf_counter() - before) * 1000)
            _frames(iter([False, True]).__next__)
        began = time.perf_counter()
        view, frames = _waited(jobs, talk.flush)
        took = time.perf_counter() - began
        if any(one.state != "sent" for one in view.items):
            raise RuntimeError("not all was sent")
        book.close()
    found = {"frame": max(frames), "write": max(writes), "seconds": took, "frames": len(frames)}
    print(json.dumps(found), flush=True)
    os._exit(0)


# --- the row ------------------------------------------------------------------------------


@contextmanager
def _running(*command: str) -> Iterator[str]:
    """A process for as long as it is needed, and the first line that it wrote."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("it was asked for")
        yield process.stdout.readline()
    finally:
        process.terminate()
        process.communicate()


def _run(address: str) -> dict[str, float]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("KIVY_")}
    found = subprocess.run(
        [sys.executable, "-m", "tests.bench.app_sending", "send", address],
        capture_output=True,
        text=True,
        check=True,
        env={**environ, "SDL_VIDEODRIVER": "offscreen"},
        timeout=300,
    )
    return dict(json.loads(found.stdout.splitlines()[-1]))


def held_up(rounds: int = 3) -> Row:
    """The longest time between two frames while 10 MB are sent, against 50 ms."""
    runs: list[dict[str, float]] = []

    def once(address: str) -> float:
        runs.append(_run(address))
        return runs[-1]["frame"]

    demo = ("api", "demo", "--port", "0", "--no-app", "--json", "--data")
    with TemporaryDirectory() as directory, _running(*demo, directory) as told:
        found = json.loads(told)
        host = str(found["url"]).split("://", 1)[1]
        with _running("tests.bench.app_sending", "line", host) as port:
            address = f"http://127.0.0.1:{int(port)}/o/{found['organisation']}"
            row = compare(
                f"app: longest hold-up of the main thread while {MESSAGES} long messages are sent",
                "ms",
                ("at most", 1.0),
                lambda: once(address),
                lambda: MOST,
                rounds=rounds,
            )
    last = runs[-1]
    note = (
        f"10 MB at {RATE / 1e6:.0f} MB/s took {last['seconds']:.0f} s; to keep one message took "
        f"up to {last['write']:.0f} ms"
    )
    return Row(row.name, row.unit, row.goal, row.ours, row.reference, note)


def rows() -> list[dict[str, Any]]:
    """The row as it stands in var/bench.json.

    Raises `subprocess.SubprocessError` where there is no Kivy or no GL.
    """
    return [held_up().as_json()]


if __name__ == "__main__":
    if sys.argv[1:2] == ["line"]:
        asyncio.run(line(sys.argv[2]))
    elif sys.argv[1:2] == ["send"]:
        send(sys.argv[2])
    else:
        print(table([held_up(rounds=1)]))
