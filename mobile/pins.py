"""A PIN is set, changed, or joined by a second one that opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mobile import pin_questions as ask
from mobile.language import _
from mobile.questions import Question
from mobile.screens.decide import Decide
from mobile.screens.lock import LockPage
from mobile.screens.pin import PinPage

if TYPE_CHECKING:
    from mobile.app import WrenApp


class Pins:
    """Lives until `then()` is called: after it is done, or if it was left."""

    def __init__(self, app: WrenApp, then: Callable[[], None]) -> None:
        self._app, self._then = app, then
        self._page: PinPage | None = None
        self._confirming: LockPage | None = None

    def choose(self) -> None:
        """Says what a PIN means, then asks for one; nothing to ask if there is one."""
        from mobile.screens.keep import Keep

        if self._app.keeping.exists:
            self._then()
            return
        self._app.show(Keep(choose=self._first, back=self._then))

    def _first(self, tries: int) -> None:
        keeping = self._app.keeping
        self._ask(
            _("Your PIN"),
            _("Choose a PIN"),
            _("Six digits or more. Not a birthday: somebody who knows you would try that first."),
            lambda pin: self._run(
                partial(keeping.begin, pin, tries, keeping.turn),
                lambda _done: self._is_set(),
                self.choose,
            ),
            self.choose,
        )

    def _is_set(self) -> None:
        self._app.connecting.renew_outbox()
        self._app.save()
        self._tell(ask.kept(), self._then, self.second)

    def change(self) -> None:
        """Asks for the PIN that there is, then for another one.

        Else whoever picks up an open phone could lock its owner out, and keep what is in it.
        """
        page = LockPage(present=True, back=self._then, enter=self._confirm)
        self._confirming = page
        app = self._app
        app.show(page)
        app.saver.run(app.keeping.tries, lambda found: page.tell_tries(*found), self._not_right)

    def _confirm(self, pin: str) -> None:
        app, page = self._app, self._confirming
        if page is not None:
            page.busy = True
            work = partial(app.keeping.confirm, pin)
            app.saver.run(work, lambda _done: self._change(), self._not_right)

    def _not_right(self, error: BaseException) -> None:
        from mobile.app import plain
        from mobile.notebook import Wiped, WrongPin

        app, page = self._app, self._confirming
        if isinstance(error, Wiped):
            app.forget()
            self._tell(ask.wiped(tries=True), app.start_page)
        elif page is not None and isinstance(error, WrongPin):
            page.tell_tries(error.left, error.wait, wrong=True)
        elif page is not None:
            page.tell(plain(error))

    def _change(self) -> None:
        if self._confirming is not None:
            self._confirming.forget()
            self._confirming = None
        self._ask(
            _("Your PIN"),
            _("Choose another PIN"),
            _("Six digits or more."),
            lambda pin: self._run(
                partial(self._app.keeping.change_pin, pin),
                lambda _done: self._tell(ask.changed(), self._then),
                self._change,
            ),
            self._then,
        )

    def second(self) -> None:
        """Says what a second PIN does, then asks for it."""
        self._tell(ask.second(), self._second, self._then)

    def _second(self) -> None:
        self._ask(
            _("A second PIN"),
            _("Choose the second PIN"),
            _("Six digits or more, and not like your own PIN."),
            lambda pin: self._run(
                partial(self._app.keeping.set_empty, pin),
                lambda _done: self._tell(ask.second_kept(), self._then),
                self._second,
            ),
            self.second,
        )

    # --- pages ---

    def _ask(
        self,
        title: str,
        first: str,
        explained: str,
        chosen: Callable[[str], None],
        back: Callable[[], None],
    ) -> None:
        page = PinPage(title=title, first=first, explained=explained, back=back)
        page.check, page.chosen = self._wrong_with, chosen
        self._page = page
        self._app.show(page)

    def _wrong_with(self, pin: str) -> str:
        from mobile.notebook import WeakPin, check_pin

        try:
            check_pin(pin)
        except WeakPin as error:
            return _(error.detail)
        return ""

    def _run(
        self, work: Callable[[], Any], done: Callable[[Any], None], again: Callable[[], None]
    ) -> None:
        from mobile.app import plain

        page = self._page
        if page is None:
            return

        def failed(error: BaseException) -> None:
            page.back = again
            page.tell(plain(error))

        page.busy = True
        self._app.saver.run(work, done, failed)

    def _tell(
        self, question: Question, yes: Callable[[], None], other: Callable[[], None] | None = None
    ) -> None:
        if self._page is not None:
            self._page.forget()
            self._page = None
        page = Decide()
        page.show(question)
        page.has_back, page.yes, page.other = False, yes, other
        self._app.show(page)
