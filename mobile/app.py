"""The app: wires screens, background work and the reporter together, once."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.core.window import Window

from mobile.background import Jobs, Worker
from mobile.clipboard import Clipboard
from mobile.draft import Draft
from mobile.screens.welcome import Welcome
from mobile.stage import Stage
from mobile.theme import theme
from mobile.widgets.field_cache import forget_typing
from shared.errors import BadAddress, BrokenChain, WrenError

if TYPE_CHECKING:  # the first frame doesn't wait for requests and cryptography
    from mobile.reporter import Reporter
    from mobile.reporting import Reporting
    from mobile.returning import Returning
    from mobile.widgets.page import Frame

BROKEN = "Something went wrong in the app. What you wrote is still here: try again."
DOES_NOT_CHECK = (
    "The signed list of people who can read this does not check. Write nothing here for now."
)
ESCAPE = 27


def make_reporter(address: str) -> Reporter:
    """The real one, imported when it is first needed."""
    from mobile.reporter import Reporter

    return Reporter(address)


class WrenApp(App):
    """`address` is a URL or the text of a QR code; empty asks for it."""

    title = "Wren"

    def __init__(
        self,
        address: str = "",
        jobs: Worker | None = None,
        clipboard: Clipboard | None = None,
        make: Callable[[str], Reporter] = make_reporter,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.address = address
        self.jobs: Worker = jobs or Jobs()
        self.clipboard = clipboard or Clipboard()
        self.make = make
        self.draft = Draft()
        self.reporter: Reporter | None = None
        self.known: Mapping[str, Any] | None = None
        self.stage = Stage()
        self.welcome: Welcome | None = None
        self.reporting: Reporting | None = None
        self.returning: Returning | None = None

    # --- Kivy's own calls ---

    def build(self) -> Stage:
        """The first screen; the network waits until it was drawn."""
        # The ground of every screen: drawing it as well would cost a frame's worth of time.
        Window.clearcolor = theme.paper
        theme.bind(paper=lambda _theme, paper: setattr(Window, "clearcolor", paper))
        Window.softinput_mode = "resize"
        Window.bind(on_keyboard=self._key)
        if self.address:
            self.home()
            Window.bind(on_flip=self._drawn)
        else:
            self.ask_address()
        return self.stage

    def _drawn(self, *_: Any) -> None:
        Window.unbind(on_flip=self._drawn)
        if self.welcome is not None:
            self.welcome.rest()
        self.connect()

    def _key(self, _window: Any, key: int, *_: Any) -> bool:
        if key == ESCAPE and self.stage.screen is not None:
            self.stage.screen.go_back()
        return key == ESCAPE

    def on_stop(self) -> None:
        """Leaves nothing behind, on the clipboard neither."""
        self.jobs.drop()
        self.clipboard.clear()

    # --- where to go ---

    def show(self, screen: Frame) -> None:
        """Shows a screen, with the quick exit that every one of them has."""
        screen.leave = self.quick_exit
        self.stage.show(screen)

    def home(self) -> None:
        """The first screen."""
        if self.welcome is None:
            self.welcome = Welcome(
                report=self.report, words=self.words, guidance=self.guidance, retry=self.connect
            )
            if self.known is not None:
                self.welcome.show(self.known)
        self.welcome.started = bool(self.draft.report())
        self.show(self.welcome)

    def ask_address(self) -> None:
        """Asks where to report to."""
        from mobile.screens.address import AddressPage

        self.show(AddressPage(use=self.use_address, paste=self.clipboard.paste))

    def use_address(self, text: str) -> None:
        """Takes an address that was typed or pasted, once something of Wren answers there."""
        self.address = text
        self.connect()

    def guidance(self, slug: str = "") -> None:
        """Texts and contacts."""
        from mobile.screens.guidance import Guidance

        page = Guidance(back=self.home)
        page.show(self.known, slug)
        self.show(page)

    def outside(self, back: Callable[[], None]) -> None:
        """Others whom somebody can turn to: the contacts alone."""
        from mobile.screens.guidance import Guidance

        page = Guidance(back=back, title="Outside help")
        page.show(self.known, contacts_only=True)
        self.show(page)

    def report(self) -> None:
        """Begins a report, or goes on with it."""
        if self.known is None:
            self.connect(then=self.report)
            return
        if self.reporting is None:
            from mobile.reporting import Reporting

            self.reporting = Reporting(self)
        self.reporting.show()

    def words(self) -> None:
        """Comes back with eight words."""
        from mobile.returning import Returning

        self.returning = Returning(self)
        self.returning.show()

    # --- the organisation ---

    def connect(self, then: Callable[[], None] | None = None) -> None:
        """Fetches the directory; what was asked for meanwhile comes after it."""
        if self.welcome is not None:
            self.welcome.busy = then is not None
        self.jobs.run(self._connect, partial(self._connected, then), self._not_connected)

    def _connect(self) -> tuple[Reporter, Mapping[str, Any]]:
        reporter = self.reporter or self.make(self.address)
        return reporter, reporter.connect()

    def _connected(
        self, then: Callable[[], None] | None, found: tuple[Reporter, Mapping[str, Any]]
    ) -> None:
        self.reporter, self.known = found
        if self.welcome is None:
            self.home()
        if self.welcome is not None:
            self.welcome.busy = False
            self.welcome.show(self.known)
        if then is not None and self.stage.screen is self.welcome:
            then()

    def _not_connected(self, error: BaseException) -> None:
        text = plain(error)
        screen = self.stage.screen
        if self.welcome is None and screen is not None and hasattr(screen, "refused"):
            screen.refused(text)
            return
        if isinstance(error, BadAddress):
            self.welcome = None
            self.ask_address()
            self._not_connected(error)
        elif self.welcome is not None:
            self.welcome.busy = False
            self.welcome.trouble(text)

    # --- away ---

    def forget(self) -> None:
        """Drops everything of the user's from memory and from the clipboard."""
        for part in (self.reporting, self.returning):
            if part is not None:
                part.forget()
        self.reporting = self.returning = None
        self.draft.clear()
        if self.reporter is not None:
            self.reporter.forget()
            self.reporter = self.reporter.renewed()
        self.clipboard.clear()
        forget_typing()
        gc.collect()

    def quick_exit(self) -> None:
        """Away at once: nothing of the user's is left, and a plain page is shown.

        From the plain page it closes the app, so that pressing twice is right too.
        """
        from mobile.screens.guidance import Guidance

        screen = self.stage.screen
        if isinstance(screen, Guidance) and screen.plain:
            self.stop()
            return
        page = Guidance(back=self.home if self.address else self.ask_address, plain=True)
        page.show(self.known)
        self.show(page)
        self.jobs.drop()
        self.forget()


def plain(error: BaseException) -> str:
    """The sentence for people about an error; never its insides."""
    if isinstance(error, BrokenChain):
        return DOES_NOT_CHECK
    return error.detail if isinstance(error, WrenError) else BROKEN
