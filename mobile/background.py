"""Work off the main thread, and its results back on it: the screen never waits.

`Jobs` counts generations. A quick exit begins a new one; what was under way in an earlier one
may still end, but nobody hears of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock

from mobile.worker import Done, Failed

if TYPE_CHECKING:  # loaded with the first job, after the first frame
    from concurrent.futures import Future, ThreadPoolExecutor


class Jobs:
    """One thread, so that what is sent is sent in the order in which it was asked for."""

    def __init__(self) -> None:
        self._generation = 0
        self._pool: ThreadPoolExecutor | None = None

    def run(self, work: Callable[[], Any], done: Done, failed: Failed) -> None:
        """Does `work` on the thread; then `done(result)` or `failed(error)` on the main one."""
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(max_workers=1)
        future = self._pool.submit(work)
        future.add_done_callback(partial(self._ended, self._generation, done, failed))

    def _ended(self, generation: int, done: Done, failed: Failed, future: Future[Any]) -> None:
        Clock.schedule_once(lambda _dt: self._tell(generation, done, failed, future), 0)

    def _tell(self, generation: int, done: Done, failed: Failed, future: Future[Any]) -> None:
        if generation != self._generation or future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result())
        else:
            failed(error)

    def drop(self) -> None:
        """Begins a new generation on a new thread: an old one may hang on a dead line."""
        self._generation += 1
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None
