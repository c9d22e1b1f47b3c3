"""From the first step of a report to the eight words: which screen, what is sent, what if not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mobile.app import plain
from mobile.screens.report import Report
from mobile.screens.words import WordsPage
from shared.errors import Invalid, NoReader, ReadersChanged

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.reporter import Opened

CHANGED = "The people at this desk changed. Look again at who will read it, then send."


class Reporting:
    """Lives from the first step until the words were practised."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._words: WordsPage | None = None
        self._left_over = ""
        self._report: Report | None = Report(app.draft, app.known or {}, readers=self._readers)
        self._report.send, self._report.home = self.send, app.home

    def show(self) -> None:
        """Shows the words if they wait to be practised, else the report."""
        screen = self._words or self._report
        if screen is not None:
            self._app.show(screen)

    def _readers(self, desk: str) -> list[tuple[str, str]]:
        reporter = self._app.reporter
        return reporter.readers(desk) if reporter is not None else []

    def send(self) -> None:
        """Seals and sends, off the main thread. Again with the same answers: the same bytes."""
        from mobile.reporter import Answers

        reporter, page = self._app.reporter, self._report
        if reporter is None or page is None:
            return
        page.busy = True
        answers = Answers.of(self._app.draft)
        self._app.jobs.run(lambda: reporter.open(answers), self._opened, self._not_sent)

    def _not_sent(self, error: BaseException) -> None:
        page = self._report
        if page is None:
            return
        page.busy = False
        page.hint = ""  # "nothing has left this phone" is not known any more
        if isinstance(error, ReadersChanged):
            page.readers_changed(CHANGED)
        elif isinstance(error, NoReader):
            page.readers_changed(error.detail)
        elif isinstance(error, Invalid) and page.refused(flat(error.errors)):
            pass
        else:
            page.tell(plain(error), action="Try again", title="Not sent yet")

    def _opened(self, opened: Opened) -> None:
        self._left_over = self._app.draft.story if opened.earlier else ""
        if self._report is not None:
            self._report.forget()
        self._report = None
        self._app.draft.clear()
        token = opened.token
        self._words = WordsPage(
            token,
            reference=opened.reference,
            earlier=opened.earlier,
            copy=self._app.clipboard.put,
            talk=lambda: self._talk(token),
            done=self._done,
        )
        self._app.show(self._words)

    def _talk(self, token: str) -> None:
        from mobile.returning import Returning

        page = self._words
        if page is None:
            return
        page.busy = True
        self._app.returning = Returning(self._app, draft=self._left_over)
        self._app.returning.open(token, self._over, self._not_opened)

    def _not_opened(self, error: BaseException) -> None:
        if self._words is not None:
            self._words.busy = False
            self._words.tell(plain(error))

    def _done(self) -> None:
        self._over()
        self._app.home()

    def _over(self) -> None:
        """The words are kept by their owner now, and by nothing else."""
        self.forget()
        self._app.reporting = None
        self._app.clipboard.clear()

    def forget(self) -> None:
        """Empties its screens."""
        for page in (self._report, self._words):
            if page is not None:
                page.forget()
        self._report = self._words = None
        self._left_over = ""


def flat(errors: Mapping[str, Any]) -> dict[str, Any]:
    """Faults by the last part of their field's name, however deep it stands."""
    found: dict[str, Any] = {}
    for name, value in errors.items():
        if isinstance(value, Mapping):
            found |= flat(value)
        else:
            found[str(name)] = value
    return found
