"""The list of cases: opens them, adds, names and removes them, and shows what is new."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mobile.app import plain
from mobile.case_questions import remove
from mobile.language import _, count
from mobile.opening import DOES_NOT_HOLD, stop
from mobile.outbox import DRAFT, REFUSED, SENT, OutboxItem
from mobile.screens.cases import CasesPage, Shown
from mobile.screens.decide import Decide
from mobile.screens.kept_case import KeptCasePage
from shared.errors import WrenError

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.kept_cases import KeptCase
    from mobile.news import Told
    from mobile.widgets.page import Frame


class Cases:
    """Lives while the list, or a page about one of it, is shown."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._page: CasesPage | None = None
        self._other: Frame | None = None

    def show(self) -> None:
        """Shows the list."""
        app = self._app
        app.place = ("cases", "")
        if self._page is None:
            self._page = CasesPage(back=self._home)
            self._page.open_case, self._page.open_report = self.open, self._report
            self._page.more, self._page.add = self._more, app.words
        self._page.busy, self._page.kept = False, app.keeping.kept
        self._hush()
        self._fill()
        app.show(self._page)

    def _home(self) -> None:
        self.forget()
        self._app.listing = None
        self._app.home()

    # --- what it shows ---

    def _fill(self) -> None:
        app = self._app
        if self._page is not None:
            reports = app.outbox.reports() if app.outbox is not None else ()
            self._page.show(
                [self._case(one) for one in app.kept_cases.all()],
                [_report(one) for one in reports],
            )

    def _case(self, one: KeptCase) -> Shown:
        told = self._app.watching.of(one.name)
        about = [one.reference] if one.label else []
        known = self._app.organisation
        if known is None or known.address != one.organisation:
            kept = self._app.guide.organisations.get(one.organisation)
            about.append(kept.name if kept is not None else one.organisation)
        sign = ""
        if told is not None and told.gone:
            sign = _("Its words open nothing any more.")
        elif told is not None and told.unread:
            sign = count("{n} new reply", "{n} new replies", told.unread)
        news = told is not None and told.unread > 0
        icon = "email" if news else "feather"
        return Shown(one.name, one.title, "\n".join(about), sign, self._waits(one), icon, news)

    def _waits(self, one: KeptCase) -> str:
        outbox = self._app.outbox
        items = outbox.of_case(one.reference, one.organisation) if outbox is not None else ()
        unsent = sum(item.state != SENT for item in items)
        if unsent:
            return count("{n} message is not sent yet", "{n} messages are not sent yet", unsent)
        return _("A reply is begun") if self._app.kept_cases.typed(one.name) else ""

    def sent(self, _items: tuple[OutboxItem, ...]) -> None:
        """The outbox has tried."""
        self._fill()

    def told(self, _name: str, _found: Told) -> None:
        """A case was asked about: the line is there."""
        self._hush()
        self._fill()

    def _hush(self) -> None:
        if self._page is not None:
            self._page.hush()

    # --- what can be done ---

    def open(self, name: str) -> None:
        """Opens a case with the words that are kept."""
        from mobile.returning import Returning

        app, case, page = self._app, self._app.kept_cases.get(name), self._page
        if case is None or page is None or page.busy:
            return
        page.busy = True
        page.hush()
        app.returning = Returning(app)
        app.returning.open_kept(case, partial(self._not_opened, page, case))

    def _not_opened(self, page: CasesPage, case: KeptCase, error: BaseException) -> None:
        app = self._app
        page.busy = False
        if isinstance(error, DOES_NOT_HOLD):
            mend = partial(self._mend, page, case)
            stop(app, error, lambda _page: self.show(), self.show, mend)
            return
        if app.stage.screen is not page:  # mending failed: that is told on the list
            app.show(page)
        page.tell(plain(error))

    def _mend(self, page: CasesPage, case: KeptCase, shown: Decide) -> None:
        shown.busy = True
        returning = self._app.returning
        if returning is not None:
            returning.open_kept(case, partial(self._not_opened, page, case), mend=True)

    def _report(self, name: str) -> None:
        self._app.report(name)

    def _more(self, name: str) -> None:
        case = self._app.kept_cases.get(name)
        if case is None:
            return
        page = KeptCasePage(case.label, reference=case.reference, back=self.show)
        page.named = lambda label: self._rename(page, name, label)
        page.remove = partial(self._ask_remove, name)
        self._other = page
        self._app.show(page)

    def _rename(self, page: KeptCasePage, name: str, label: str) -> None:
        try:
            self._app.kept_cases.rename(name, label)
        except WrenError as error:
            page.tell(plain(error))
        else:
            self.show()

    def _ask_remove(self, name: str) -> None:
        app, case = self._app, self._app.kept_cases.get(name)
        if case is None:
            return
        items = app.outbox.of_case(case.reference, case.organisation) if app.outbox else ()
        page = Decide(back=partial(self._more, name))
        page.show(remove(case.title, len(items)))
        page.other = page.back
        page.yes = lambda: self._remove(page, case)
        self._other = page
        app.show(page)

    def _remove(self, page: Decide, case: KeptCase) -> None:
        app = self._app
        try:
            if app.outbox is not None:
                for item in app.outbox.of_case(case.reference, case.organisation):
                    app.outbox.discard(item.name)
            app.kept_cases.remove(case.name)
        except WrenError as error:
            page.tell(plain(error))
        else:
            self.show()

    def forget(self) -> None:
        """Empties its screens."""
        for page in (self._page, self._other):
            if page is not None:
                page.forget()
        self._page = self._other = None


def _report(item: OutboxItem) -> Shown:
    """A report of the outbox: what it waits for."""
    begun = " ".join(str(item.content["report"].get("story", "")).split())
    about = begun if len(begun) <= 60 else f"{begun[:60].rstrip()}\u2026"
    if item.state == SENT:
        sign = _("It has arrived. Keep its eight words.")
        return Shown(item.name, item.case, about, sign, "", "check-circle", news=True)
    title = _("A report")
    if item.state == REFUSED:
        waits = _("Not sent. Look at it.")
    elif item.state == DRAFT:
        waits = _("Taken back to be changed. Not sent.")
    elif item.delayed:
        waits = _("Goes at a random time")
    else:
        waits = _("Waiting to be sent")
    return Shown(item.name, title, about, "", waits, "clock")
