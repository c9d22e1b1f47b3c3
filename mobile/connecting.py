"""Where to report to: asks for the address, fetches the directory, and tells what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from shared.errors import BadAddress

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.organisation import Organisation


class Connecting:
    """Lives as long as the app. `asked`: the line was asked about the organisation in use."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self.asked = False
        self._busy = False
        self._then: Callable[[], None] | None = None

    def ask_address(self) -> None:
        """Shows the organisations that are known here, and asks for another one."""
        from mobile.adding import Adding

        Adding(self._app).ask()

    def connect(self, then: Callable[[], None] | None = None) -> None:
        """Shows what is kept, then fetches; what was asked for meanwhile comes after it."""
        app = self._app
        self._then = then or self._then
        if app.welcome is not None:
            app.welcome.busy = self._then is not None
        if not self._busy:
            self._busy = self.asked = True
            app.jobs.run(self._find, self._found, self._not_connected)

    def prepare(self) -> None:
        """While a PIN is typed: reads what is kept of the organisation in clear, and asks nobody.

        So that what comes after the lock waits for nothing.
        """
        app = self._app
        if app.organisation is None and app.address and app.guide.way_known:
            app.jobs.run(self._find, self._prepared, lambda _error: None)

    def _prepared(self, organisation: Organisation) -> None:
        app = self._app
        if app.organisation is None:
            app.organisation = organisation
            app.known = app.known or organisation.directory

    def drop(self) -> None:
        """Nothing that is under way is told any more."""
        self._busy, self._then = False, None
        if self._app.welcome is not None:
            self._app.welcome.busy = False

    def _find(self) -> Organisation:
        import mobile.outbox  # noqa: F401 - loaded here, off the main thread

        app = self._app
        return app.organisation or self.make_organisation(app.address)

    def _found(self, organisation: Organisation) -> None:
        app = self._app
        app.organisation = organisation
        self.renew_outbox()
        if organisation.directory is not None and app.known is None:
            self._show(organisation.directory)
        if app.known is not None:  # what is kept is enough to begin with
            self._go_on()
        app.jobs.run(organisation.connect, self._connected, self._not_connected)

    def _go_on(self) -> None:
        """Does what was asked for, unless something else was chosen meanwhile."""
        app, then = self._app, self._then
        self._then = None
        if app.welcome is not None:
            app.welcome.busy = False
        if then is not None and app.stage.screen is app.welcome:
            then()

    def _connected(self, directory: Mapping[str, Any]) -> None:
        app, then = self._app, self._then
        if app.organisation is not None:
            app.guide.use(app.organisation.address)
        self.drop()
        if app.welcome is None:
            app.home()
        self._show(directory)
        if then is not None and app.stage.screen is app.welcome:
            then()

    def _show(self, directory: Mapping[str, Any]) -> None:
        self._app.known = directory
        if self._app.welcome is not None:
            self._app.welcome.show(directory, self._app.trusting.fetched)

    def make_organisation(self, address: str) -> Organisation:
        """What is known of an organisation. Imports much: off the main thread."""
        from mobile.organisation import Organisation

        app = self._app
        if app.client is None:
            return Organisation(address, app.guide)
        return Organisation(address, app.guide, app.client)

    def renew(self) -> None:
        """Connects anew: nothing goes the way it went until now."""
        self._let_go()
        self.connect()

    def use(self, address: str, organisation: Organisation | None = None) -> None:
        """Makes an organisation the one in use; one that just answered is given too.

        What is being written stays, but for the choice of who reads it.
        """
        app = self._app
        self._let_go()
        if app.reporting is not None:
            app.reporting.forget()
        app.reporting = app.welcome = app.known = None
        app.draft.no_readers()
        app.address, app.organisation = address, organisation
        app.guide.use(address)
        self.asked = organisation is not None
        if organisation is not None:
            self.renew_outbox()
            app.known = organisation.directory

    def _let_go(self) -> None:
        app = self._app
        app.jobs.drop()
        app.holding.drop()
        self.drop()
        app.sending.drop()
        if app.outbox is not None:
            app.outbox.forget()
        app.watching.stop()
        app.organisation = app.outbox = None
        self.asked = False

    def renew_outbox(self) -> None:
        """Makes the outbox of what is in the store now, once the organisation is known."""
        app = self._app
        if app.outbox is not None:
            app.outbox.use(app.store)
        elif app.organisation is not None and not app.keeping.locked:
            from mobile.outbox import Outbox

            app.outbox = Outbox(app.store, app.organisation, self.make_organisation)
            app.watching.look()

    def _not_connected(self, error: BaseException) -> None:
        from mobile.app import plain

        app = self._app
        self.drop()
        if isinstance(error, BadAddress):
            from mobile.adding import Adding

            Adding(app).ask(plain(error))
        elif app.welcome is not None and not self._stopped(error):
            app.welcome.trouble(plain(error))

    def _stopped(self, error: BaseException) -> bool:
        app = self._app

        def again() -> None:
            app.home()
            self.connect()

        return app.stage.screen is app.welcome and app.trusting.stop(error, again)
