"""Keeps what was typed, forgets, and gets away: the quick exit."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mobile import android
from mobile.widgets.field_cache import forget_typing
from shared.errors import WrenError

if TYPE_CHECKING:
    from mobile.app import WrenApp


class Leaving:
    """Lives as long as the app."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app

    def save(self, *, now: bool = False) -> None:
        """Keeps what was typed, if there is a PIN: soon, or before this returns."""
        app = self._app
        if not app.keeping.kept:
            return
        app.keeping.later("draft", "report", app.draft.record())
        app.keeping.later("place", "last", {"where": app.place[0], "name": app.place[1]})
        for part in self._parts():
            keep = getattr(part, "save", None)
            if keep is not None:
                keep()
        if now:
            with suppress(WrenError):  # there is nobody to tell any more
                app.keeping.flush()
        elif app.keeping.pending:
            app.saver.run(app.keeping.flush, lambda _done: None, app.tell)

    def _parts(self) -> tuple[Any, ...]:
        found = (self._app.reporting, self._app.returning, self._app.listing)
        return tuple(part for part in found if part is not None)

    def forget(self, *, clipboard: bool = True) -> None:
        """Drops everything of the user's from memory and from the clipboard."""
        app = self._app
        for part in (*self._parts(), app.stage.screen):
            if part is not None:
                part.forget()
        app.reporting = app.returning = app.listing = None
        app.watching.stop()
        app.draft.clear()
        app.place = ("home", "")
        app.sending.drop()
        app.connecting.drop()
        if app.outbox is not None:
            app.outbox.forget()
            app.outbox = None
        app.keeping.close()
        app.connecting.renew_outbox()
        app.locking.forget()
        if clipboard:
            app.clipboard.clear()
        forget_typing()
        gc.collect()

    def plain_page(self) -> None:
        """A page of staff guidance that looks like nothing else."""
        from mobile.screens.guidance import Guidance

        app = self._app
        kept = app.guide.kept()
        page = Guidance(back=app.start_page, plain=True)
        page.show(app.known or (kept.directory if kept is not None else None))
        app.show(page)

    def quick_exit(self) -> None:
        """Away at once: nothing of the user's is left, and a plain page is shown.

        From the plain page it closes the app, so that pressing twice is right too.
        """
        app = self._app
        if getattr(app.stage.screen, "plain", False):
            android.finish()
            app.stop()
            return
        self.save(now=True)
        before = app.stage.screen
        app.locking.forget()
        self.plain_page()
        app.jobs.drop()
        app.saver.drop()
        if before is not None:
            before.forget()
        self.forget()
        if app.away is not None:
            app.away()

    def stop(self) -> None:
        """The app is closed."""
        app = self._app
        self.save(now=True)
        app.locking.stop()
        app.sending.stop()
        app.watching.stop()
        app.jobs.drop()
        app.saver.drop()
        app.keeping.close()
        app.clipboard.clear()
