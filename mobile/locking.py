"""Covers, locks and forgets at the right moment, and leads back to where one was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock
from kivy.core.window import Window

from mobile.lock import Do, Watch, now

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.widgets.page import Frame

SAVE_AFTER = 1.0
"""Seconds after the last key until what was typed is kept."""


class Locking:
    """Lives as long as the app. `clock` is the seconds of `mobile.lock.now`, or a test's.

    `lost`: what was typed last could not be kept when it was locked; the lock says so.
    """

    def __init__(self, app: WrenApp, clock: Callable[[], float] = now) -> None:
        self._app = app
        self._watch = Watch(clock)
        self._covered: Frame | None = None
        self._cover: Frame | None = None
        self.lost = False
        self._save = Clock.create_trigger(lambda _dt: app.save(), SAVE_AFTER)
        self._look = Clock.create_trigger(self._looked, 1, interval=True)

    def _watched(self) -> Iterator[tuple[str, Callable[..., None]]]:
        for name in ("on_touch_down", "on_touch_up", "on_key_down", "on_textinput"):
            yield name, self._touched
        for name in ("on_minimize", "on_hide"):
            yield name, self._hidden
        for name in ("on_restore", "on_show"):
            yield name, self._seen

    def start(self) -> None:
        """Begins to watch the window."""
        for name, call in self._watched():
            Window.fbind(name, call)
        self._look()

    def stop(self) -> None:
        """Ends the watch."""
        for name, call in self._watched():
            Window.funbind(name, call)
        self._save.cancel()
        self._look.cancel()

    def touched(self) -> None:
        """Somebody is there: the minute begins anew."""
        self._watch.touched()

    def choosing(self) -> None:
        """The system's dialog for a file comes over the app: that is not leaving it."""
        self._watch.choosing()

    def _touched(self, *_: Any) -> None:
        self._watch.touched()
        self._save()  # does nothing where it is planned already: keys may never stop

    def _hidden(self, *_: Any) -> None:
        self.left()

    def _seen(self, *_: Any) -> None:
        self.back()

    # --- away and back ---

    def left(self) -> None:
        """The app goes out of sight: nothing of the user's may be shown from now on."""
        app = self._app
        app.leaving.finish()
        do = self._watch.left(pin=app.keeping.kept)
        if self._plain:
            return
        if app.keeping.locked:
            self._ask_anew()
        else:
            self._do(do)

    @property
    def _plain(self) -> bool:
        """Whether the page after a quick exit is shown: there is nothing to cover."""
        return getattr(self._app.stage.screen, "plain", False)

    def back(self) -> None:
        """It is in sight again. What is due is done before anything is shown."""
        if not self._watch.is_left:
            return
        self._app.clipboard.look()
        do = self._watch.back(pin=self._app.keeping.kept)
        self._do(do)
        if do is Do.NOTHING:
            self.uncover()

    def _looked(self, *_: Any) -> None:
        kept = self._app.keeping.kept
        if kept or self._watch.is_left:
            self._do(self._watch.look(pin=kept))

    def _do(self, do: Do) -> None:
        if do is Do.COVER:
            self.cover()
        elif do is Do.LOCK:
            self.lock()
        elif do is Do.FORGET:
            self._forgotten()

    # --- without a PIN ---

    def cover(self) -> None:
        """Shows a page without anything on it. `uncover` leads back."""
        screen = self._app.stage.screen
        if self._covered is None and screen is not None:
            from mobile.screens.cover import Cover

            self._covered = screen
            self._app.watching.stop()
            self._cover = Cover(go_on=self.uncover, sending=self._app.sending.on_its_way)
            self._app.show(self._cover)

    def holds(self, screen: Frame) -> bool:
        """Whether a screen has to wait behind the cover."""
        if self._covered is None or screen is self._cover:
            return False
        self._covered = screen
        return True

    def uncover(self) -> None:
        """Shows again what was covered."""
        screen, self._covered = self._covered, None
        if screen is not None:
            self._app.show(screen)
            self._app.watching.look()

    def _forgotten(self) -> None:
        """Away for too long, and nothing is kept: the first page, as if just started.

        What waits to be sent, and the words of a report that arrived, stay in the outbox.
        """
        app, plain = self._app, self._plain
        app.jobs.drop()
        app.saver.drop()
        app.leaving.forget(waiting=True)
        if not plain:
            app.start_page()

    # --- with a PIN ---

    def lock(self) -> None:
        """Shows the lock, then keeps what was typed and forgets the key and all in memory.

        Whatever goes wrong with one of these, the others are done.
        """
        from mobile.unlocking import Unlocking

        app = self._app
        if not app.keeping.kept:
            self.cover()
            return
        before, unlocking = (app.stage.screen, self.let_go()), Unlocking(app)
        try:
            app.stage.empty()
            unlocking.show_page()
        finally:
            app.leaving.keep()
            app.jobs.drop()
            app.saver.drop()
            app.leaving.forget(*before, clipboard=False)
        unlocking.ask()

    def _ask_anew(self) -> None:
        """Left while it was locked: a PIN that was typed before opens nothing any more."""
        app, before = self._app, self._app.stage.screen
        app.jobs.drop()
        app.connecting.drop()
        app.saver.drop()
        app.keeping.drop()
        app.start_page()
        if before is not None:
            before.forget()

    def ask(self) -> None:
        """Asks for the PIN."""
        from mobile.unlocking import Unlocking

        Unlocking(self._app).show()

    def let_go(self) -> Frame | None:
        """What was covered, which is not shown again."""
        covered, self._covered = self._covered, None
        return covered

    def forget(self) -> None:
        """Drops what is covered."""
        self._save.cancel()
        covered = self.let_go()
        if covered is not None:
            covered.forget()
