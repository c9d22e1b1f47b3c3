"""Keeps what was typed, forgets, and gets away: the quick exit."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock

from mobile import android
from mobile.widgets.field_cache import forget_typing

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.widgets.page import Frame


class Leaving:
    """Lives as long as the app."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._left: tuple[Frame | None, ...] = ()

    def save(self) -> None:
        """Keeps what was typed, if there is a PIN: soon."""
        app = self._app
        if app.keeping.kept:
            self._put_down()
            if app.keeping.pending:
                app.saver.run(app.keeping.flush, lambda _done: None, app.tell)

    def keep(self) -> None:
        """As `save`, before this returns. What could not be kept is told by the lock."""
        app = self._app
        if not app.keeping.kept:
            return
        app.locking.lost = True
        with suppress(Exception):  # nobody looks any more, and what comes next has to come
            try:
                self._put_down()
            finally:
                app.keeping.flush()
            app.locking.lost = False

    def _put_down(self) -> None:
        app = self._app
        app.keeping.later("place", "last", {"where": app.place[0], "name": app.place[1]})
        app.keeping.later("draft", "report", app.draft.record())
        for part in self._parts():
            keep = getattr(part, "save", None)
            if keep is not None:
                keep()

    def _parts(self) -> tuple[Any, ...]:
        app = self._app
        found = (app.reporting, app.returning, app.listing, app.messages)
        return tuple(part for part in found if part is not None)

    def forget(
        self, *screens: Frame | None, clipboard: bool = True, waiting: bool = False
    ) -> None:
        """Drops everything of the user's from memory and from the clipboard.

        `screens` are those that are not shown any more. `waiting`: what is still on its way
        stays in the outbox.
        """
        app = self._app
        waiting = waiting and app.sending.on_its_way
        _each(
            *(one.forget for one in (*screens, app.stage.screen) if one is not None),
            app.picking.forget,
            app.redacting.forget,
            app.saving.forget,
            self.forget_pages,
            app.watching.stop,
            app.holding.drop,
            app.draft.clear,
            app.connecting.drop,
            lambda: None if waiting else self._drop_outbox(),
            lambda: app.keeping.close(waiting=waiting),
            app.connecting.renew_outbox,
            app.locking.forget,
            lambda: app.clipboard.clear() if clipboard else None,
            forget_typing,
            gc.collect,
        )

    def forget_pages(self) -> None:
        """Drops the pages of a report, of a case and of the list, with what is written there."""
        app, parts = self._app, self._parts()
        app.reporting = app.returning = app.listing = None
        app.place = ("home", "")
        _each(*(part.forget for part in parts))

    def _drop_outbox(self) -> None:
        app, outbox = self._app, self._app.outbox
        app.outbox = None
        _each(app.sending.drop, lambda: outbox.forget() if outbox is not None else None)

    def plain_page(self) -> None:
        """A page of staff guidance that looks like nothing else.

        No arrow is on it: it would lead to the lock, which says that something is kept here. Who
        comes back finds a quiet line behind the contacts, which leads where the app begins: what
        whoever opens it anew sees, and no more.
        """
        from mobile.screens.guidance import Guidance

        app = self._app
        kept = app.guide.kept()
        page = Guidance(has_back=False, plain=True, first=self._from_plain)
        page.show(app.known or (kept.directory if kept is not None else None))
        app.show(page)

    def _from_plain(self) -> None:
        self.finish()  # if it was pressed at once: first everything is forgotten
        self._app.start_page()

    def quick_exit(self) -> None:
        """Away at once: a plain page is shown, and then nothing of the user's is left.

        The page waits for nothing: the rest is done once it is drawn. Pressed on the plain page
        it closes the app, so that pressing twice is right too.
        """
        app = self._app
        if getattr(app.stage.screen, "plain", False):
            android.finish()
            app.stop()
            return
        self._left = app.stage.screen, app.locking.let_go()
        Clock.schedule_once(self.finish, 0)
        try:
            app.stage.empty()
            _each(app.jobs.drop, app.saver.drop, app.holding.drop, app.keeping.drop)
            self.plain_page()
        except BaseException:
            self.finish()
            raise

    def finish(self, *_: Any) -> None:
        """What a quick exit has left to do once its page is shown."""
        left, self._left = self._left, ()
        if left:
            app = self._app
            _each(self.keep, lambda: self.forget(*left), app.away or (lambda: None))

    def stop(self) -> None:
        """The app is closed."""
        app, self._left = self._app, ()
        _each(
            self.keep,
            app.locking.stop,
            app.tidying.stop,
            app.sending.stop,
            app.holding.drop,
            app.watching.stop,
            app.jobs.drop,
            app.saver.drop,
            app.keeping.close,
            app.clipboard.clear,
        )


def _each(*steps: Callable[[], object]) -> None:
    """Takes all these steps, whatever goes wrong with one of them; then raises that."""
    with ExitStack() as stack:
        for step in reversed(steps):
            stack.callback(step)
