"""From the lock to where one was: the PIN, and what to do if the notebook doesn't open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mobile import pin_questions as ask
from mobile.language import _, later
from mobile.questions import Question
from mobile.screens.lock import LockPage

if TYPE_CHECKING:
    from mobile.app import WrenApp

NOT_KEPT = later("What you typed last could not be kept: this phone has no room.")


class Unlocking:
    """Lives until the notebook is open, or left aside."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._page: LockPage | None = None

    def show(self) -> None:
        """Asks for the PIN, where one is needed."""
        if self._app.keeping.locked:
            self.show_page()
            self.ask()
        else:
            self._app.start_page()

    def show_page(self) -> None:
        """The page alone: what is open may still have to be kept."""
        self._page = LockPage(enter=self._enter, stuck=self._stuck)
        self._app.show(self._page)

    def ask(self) -> None:
        """How many tries there are; and says if what was typed last could not be kept."""
        app, page = self._app, self._page
        if page is None:
            return
        if app.locking.lost:
            page.tell(_(NOT_KEPT))
        app.saver.run(app.keeping.tries, lambda found: page.tell_tries(*found), self._failed)

    def _enter(self, pin: str) -> None:
        app = self._app
        if self._page is not None:
            self._page.busy = True
        work = partial(app.keeping.unlock, pin, app.keeping.turn)
        app.saver.run(work, lambda _done: self._opened(), self._failed)

    def _failed(self, error: BaseException) -> None:
        from mobile.app import plain
        from mobile.notebook import BrokenNotebook, InUse, NewerNotebook, Wiped, WrongPin

        page = self._page
        if isinstance(error, Wiped):
            self._app.forget()
            self._tell(ask.wiped(tries=True), self._app.start_page)
        elif isinstance(error, (BrokenNotebook, InUse, NewerNotebook)):
            self._trouble(plain(error))
        elif page is not None and isinstance(error, WrongPin):
            page.tell_tries(error.left, error.wait, wrong=True)
        elif page is not None:
            page.tell(plain(error))

    # --- open ---

    def _opened(self) -> None:
        app = self._app
        if self._page is not None:
            self._page.forget()
            self._page = None
        app.locking.touched()
        app.locking.lost = False
        app.connecting.renew_outbox()
        app.watching.look()
        app.draft.take(app.store.get("draft", "report") or {})
        if app.keeping.unreadable:
            self._tell(ask.damaged(app.keeping.unreadable), self._lead_back)
        else:
            self._lead_back()

    def _lead_back(self) -> None:
        """Where one was before it was locked."""
        app = self._app
        place = app.store.get("place", "last") or {}
        where, name = str(place.get("where")), str(place.get("name", ""))
        app.home()
        if where == "report":
            app.report(name)
        elif where == "cases":
            app.cases(name)

    # --- it does not open ---

    def _decide(
        self,
        question: Question,
        yes: Callable[[], None],
        other: Callable[[], None] | None = None,
        back: Callable[[], None] | None = None,
    ) -> Any:
        from mobile.screens.decide import Decide

        page = Decide(back=back)
        page.show(question)
        page.yes, page.other = yes, other
        self._app.show(page)
        return page

    def _tell(self, question: Question, go_on: Callable[[], None]) -> None:
        self._decide(question, go_on)

    def _trouble(self, why: str) -> None:
        self._decide(ask.trouble(why), self.show, partial(self._ways, partial(self._trouble, why)))

    def _stuck(self) -> None:
        self._ways(self.show)

    def _ways(self, back: Callable[[], None]) -> None:
        from mobile.screens.pick import Pick

        page = Pick(title=_("Wren"), heading=_("What else you can do"), back=back)
        page.picked = lambda way: self._take(str(way["code"]), back)
        page.show(ask.ways(), "", "")
        self._app.show(page)

    def _take(self, way: str, back: Callable[[], None]) -> None:
        if way == "without":
            self._app.keeping.without = True
            self._app.start_page()
            return
        again = partial(self._ways, back)
        page = self._decide(ask.wipe(), self._erase, again, again)
        self._erasing = page

    def _erase(self) -> None:
        from mobile.app import plain

        app, page = self._app, self._erasing
        page.busy = True
        app.saver.run(
            app.keeping.wipe,
            lambda _done: self._tell(ask.wiped(tries=False), app.start_page),
            lambda error: page.tell(plain(error)),
        )
