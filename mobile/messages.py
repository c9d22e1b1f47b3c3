"""From a paste or an exported chat to the few messages that are sent: which page, and when.

All of it is in memory alone, while these pages are shown: a lock, a quick exit and going back
drop it. What is handed on is the text that the last page showed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mobile.app import plain
from mobile.language import _, count, later
from mobile.questions import Question
from mobile.screens.messages import MessagesPage
from mobile.whatsapp import NOBODY, Chat, read
from mobile.whatsapp_shapes import Day
from mobile.whatsapp_text import day_text, notes, parts, sent
from mobile.widgets.field_cache import forget_typing

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.picking import Picked
    from mobile.widgets.page import Frame

NOT_IN_IT = later("I am not in it, or don\u2019t want to say")


def which_day(day: Day, american: Day) -> Question:
    """Asked where a date can be read in two ways."""
    return Question(
        _("Messages"), _("Which day is meant?"),
        _("The chat writes its days in figures, and Wren can\u2019t tell which is the month."),
        (), day_text(day), "primary", day_text(american),
    )  # fmt: skip


class Messages:
    """Lives as long as the app, as `app.messages`; holds a chat while its pages are shown."""

    def __init__(self, app: WrenApp) -> None:
        self._app = app
        self._pages: list[Frame] = []
        self._chat: Chat | None = None
        self._own = NOBODY
        self._asked = 0
        self._done: Callable[[bytes], None] | None = None
        self._back: Callable[[], None] | None = None

    def bring(self, done: Callable[[bytes], None], back: Callable[[], None]) -> None:
        """Shows the way in. `done` gets the text (UTF-8) that was chosen.

        `back` is called if there is none. Either shows the page of whoever called again.
        """
        self.forget()
        self._done, self._back = done, back
        page = MessagesPage(paste=self._app.clipboard.paste)
        page.take = partial(self._read, page)
        page.open_file = partial(self._open, page)
        self._show(page, self._leave)

    def _show(self, page: Frame, back: Callable[[], None]) -> None:
        page.back = back
        if page not in self._pages:
            self._pages.append(page)
        self._app.show(page)

    def _leave(self) -> None:
        back = self._back
        self.forget()
        if back is not None:
            back()

    # --- reading ---

    def _read(self, page: MessagesPage, text: str, order: str = "") -> None:
        def failed(error: BaseException) -> None:
            self._mine(asked, lambda: page.tell(plain(error)))

        asked, page.busy = self._asked, True
        work = partial(read, text, order, pasted=True)
        self._app.jobs.run(work, partial(self._came, asked, page, text), failed)

    def _open(self, page: MessagesPage) -> None:
        asked = self._asked
        texts: list[Any] = []

        def look(name: str, data: bytes) -> Picked:  # off the main thread
            from mobile.picking import Picked
            from mobile.whatsapp_file import text_of

            text = text_of(io.BytesIO(data))
            texts[:] = [text, read(text)]
            return Picked(name, "text/plain", "text", b"")

        def picked(_file: Picked) -> None:
            text, chat = texts
            texts.clear()
            self._came(asked, page, text, chat)

        self._app.picking.pick(picked, look=look)

    def _mine(self, asked: int, then: Callable[[], None]) -> None:
        """Goes on, unless it was left or forgotten meanwhile."""
        if asked == self._asked:
            then()

    def _came(self, asked: int, page: MessagesPage, text: str, chat: Chat) -> None:
        if asked != self._asked:
            return
        page.busy = False
        self._chat = chat
        if chat.sure:
            self._who()
        else:
            self._ask_order(text)

    def _ask_order(self, text: str) -> None:
        from mobile.screens.decide import Decide

        chat = self._found
        days = (one.day for one in chat.lines if one.day is not None)
        year, month, day = next(one for one in days if one[1] != one[2])
        page = Decide()
        page.show(which_day((year, month, day), (year, day, month)))
        page.yes = self._who

        def american() -> None:
            page.busy = True
            work = partial(read, text, "mdy", pasted=True)
            self._app.jobs.run(work, partial(self._ordered, self._asked), self._app.tell)

        page.other = american
        self._show(page, self._first)

    def _ordered(self, asked: int, chat: Chat) -> None:
        if asked == self._asked:
            self._chat = chat
            self._who()

    @property
    def _found(self) -> Chat:
        return self._chat or Chat([], [])

    def _first(self) -> None:
        """Back to the way in, as it was left."""
        self._drop_pages(1)
        self._chat, self._own = None, NOBODY
        self._app.show(self._pages[0])

    # --- choosing ---

    def _who(self) -> None:
        chat = self._found
        if not chat.speakers or chat.own != NOBODY:
            self._pick(chat.own)
            return
        from mobile.screens.pick import Pick

        numbers = [0] * len(chat.speakers)
        for line in chat.lines:
            if line.speaker != NOBODY:
                numbers[line.speaker] += 1
        items: list[dict[str, Any]] = [
            {"code": at, "name": name,
             "about": count("{n} message", "{n} messages", numbers[at])}
            for at, name in enumerate(chat.speakers)
        ]  # fmt: skip
        items.append({"code": NOBODY, "name": _(NOT_IN_IT), "about": ""})
        page = Pick(title=_("Messages"), heading=_("Which of these is you?"))
        page.body = _("Your own messages are then left out. This is not sent.")
        page.show(items, "account", "")
        page.picked = lambda item: self._pick(int(item["code"]))
        self._show(page, self._first)

    def _pick(self, own: int) -> None:
        from mobile.screens.lines import LinesPage

        self._own = own
        page = LinesPage(then=self._preview)
        page.show(self._found, own)
        asks = len(self._pages) > 1
        self._show(page, self._again if asks else self._first)

    def _again(self) -> None:
        """From the choice of lines back to the question before it."""
        self._pages.pop().forget()
        self._app.show(self._pages[-1])

    def _preview(self, chosen: frozenset[int]) -> None:
        from mobile.screens.lines_sent import LinesSent

        chat, own = self._found, self._own
        page = LinesSent(then=partial(self._hand_on, chosen))
        page.show(list(parts(chat, chosen, own)))
        self._show(page, self._again)

        def told(found: tuple[dict[int, str], bool]) -> None:
            if page in self._pages:  # else it was left meanwhile
                page.point(*found)

        work = partial(notes, chat, chosen, own)
        self._app.jobs.run(work, told, lambda _error: told(({}, False)))

    def _hand_on(self, chosen: frozenset[int]) -> None:
        text, done = sent(self._found, chosen, self._own), self._done
        self.forget()
        if done is not None:
            done(text)

    # --- forgetting ---

    def _drop_pages(self, kept: int) -> None:
        while len(self._pages) > kept:
            self._pages.pop().forget()

    def forget(self) -> None:
        """Drops the chat, what was chosen of it, and its pages."""
        self._asked += 1
        self._chat, self._own = None, NOBODY
        self._done = self._back = None
        self._drop_pages(0)
        forget_typing()
