"""Before something is sent: looks for what may point at its writer, and shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from mobile.draft import TEXTS
from mobile.language import count
from mobile.screens.pointing import Pointing

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.pointing import Finding
    from mobile.screens.conversation import Conversation
    from mobile.screens.piece import PiecePage
    from mobile.screens.report import Report

Found = Mapping[str, "list[Finding]"]
REPLY, WORDS = "reply", "words"
LOW = 640
"""In a window lower than this (sp) there is no room for a banner over the box."""


class LookingOver:
    """For one report or one case. What was left as it is, is kept as long as this is."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._left: set[tuple[str, ...]] = set()
        self._many = ""
        self._page: Pointing | None = None

    def report(self, report: Report, then: Callable[[], None]) -> None:
        """Shows what a report has; `then` goes on to its check."""
        page = self._page = Pointing(back=lambda: self._app.show(report))
        page.progress, page.subtitle = report.progress, report.subtitle
        page.leave_it, page.chose = self._left.add, self._chose
        page.change = partial(self._to_report, report, then)
        page.put = report.add_who_knows
        page.then = lambda: self._over(report, then)
        self._app.show(page)
        draft = report.draft
        texts = {
            name: getattr(draft, name)
            for name in TEXTS
            if name != "immediate_danger" or draft.in_danger
        }
        self._look(
            texts,
            lambda found: self._shown(page, texts, found),
            lambda _error: page.could_not(),
        )

    def _shown(self, page: Pointing, texts: Mapping[str, str], found: Found) -> None:
        if self._page is page:  # else it was left meanwhile, and nothing comes back into it
            page.show(texts, found, self._left, self._many)

    def _chose(self, code: str) -> None:
        self._many = code

    def _over(self, report: Report, then: Callable[[], None]) -> None:
        self._app.show(report)
        self._close()
        then()

    def _to_report(
        self, report: Report, then: Callable[[], None], field: str, start: int, end: int
    ) -> None:
        self._app.show(report)
        self._close()
        report.to_words(field, start, end, lambda: self.report(report, then))

    def reply(self, page: Conversation, text: str) -> None:
        """Hands a reply over, or says first what it has; pressed again after that it goes."""
        texts = {REPLY: text}
        looked = partial(self._reply_looked, page, texts)
        self._look(texts, looked, lambda _error: page.hand_over())  # the check stops nobody

    def _reply_looked(self, page: Conversation, texts: Mapping[str, str], found: Found) -> None:
        from kivy.metrics import sp

        from mobile.pointing import groups

        banner = page.ids.pointing
        if page.ids.box.text.strip() != texts[REPLY]:
            return  # it was changed meanwhile: not what was looked at
        fresh = [one for one in groups(found) if one.key not in self._left]
        if not fresh:
            page.hand_over()
            return
        self._left.update(one.key for one in fresh)
        page.look_at = lambda: self._show_reply(page, texts, found)
        if page.height < sp(LOW):
            page.look_at()
            return
        places = sum(len(one.findings) for one in fresh)
        banner.tell(
            count(
                "{n} thing in it could point at you", "{n} things in it could point at you", places
            )
        )

    def _show_reply(self, page: Conversation, texts: Mapping[str, str], found: Found) -> None:
        back = partial(self._to_box, page)
        shown = self._page = Pointing(reply=True, back=back)
        shown.change = lambda _field, start, end: self._to_box(page, start, end)
        shown.then = lambda: self._send(page)
        self._app.show(shown)
        shown.show(texts, found)

    def _to_box(self, page: Conversation, start: int = 0, end: int = 0) -> None:
        self._app.show(page)
        self._close()
        box = page.ids.box
        before = len(box.text) - len(box.text.lstrip())
        if end > start:
            box.choose_words(before + start, before + end)

    def _send(self, page: Conversation) -> None:
        self._app.show(page)
        self._close()
        page.hand_over()

    def retyped(self, page: PiecePage, text: str, then: Callable[[], None]) -> None:
        """`then` keeps the words retyped beside a piece, once what they have was shown."""
        texts = {WORDS: text}
        page.busy = True
        looked = partial(self._retyped_looked, page, texts, then)
        self._look(texts, looked, lambda _error: then())  # the check stops nobody

    def _retyped_looked(
        self, page: PiecePage, texts: Mapping[str, str], then: Callable[[], None], found: Found
    ) -> None:
        from mobile.pointing import groups

        page.busy = False
        if self._app.stage.screen is not page:
            return  # left meanwhile
        fresh = [one for one in groups(found) if one.key not in self._left]
        if not fresh:
            then()
            return
        self._left.update(one.key for one in fresh)
        shown = self._page = Pointing(words=True, back=partial(self._to_piece, page))
        shown.change = lambda _field, start, end: self._to_piece(page, start, end)
        shown.then = partial(self._keep, then)
        self._app.show(shown)
        shown.show(texts, found)

    def _to_piece(self, page: PiecePage, start: int = 0, end: int = 0) -> None:
        self._app.show(page)
        self._close()
        if end > start:
            box = page.ids.transcript
            before = len(box.text) - len(box.text.lstrip())
            box.choose_words(before + start, before + end)
            page.reveal(box)

    def _keep(self, then: Callable[[], None]) -> None:
        self._close()
        then()

    def _look(
        self,
        texts: Mapping[str, str],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        readers = [str(one.get("name", "")) for one in (self._app.known or {}).get("handlers", ())]

        def work() -> Found:
            from mobile.pointing import of_fields

            return of_fields(texts, readers)

        self._app.jobs.run(work, done, failed)

    def _close(self) -> None:
        if self._page is not None:
            self._page.forget()
        self._page = None

    def forget(self) -> None:
        """Takes everything of the user's away."""
        self._close()
        self._left.clear()
        self._many = ""
