"""Where a button leads: the pages of the app, each made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from mobile.language import _
from mobile.screens.welcome import Welcome

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.news import Told


class Going:
    """Lives as long as the app, whose methods of the same names lead here."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app

    # --- the first page ---

    def start_page(self) -> None:
        """What is shown first: the lock, the first screen, or the question for an address."""
        app = self._app
        if app.keeping.locked:
            app.locking.ask()
        elif not app.guide.way_known:
            self._ask_way()
        elif app.address:
            self.home()
        else:
            app.connecting.ask_address()

    def _ask_way(self) -> None:
        from mobile.asking_way import ask_way

        ask_way(self._app, self.start_page)

    def home(self) -> None:
        """The first screen."""
        app = self._app
        if app.keeping.locked:
            app.locking.ask()
            return
        if not app.guide.way_known:
            self._ask_way()
            return
        app.connecting.renew_outbox()
        app.place = ("home", "")
        welcome = app.welcome = app.welcome or self._welcome()
        self.signs()
        if app.stage.screen is not welcome:
            app.show(welcome)
        if app.drawn:
            welcome.rest()
            if app.organisation is None or not app.connecting.asked:
                app.connect()

    def _welcome(self) -> Welcome:
        app = self._app
        page = Welcome(
            report=app.report,
            words=app.words,
            cases=app.cases,
            waits=self._waits,
            guidance=app.guidance,
            reach=lambda contact: app.reach(contact, app.home),
            retry=app.connect,
            settings=app.settings,
        )
        if app.known is not None:
            page.show(app.known, app.trusting.fetched)
        return page

    def signs(self) -> None:
        """Shows on the first screen what is begun, kept, not sent, and new."""
        app, page = self._app, self._app.welcome
        if page is not None:
            reports = app.outbox.reports() if app.outbox is not None else ()
            page.started = bool(app.draft.report())
            page.kept = len(app.store.all("case")) + len(reports)
            page.unsent = app.outbox.unsent() if app.outbox is not None else 0
            page.news = app.watching.unread()

    def told(self, name: str, found: Told) -> None:
        """A kept case was asked about."""
        self.signs()
        for part in (self._app.listing, self._app.returning):
            if part is not None:
                part.told(name, found)

    def _waits(self) -> None:
        """To the one report that is not sent, or else to the list of all that waits."""
        app = self._app
        reports = app.outbox.reports() if app.outbox is not None else ()
        if len(reports) == 1 and app.outbox is not None and app.outbox.unsent() == 1:
            app.report(reports[0].name)
        else:
            app.cases()

    # --- guidance ---

    def guidance(self, slug: str = "") -> None:
        """Texts and contacts."""
        from mobile.screens.guidance import Guidance

        app = self._app
        page = Guidance(back=app.home, fetched=app.trusting.fetched())
        page.reach = lambda contact: app.reach(contact, partial(app.guidance, slug))
        page.show(app.known, slug)
        app.show(page)

    def outside(self, back: Callable[[], None]) -> None:
        """Others whom somebody can turn to: the contacts alone."""
        from mobile.screens.guidance import Guidance

        app = self._app
        page = Guidance(back=back, title=_("Outside help"), fetched=app.trusting.fetched())
        page.reach = lambda contact: app.reach(contact, partial(app.outside, back))
        page.show(app.known, contacts_only=True)
        app.show(page)

    def reach(self, contact: Mapping[str, Any], back: Callable[[], None]) -> None:
        """Asks before a call is made or a page is opened: both leave traces on the phone."""
        from mobile.reaching import reach

        reach(self._app, contact, back)

    # --- reports and cases ---

    def report(self, name: str = "") -> None:
        """Begins a report, or goes on with it; `name` is that of one in the outbox."""
        app = self._app
        if app.known is None or app.outbox is None:
            app.connect(then=lambda: app.report(name))
        elif app.outbox.item(name) is not None:
            self._report(name)
        else:
            app.trusting.before(lambda: self._report(""))

    def _report(self, name: str) -> None:
        app = self._app
        if app.reporting is None or (name and app.reporting.name != name):
            from mobile.reporting import Reporting

            app.reporting = Reporting(app, name)
        app.place = ("report", name)
        app.reporting.show()

    def words(self) -> None:
        """Comes back with eight words."""
        from mobile.returning import Returning

        self._app.returning = Returning(self._app)
        self._app.returning.show()

    def cases(self, name: str = "") -> None:
        """The cases that are kept here, and the one of this name; without any, asks for words."""
        from mobile.cases import Cases

        app = self._app
        reports = app.outbox.reports() if app.outbox is not None else ()
        if not (app.kept_cases.records() or reports):
            app.words()
            return
        if name and app.outbox is None:
            app.connect(then=lambda: app.cases(name))
            return
        app.listing = app.listing or Cases(app)
        app.listing.show()
        if name:
            app.listing.open(name)

    def cases_or_home(self) -> None:
        """The list, where there is something in it."""
        if self._app.kept_cases.records():
            self._app.cases()
        else:
            self._app.home()

    def messages(self, done: Callable[[bytes], None], back: Callable[[], None]) -> None:
        """Messages of WhatsApp; what was under way is dropped."""
        from mobile.messages import Messages

        if self._app.messages is None:
            self._app.messages = Messages(self._app)
        self._app.messages.bring(done, back)

    # --- what can be chosen ---

    def settings(self) -> None:
        """What can be chosen: language, colours, PIN, and what is kept."""
        from mobile.choosing import Choosing

        Choosing(self._app).show()

    def set_pin(self, then: Callable[[], None]) -> None:
        """Asks for a new PIN, and keeps things under it; `then()` is called after, or if not."""
        from mobile.pins import Pins

        if self._app.keeping.aside:
            self.unlock()
        else:
            Pins(self._app, then).choose()

    def unlock(self) -> None:
        """Asks for the PIN of what was left aside; before, whether what is begun may go."""
        from mobile import pin_questions
        from mobile.screens.decide import Decide

        app = self._app
        if not app.draft.report():
            self._unlock()
            return
        page = Decide(back=app.settings)
        page.show(pin_questions.unlock())
        page.yes, page.other = self._unlock, app.report
        app.show(page)

    def _unlock(self) -> None:
        app = self._app
        app.leaving.forget_pages()
        app.draft.clear()
        app.watching.stop()
        app.keeping.without = False
        self.start_page()
