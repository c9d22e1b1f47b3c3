"""Those who wait for a stretching hold up nobody who needs none."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.patience import BESIDE, WORKING, Patience, beside
from api.rules import stretching
from shared.errors import SlowDown
from shared.sealing import tokens
from shared.sealing.stretch import Root
from tests.api.checks import refused
from tests.service import Service


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The pool takes up nothing until the event is set; what serves lets others work."""
    pool, go_on = ThreadPoolExecutor(1), threading.Event()
    pool.submit(go_on.wait, 60)
    monkeypatch.setattr(stretching, "_pool", lambda: pool)
    monkeypatch.setattr(stretching, "beside", beside)
    yield go_on
    go_on.set()
    pool.shutdown()


def served(environ: dict[str, Any], _start: Any) -> list[bytes]:
    """Words are stretched, or nothing is."""
    if environ["PATH_INFO"] == "/words":
        assert isinstance(stretching.root(tokens.new_token(), bytes(16)), Root)
    return [b"done"]


def test_it_works(busy: threading.Event) -> None:
    app = Patience(served)

    def ask(path: str) -> Any:
        return app({"PATH_INFO": path, "wsgi.input": None, "CONTENT_LENGTH": ""}, None)

    with ThreadPoolExecutor(3 * WORKING) as people:
        try:
            waiting = [people.submit(ask, "/words") for _ in range(2 * WORKING)]
            quick = [people.submit(ask, "/") for _ in range(WORKING)]
            assert [one.result(30) for one in quick] == [[b"done"]] * WORKING
            assert not any(one.done() for one in waiting)
        finally:
            busy.set()
        assert [one.result(60) for one in waiting] == [[b"done"]] * 2 * WORKING
    # Each went through its gate again: it is as wide as before.
    assert [ask("/") for _ in range(WORKING + 1)] == [[b"done"]] * (WORKING + 1)


def test_no_more_than_so_many_wait(busy: threading.Event) -> None:
    """The next is told to come back; the threads that are left are for the others."""
    app = Patience(served)

    def ask(path: str) -> Any:
        return app({"PATH_INFO": path, "wsgi.input": None, "CONTENT_LENGTH": ""}, None)

    with ThreadPoolExecutor(BESIDE) as people:
        try:
            waiting = [people.submit(ask, "/words") for _ in range(BESIDE)]
            while app.waits < BESIDE:
                time.sleep(0.01)
            with ThreadPoolExecutor(1) as another, pytest.raises(SlowDown):
                another.submit(ask, "/words").result(30)
            assert ask("/") == [b"done"]
        finally:
            busy.set()
        assert [one.result(60) for one in waiting] == [[b"done"]] * BESIDE
    assert (ask("/words"), app.waits) == ([b"done"], 0)


def test_it_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any) -> None:
        raise SlowDown

    monkeypatch.setattr(stretching, "root", refuse)
    sent = {"token": tokens.new_token()}
    refused(service, "POST", "/sessions", sent, status=429, code="slow_down")


def test_outside_a_request_it_is_nothing() -> None:
    with beside():
        pass
