"""Where to report to: asks for the address, fetches the directory, and tells what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.errors import BadAddress

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.organisation import Organisation
    from mobile.reporter import Reporter


class Connecting:
    """Lives as long as the app."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app

    def ask_address(self) -> None:
        """Asks where to report to."""
        from mobile.screens.address import AddressPage

        app = self._app
        app.show(AddressPage(use=self.use_address, paste=app.clipboard.paste))

    def use_address(self, text: str) -> None:
        """Takes an address that was typed or pasted, once something of Wren answers there."""
        self._app.address, self._app.organisation = text, None
        self.connect()

    def connect(self, then: Callable[[], None] | None = None) -> None:
        """Fetches the directory; what was asked for meanwhile comes after it."""
        app = self._app
        if app.welcome is not None:
            app.welcome.busy = then is not None
        app.jobs.run(self._connect, partial(self._connected, then), self._not_connected)

    def _connect(self) -> tuple[Organisation, Reporter, Mapping[str, Any]]:
        app = self._app
        organisation = app.organisation or app.make_organisation(app.address)
        organisation.connect()
        reporter = app.reporter or app.make(app.address)
        return organisation, reporter, reporter.connect()

    def _connected(
        self,
        then: Callable[[], None] | None,
        found: tuple[Organisation, Reporter, Mapping[str, Any]],
    ) -> None:
        app = self._app
        app.organisation, app.reporter, app.known = found
        app.guide.use(found[0].address)
        if app.welcome is None:
            app.home()
        if app.welcome is not None:
            app.welcome.busy = False
            app.welcome.show(app.known)
        if then is not None and app.stage.screen is app.welcome:
            then()

    def _not_connected(self, error: BaseException) -> None:
        from mobile.app import plain

        app = self._app
        text, screen = plain(error), app.stage.screen
        if app.welcome is None and screen is not None and hasattr(screen, "refused"):
            screen.refused(text)
            return
        if isinstance(error, BadAddress):
            app.welcome = None
            self.ask_address()
            self._not_connected(error)
        elif app.welcome is not None:
            app.welcome.busy = False
            app.welcome.trouble(text)
