"""Hiding in a picture what shows who took it: from its bytes to bytes whose pixels are replaced.

A page to draw on, then a look at what it became. The picture is in memory alone. A quick exit, a
lock and the end of the way drop it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.redacting import Redaction
    from mobile.screens.redact import Redact
    from mobile.screens.redacted import Redacted
    from mobile.widgets.page import Frame


class Redacting:
    """Lives as long as the app, as `app.redacting`; it holds at most one picture."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._redaction: Redaction | None = None
        self._done: Callable[[bytes], None] | None = None
        self._before: Frame | None = None
        self._page: Redact | None = None
        self._last: Redacted | None = None

    def open(self, data: bytes, done: Callable[[bytes], None]) -> None:
        """Shows a picture to hide things in; `done` gets it as PNG, on the main thread.

        The bytes that `done` gets are made of pixels alone, and what was covered is not in them.
        Before `done` is called the page that was shown is shown again, which is also where
        somebody comes who goes back. What is no picture is told there (`app.stage.tell`).
        """
        from mobile.redacting import Redaction
        from mobile.screens.redact import Redact

        self.forget()
        self._done, self._before = done, self._app.stage.screen
        page = self._page = Redact(back=self._leave, done=self._look_over)
        self._app.show(page)
        opened, failed = partial(self._opened, page), partial(self._failed, page)
        self._app.jobs.run(lambda: Redaction.open(data), opened, failed)

    def _opened(self, page: Redact, redaction: Redaction) -> None:
        if self._page is not page:  # gone back meanwhile
            redaction.forget()
            return
        self._redaction = redaction
        page.show(redaction)

    def _failed(self, page: Redact, error: BaseException) -> None:
        if self._page is page:
            self._leave()
            self._app.tell(error)

    def _look_over(self) -> None:
        from mobile.screens.redacted import Redacted

        page, redaction = self._page, self._redaction
        if page is None or redaction is None:
            return

        def again() -> None:
            last.forget()
            self._app.show(page)

        last = self._last = Redacted(back=again, use=self._use)
        last.show(redaction)
        self._app.show(last)

    def _use(self) -> None:
        last, redaction = self._last, self._redaction
        if last is None or redaction is None:
            return

        def failed(error: BaseException) -> None:
            last.busy = False
            self._app.tell(error)

        self._app.jobs.run(redaction.result, partial(self._made, redaction), failed)

    def _made(self, redaction: Redaction, png: bytes) -> None:
        done = self._done
        if self._redaction is redaction and done is not None:
            self._leave()
            done(png)

    def _leave(self) -> None:
        before = self._before
        self.forget()
        if before is not None:
            self._app.show(before)

    def forget(self) -> None:
        """Drops the picture, and with it who wanted it."""
        redaction, pages = self._redaction, (self._page, self._last)
        self._redaction = self._done = self._before = self._page = self._last = None
        for page in pages:
            if page is not None:
                page.forget()
        if redaction is not None:
            redaction.forget()
