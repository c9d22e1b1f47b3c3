"""Work off the main thread: the screen goes on, and nothing comes back after a quick exit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from kivy.clock import Clock

from mobile.background import Jobs
from shared.errors import TimedOut


def wait_for(ready: Callable[[], Any], seconds: float = 30) -> None:
    """Runs frames until it is ready."""
    end = time.monotonic() + seconds
    while not ready() and time.monotonic() < end:
        Clock.tick()


def test_it_works() -> None:
    jobs, found = Jobs(), []
    threads = []

    def work() -> str:
        threads.append(threading.current_thread())
        return "result"

    def done(result: Any) -> None:
        found.append((result, threading.current_thread()))

    jobs.run(work, done, found.append)
    wait_for(lambda: found)
    assert found == [("result", threading.main_thread())]
    assert threads[0] is not threading.main_thread()
    jobs.drop()


def test_an_error_comes_back_as_one() -> None:
    jobs: Jobs = Jobs()
    found: list[Any] = []

    def work() -> None:
        raise TimedOut

    jobs.run(work, found.append, lambda error: found.append(type(error)))
    wait_for(lambda: found)
    assert found == [TimedOut]
    jobs.drop()


def test_the_screen_goes_on_during_a_slow_request() -> None:
    jobs, found, go = Jobs(), [], threading.Event()
    jobs.run(lambda: go.wait(60), found.append, found.append)
    for _ in range(100):
        Clock.tick()
    assert not found
    go.set()
    wait_for(lambda: found)
    assert found == [True]
    jobs.drop()


def test_what_was_under_way_is_dropped() -> None:
    jobs, found, go = Jobs(), [], threading.Event()
    jobs.run(lambda: go.wait(30), found.append, found.append)
    jobs.run(lambda: "queued", found.append, found.append)
    jobs.drop()
    go.set()
    after: list[str] = []
    jobs.run(lambda: "after", after.append, after.append)
    wait_for(lambda: after)
    wait_for(lambda: False, 0.2)
    assert after == ["after"]
    assert not found
    jobs.drop()


def test_a_new_generation_does_not_wait_for_a_dead_line() -> None:
    jobs, found, go = Jobs(), [], threading.Event()
    jobs.run(lambda: go.wait(30), found.append, found.append)
    jobs.drop()
    jobs.run(lambda: "at once", found.append, found.append)
    wait_for(lambda: found, 20)
    assert found == ["at once"]
    go.set()
    jobs.drop()


def test_what_was_asked_for_first_is_done_first() -> None:
    jobs, found = Jobs(), []
    for number in range(5):
        jobs.run(lambda number=number: number, found.append, found.append)
    wait_for(lambda: len(found) == 5)
    assert found == list(range(5))
    jobs.drop()
