"""Lines that carry next to nothing don't hold places and threads for ever."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from api import patience, slow_lines
from api.config import MAX_BODY
from api.patience import CROWDED, LARGE, MOST, Patience

HEAD = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {2 * MAX_BODY}\r\n\r\n".encode()


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: Any, **_more: Any) -> None:
        """Nothing."""


def counted(environ: dict[str, Any], start: Any) -> list[bytes]:
    """How many bytes came."""
    came, wanted = 0, int(environ["CONTENT_LENGTH"])
    while came < wanted and (piece := environ["wsgi.input"].read(wanted - came)):
        came += len(piece)
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{came} came".encode()]


@pytest.fixture
def app() -> Patience:
    return Patience(counted)


@pytest.fixture
def port(app: Patience) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    serving = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    yield server.server_port
    server.shutdown()
    serving.join()
    server.server_close()


def line(port: int, sent: bytes) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), 60)
    made.sendall(sent)
    return made


def all_of(port: int) -> bytes:
    """What somebody is answered whose large body comes whole."""
    with closing(line(port, HEAD)) as own:
        own.sendall(bytes(2 * MAX_BODY))
        answer = b""
        while piece := own.recv(4096):
            answer += piece
        return answer


def until(fact: Any) -> None:
    for _ in range(600):
        if fact():
            return
        time.sleep(0.1)
    pytest.fail("it never came to that")


def test_slow_lines_give_the_places_of_large_bodies_back(
    app: Patience, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_lines, "SPAN", 2)
    slow = [line(port, HEAD + b"x") for _ in range(LARGE)]
    until(lambda: app._reads == LARGE)
    assert not app.stuck  # nobody waits for them: a slow upload is let be
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(all_of, port)
        until(lambda: app.stuck)
        seen, since = slow_lines.Seen(), 0
        for _ in range(60):
            if answer.done():
                break
            since = since + 1 if app.stuck else 0
            seen = app.look(port, since, seen)
            time.sleep(1)
        else:
            for one in slow:
                one.close()
            pytest.fail("four slow lines kept all others waiting")
        assert answer.result().count(f"{2 * MAX_BODY} came".encode()) == 1
    for one in slow:
        one.close()
    until(lambda: app.waits == 0)
    assert (app._reads, app._queue) == (0, 0)


def test_who_waits_for_a_place_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it sent stands in the kernel, and is taken up later."""
    monkeypatch.setattr(slow_lines, "SPAN", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listens:
        port = listens.getsockname()[1]
        waits, silent = line(port, b"a part"), line(port, b"")
        taken = [listens.accept()[0] for _ in range(2)]
        seen = slow_lines.cut_off(port, 1024, {}, spare_unread=True)
        time.sleep(0.1)
        slow_lines.cut_off(port, 1024, seen, spare_unread=True)
        assert silent.recv(1) == b""
        waits.setblocking(False)
        with pytest.raises(BlockingIOError):
            waits.recv(1)
        for one in (waits, silent, *taken):
            one.close()


class _Enough(BaseException):
    pass


def test_what_watches_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """For hours under attack, and where the process has no descriptors left for a while."""
    floors: list[int] = []
    left = iter(range(5000))

    def sleep(_seconds: float) -> None:
        if next(left, None) is None:
            raise _Enough

    def cut(_port: int, floor: int, seen: Any, **_more: Any) -> Any:
        floors.append(floor)
        if len(floors) < 3:
            raise OSError(24, "Too many open files")
        return seen

    monkeypatch.setattr(patience.time, "sleep", sleep)
    monkeypatch.setattr(slow_lines, "cut_off", cut)
    app = Patience(counted)
    app.wait(CROWDED)
    with pytest.raises(_Enough):
        app.watch(1)
    assert len(floors) == 5000
    assert floors[0] < floors[1] < floors[-1] <= MOST
    assert isinstance(float(floors[-1]), float)


def test_the_floor_for_large_bodies_rises_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    floors: list[int] = []
    monkeypatch.setattr(
        slow_lines, "cut_off", lambda _port, floor, seen, **_more: floors.append(floor) or seen
    )
    app = Patience(counted)
    for since in (1, 60, 10**9):
        app.look(1, since, {})
    assert floors == [1024, 13 * 1024, MOST]
