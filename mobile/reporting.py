"""From the first step of a report to the eight words: which screen, what is sent, what if not.

A report goes through the outbox: once *Send* was pressed it is an item there, and this only
shows what becomes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobile.app import plain
from mobile.evidence import REPORT, Pieces
from mobile.gathering import Gathering, text_for
from mobile.handing_over import HandingOver
from mobile.language import _, later
from mobile.looking_over import LookingOver
from mobile.outbox import DRAFT, REFUSED, SENT, Answers, OutboxItem
from mobile.screens.evidence import told
from mobile.screens.report import CHECK, Report
from mobile.screens.waiting import Waiting
from mobile.screens.words import WordsPage
from mobile.widgets.field_cache import forget_typing
from shared.errors import Invalid, NoReader, ReadersChanged, WrenError

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.outbox import Outbox

CHANGED = later("The people at this desk changed. Look again at who will read it, then send.")
ANOTHER = later("You have begun another report. Send that one first.")
ON_ITS_WAY = later("It is being sent just now. Wait a moment.")


class Reporting:
    """One report, from its first step until its words were practised.

    `name` is that of an item of the outbox; without one it is what is being written.
    """

    def __init__(self, app: WrenApp, name: str = "") -> None:
        self._app, self.name = app, name
        self._page: Report | Waiting | WordsPage | None = None
        self._handing = HandingOver(app, self.show, self._finished)
        self._looking = LookingOver(app)
        self.pieces = Pieces(
            lambda: app.store, REPORT, lambda: (app.known or {}).get("limits", {})
        )
        self._gathering = Gathering(app, self.pieces, self._with_pieces)
        if not name:
            self._find_taken_back()

    @property
    def _outbox(self) -> Outbox:
        outbox = self._app.outbox
        if outbox is None:
            raise RuntimeError("there is an outbox once the organisation is known")
        return outbox

    @property
    def _item(self) -> OutboxItem | None:
        return self._outbox.item(self.name) if self.name else None

    def _find_taken_back(self) -> None:
        """A report that was taken back goes on as what is being written."""
        found = [one for one in self._outbox.reports() if one.state == DRAFT]
        if found:
            self.name = found[0].name
            if not self._app.draft.report():
                self._take(found[0])

    def _take(self, item: OutboxItem) -> None:
        found = Answers.from_record(item.content).draft()
        found.hours, found.step = item.hours, CHECK
        self._app.draft.take(found.record() or {})
        try:
            self._outbox.recall(item.name)
        except WrenError as error:  # they go with it as they are
            self._app.tell(error)

    # --- which screen ---

    def show(self) -> None:
        """Shows where it stands."""
        app, item, page = self._app, self._item, self._page
        app.place = ("report", self.name)
        if item is None or item.state == DRAFT:
            shown: Any = page if isinstance(page, Report) else self._write()
            shown.kept = app.keeping.kept
        elif item.state == SENT:
            shown = page if isinstance(page, WordsPage) else self._handing.page(item)
        elif item.state == REFUSED:
            self._refused(item)
            return
        else:
            shown = page if isinstance(page, Waiting) else self._wait()
            shown.kept = app.keeping.kept
            shown.show(item)
        self._show(shown)

    def _show(self, page: Report | Waiting | WordsPage) -> None:
        if self._page is not None and self._page is not page:
            self._page.forget()
        self._page = page
        if self._app.stage.screen is not page:
            self._app.show(page)

    def sent(self, _items: tuple[OutboxItem, ...]) -> None:
        """The outbox has tried: shows what came of it, if that is being looked at."""
        screen, item = self._app.stage.screen, self._item
        if item is None or screen is None:
            return
        early = self._handing.is_early(screen) and item.state == SENT
        if early or (screen is self._page and isinstance(screen, Waiting)):
            self.show()

    def _home(self) -> None:
        """Leaves it; what waits goes on waiting."""
        if isinstance(self._page, Waiting):
            self.forget()
            self._app.reporting = None
        self._app.home()

    # --- writing ---

    def _write(self) -> Report:
        app, item = self._app, self._item
        page = Report(app.draft, app.known or {}, readers=self._readers)
        page.send, page.home = self.send, app.home
        page.evidence = self._gathering.show
        page.pieces = lambda: told(self.pieces.all())
        page.look_over = lambda then: self._looking.report(page, then)
        page.set_pin = lambda: app.set_pin(self.show)
        page.can_keep = app.data is not None
        page.sent_before = item is not None and item.may_have_arrived
        if item is None:
            app.holding.begin()
        return page

    def _with_pieces(self) -> None:
        """From the page of evidence back to the report, which tells what there is now."""
        self.show()
        page = self._page
        if isinstance(page, Report) and page.step == CHECK:
            page.part(CHECK).arrive()

    def _readers(self, desk: str) -> list[tuple[str, str]]:
        organisation = self._app.organisation
        return organisation.readers(desk) if organisation is not None else []

    def send(self) -> None:
        """Puts it into the outbox, which seals and sends it off the main thread."""
        app, page = self._app, self._page
        answers, hours = Answers.of(app.draft), app.draft.hours
        try:
            if self._item is not None:
                self._outbox.recall(self.name)
            pieces = self.pieces.all()
            text = text_for(len(pieces))
            if self._item is None:
                held = app.holding.take()
                self.name = self._outbox.put_report(answers, hours, pieces, text, held)
            else:
                self._outbox.again(self.name, answers, hours, pieces, text)
        except WrenError as error:
            if isinstance(page, Report):
                page.tell(plain(error), title=_("Not sent"))
            return
        app.draft.clear()
        app.save()
        self.show()
        app.sending.look()

    def _refused(self, item: OutboxItem) -> None:
        """Back to the step where something has to be done."""
        organisation = self._app.organisation
        if organisation is not None and organisation.changes:
            self._app.trusting.before(self.show)
            return
        if not isinstance(self._page, Report):
            if self._app.draft.report():
                self._app.home()
                self._app.stage.tell(_(ANOTHER))
                return
            self._take(item)
            self._show(self._write())
        page = self._page
        if not isinstance(page, Report):
            return
        self._app.show(page)
        page.hint = ""
        if item.code == ReadersChanged.code:
            page.readers_changed(_(CHANGED))
        elif item.code == NoReader.code:
            page.readers_changed(_(item.why))
        elif item.code == Invalid.code and page.refused(item.errors):
            pass
        else:
            page.go_to(CHECK)
            page.tell(_(item.why), action=_("Try again"), title=_("Not sent yet"))

    # --- waiting ---

    def _wait(self) -> Waiting:
        app = self._app
        page = Waiting(due=lambda: self._outbox.due_in(self.name), back=self._home)
        page.look = lambda: self._item
        page.can_keep = app.data is not None
        page.now, page.change, page.discard = self._now, self._change, self._ask_discard
        page.see_words = self._see_words
        page.set_pin = lambda: app.set_pin(self.show)
        return page

    def _now(self) -> None:
        try:
            self._outbox.send_now(self.name)
        except WrenError as error:  # it goes at the time that was chosen
            self._app.tell(error)
            return
        self._outbox.hurry()
        self._app.sending.look()
        self.show()

    def _change(self) -> None:
        app, page, item = self._app, self._page, self._item
        if item is None or not isinstance(page, Waiting):
            return
        if app.draft.report():
            page.tell(_(ANOTHER))
            return
        try:
            taken = self._outbox.take_back(self.name)
        except WrenError as error:
            page.tell(plain(error))
            return
        if taken:
            self._take(item)
            self.show()
        else:
            page.tell(_(ON_ITS_WAY))

    def _ask_discard(self) -> None:
        from mobile.case_questions import discard
        from mobile.screens.decide import Decide

        item = self._item
        if item is None:
            return
        page = Decide(back=self.show)
        page.show(discard(may_have_arrived=item.may_have_arrived))
        page.yes, page.other = self._discard, self.show
        self._app.show(page)

    def _discard(self) -> None:
        try:
            self._outbox.discard(self.name)
        except WrenError as error:
            self._app.tell(error)
            return
        self._over()
        self._app.home()

    # --- the words ---

    def _see_words(self) -> None:
        item = self._item
        if item is not None:
            self._handing.show_early(item)

    def _finished(self) -> str:
        """The words are kept by their owner now, or under the PIN, and by nothing else.

        Says what went wrong: then they stay in the list, to be finished again.
        """
        wrong = ""
        try:
            self._outbox.finish(self.name)
        except WrenError as error:
            wrong = plain(error)
        self._over()
        return wrong

    def _over(self) -> None:
        self.forget()
        self.name = ""
        self._app.reporting = None
        self._app.clipboard.clear()

    def forget(self) -> None:
        """Empties its screens."""
        if self._page is not None:
            self._page.forget()
        self._handing.forget()
        self._looking.forget()
        self._gathering.forget()
        self._page = None
        forget_typing()
