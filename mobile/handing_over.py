"""Hands the eight words of a report over to their owner: on the screen, or kept under the PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mobile.app import plain
from mobile.screens.words import WordsPage
from shared.errors import WrenError

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.outbox import OutboxItem


class HandingOver:
    """`show()` leads back to where the report stands; `finished()` ends it once the words were
    practised, and returns what went wrong with that.

    `page` is for a report that arrived; before that the words can be looked at, no more.
    """

    def __init__(
        self, app: WrenApp, show: Callable[[], None], finished: Callable[[], str]
    ) -> None:
        self._app, self._show, self._finished = app, show, finished
        self._page: WordsPage | None = None
        self._early: WordsPage | None = None
        self._item: OutboxItem | None = None
        self._warned = False

    def show_early(self, item: OutboxItem) -> None:
        """Shows the words before the report arrived: to be written down while there is time."""
        self._early = WordsPage(
            item.words, arrived=False, copy=self._app.clipboard.put, done=self._seen
        )
        self._app.show(self._early)

    def is_early(self, screen: Any) -> bool:
        """Whether this screen shows words of a report that had not arrived."""
        return self._early is not None and screen is self._early

    def _seen(self) -> None:
        if self._early is not None:
            self._early.forget()
        self._early = None
        self._show()

    def page(self, item: OutboxItem) -> WordsPage:
        """The words of a report that arrived."""
        app = self._app
        if self._early is not None:
            self._early.forget()
        self._early, self._item = None, item
        page = WordsPage(
            item.words,
            reference=item.case,
            earlier=item.earlier,
            copy=app.clipboard.put,
            talk=lambda: self._sure(self._talk),
            done=lambda: self._sure(self._done),
            keep=self._keep,
        )
        page.can_keep = app.data is not None
        self._page, self._warned = page, False
        return page

    def _sure(self, then: Callable[[], None]) -> None:
        """Goes on; with a PIN it warns once that the words are gone with this page."""
        page = self._page
        if page is None or page.kept or self._warned or not self._app.keeping.kept:
            then()
            return
        from mobile.case_questions import not_kept
        from mobile.screens.decide import Decide

        self._warned = True
        asked = Decide(back=self._show)
        asked.show(not_kept())

        def go_on(*, keep: bool) -> None:
            self._show()
            if keep:
                self._keep()
            if page.kept or not keep:  # else it says why they could not be kept
                then()

        asked.yes, asked.other = lambda: go_on(keep=True), lambda: go_on(keep=False)
        self._app.show(asked)

    def _keep(self) -> None:
        """Keeps the words under the PIN; asks for one first, if there is none."""
        item, page = self._item, self._page
        if item is None or page is None:
            return
        if not self._app.keeping.kept:
            self._app.set_pin(self._pin_is_set)
            return
        try:
            self._app.kept_cases.add(item.words, item.case, item.organisation)
        except WrenError as error:
            page.tell(plain(error))
        else:
            page.kept = True

    def _pin_is_set(self) -> None:
        self._show()
        if self._app.keeping.kept:
            self._keep()

    def _talk(self) -> None:
        from mobile.returning import Returning

        item, page = self._item, self._page
        if item is None or page is None:
            return
        page.busy = True
        left_over = str(item.content["report"]["story"]) if item.earlier else ""
        returning = Returning(self._app, draft=left_over)
        self._app.returning = returning

        def opened() -> None:
            returning.not_kept = self._finished()

        def not_opened(error: BaseException) -> None:
            page.busy = False
            page.tell(plain(error))

        returning.open(item.words, opened, not_opened)

    def _done(self) -> None:
        wrong = self._finished()
        self._app.home()
        if wrong:
            self._app.stage.tell(wrong)

    def forget(self) -> None:
        """Empties its screens."""
        for page in (self._page, self._early):
            if page is not None:
                page.forget()
        self._page = self._early = self._item = None
