"""Hiding in a picture what shows who took it: from its bytes to bytes whose pixels are replaced.

A page to draw on, then a look at what it became. The picture is in memory alone. A quick exit, a
lock and the end of the way drop it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.redacting import Redaction
    from mobile.widgets.page import Frame


class Redacting:
    """Lives as long as the app, as `app.redacting`; it holds at most one picture."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._redaction: Redaction | None = None
        self._done: Callable[[bytes], None] | None = None
        self._before: Frame | None = None

    def open(self, data: bytes, done: Callable[[bytes], None]) -> None:
        """Shows a picture to hide things in; `done` gets it as PNG, on the main thread.

        The bytes that `done` gets are made of pixels alone, and what was covered is not in them.
        Before `done` is called the page that was shown is shown again, which is also where
        somebody comes who goes back. What is no picture is told there (`app.stage.tell`).
        """
        from mobile.redacting import Redaction

        self.forget()
        self._done, self._before = done, self._app.stage.screen
        self._app.jobs.run(lambda: Redaction.open(data), self._opened, self._failed)

    def _opened(self, redaction: Redaction) -> None:
        from mobile.screens.redact import Redact

        self._redaction = redaction
        page = Redact(back=self._leave, done=self._look_over)
        page.show(redaction)
        self._app.show(page)

    def _failed(self, error: BaseException) -> None:
        self._app.tell(error)

    def _look_over(self) -> None:
        from mobile.screens.redacted import Redacted

        redaction = self._redaction
        if redaction is None:
            return
        page = Redacted(use=self._use)
        page.back = lambda: self._opened(redaction)
        page.show(redaction)
        self._app.show(page)

    def _use(self) -> None:
        redaction = self._redaction
        if redaction is not None:
            self._app.jobs.run(redaction.result, self._made, self._failed)

    def _made(self, png: bytes) -> None:
        done, before = self._done, self._before
        self.forget()
        if before is not None:
            self._app.show(before)
        if done is not None:
            done(png)

    def _leave(self) -> None:
        before = self._before
        self.forget()
        if before is not None:
            self._app.show(before)

    def forget(self) -> None:
        """Drops the picture, and with it who wanted it."""
        redaction, self._redaction = self._redaction, None
        self._done = self._before = None
        if redaction is not None:
            redaction.forget()
