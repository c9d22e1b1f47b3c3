"""The thread with the guardian: read, write, and see what became of each message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kivy.clock import Clock
from kivy.metrics import sp
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout
import mobile.widgets.field
import mobile.widgets.finding
import mobile.widgets.thread  # noqa: F401 - their rules
from mobile.draft import day
from mobile.kv import load
from mobile.language import _, count, later, listed
from mobile.view import Notice
from mobile.widgets.bubble import day_row, lead_row, rows_of
from mobile.widgets.notice import notice_rows
from mobile.widgets.page import Frame

PAGE = 120
"""Messages that are shown at once; earlier ones come when they are asked for."""
STATES = {
    "sent": ("check", later("Sent"), "plain"),
    "waiting": ("clock", later("Waiting to be sent"), "waiting"),
    "refused": ("alert-circle", later("Not sent"), "refused"),
}
DOUBT = later("This message did not check. Don\u2019t trust it, and don\u2019t act on it.")
GAP_BEFORE = later("Something before this message is missing.")
BANNER = "banner"
ICONS = {"danger": "alert-circle", "warning": "information", "info": "email"}


class Conversation(Frame):
    """`write(text)`, `again()`, `look()` (for replies), `agree()` and `take_back(key)` are called.

    So are `attach()` (evidence), `more()` (about the case), `who()` (who reads it without
    consent) and `act_on(code)` for a button of a card. `take_back` returns the text of a refused
    message. `show` takes a `view.View`. `news` says that there is a reply that was not
    fetched; `unsent` how many messages have not arrived. `look_over(text)`, if it is given, looks
    at a reply before it goes, and calls `hand_over` or shows a banner, whose *Show me* is
    `look_at()`.
    """

    status = StringProperty("")
    limit = 20_000
    checking = BooleanProperty(False)
    look = ObjectProperty(None, allownone=True)
    write = ObjectProperty(None, allownone=True)
    again = ObjectProperty(None, allownone=True)
    agree = ObjectProperty(None, allownone=True)
    take_back = ObjectProperty(None, allownone=True)
    more = ObjectProperty(None, allownone=True)
    who = ObjectProperty(None, allownone=True)
    act_on = ObjectProperty(None, allownone=True)
    attach = ObjectProperty(None, allownone=True)
    look_over = ObjectProperty(None, allownone=True)
    look_at = ObjectProperty(None, allownone=True)
    readers = StringProperty("")
    news = BooleanProperty(False)
    unsent = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._view: Any = None
        self._shown = PAGE
        self._refused = ""
        self._said: Notice | None = None
        self._low = False
        self._layout = Clock.create_trigger(lambda _dt: self._fill(), -1)
        self.ids.thread.bind(width=lambda *_: self._layout())
        self.bind(height=self._resized, news=lambda *_: self._newly())

    def show(self, view: Any, *, to_end: bool = True) -> None:
        """Shows a case: what it holds, and what has to be told about it."""
        self._view = view
        self.speak()
        if to_end:
            self.ids.thread.to_end()

    def speak(self) -> None:
        """Says what is told of the case in the language in use."""
        view = self._view
        if view is None:
            return
        self.subtitle, self.status = view.reference, view.standing.status
        self.readers = (
            _("Can be read by you and {names}").format(names=listed(view.readers))
            if view.readers
            else _("Can be read by you and nobody else")
        )
        unsent = sum(item.state != "sent" for item in view.items)
        self.unsent = (
            count("{n} message is not sent yet", "{n} messages are not sent yet", unsent)
            if unsent
            else ""
        )
        self._tell(view)
        self._fill()

    def _newly(self) -> None:
        """A reply came, or was fetched: told over the box, and not fetched by itself."""
        if self._view is not None:
            self._tell(self._view)
            self._fill()

    def _tell(self, view: Any) -> None:
        refused = [item for item in view.items if item.state == "refused"]
        waiting = [item for item in view.items if item.state == "waiting"]
        self._refused = refused[0].key if refused else ""
        asked, unknown = view.unagreed(), view.unknown()
        if unknown:
            names = listed(one.name for one in unknown)
            text = _("{names} can read this case. You did not agree to that.")
            text = text.format(names=names)
            title = _("Stop: look who reads this")
            self._say("danger", title, text, _("See what you can do"))
        elif asked:
            text = _("{names} can now read this case. Is that all right?")
            text = text.format(names=listed(one.name for one in asked))
            self._say("warning", _("Somebody new"), text, _("Yes, go on"))
        elif refused:
            self._say("danger", _("A message was not sent"), refused[0].why, _("Change it"))
        elif waiting and any(item.why for item in waiting):
            why = next(item.why for item in waiting if item.why)
            self._say("warning", _("Not sent yet"), why, _("Try again"))
        elif self.news:
            self._say("info", _("There is a new reply"), "", _("Show it"))
        else:
            self._say()

    def _say(self, kind: str = "", title: str = "", text: str = "", action: str = "") -> None:
        """Tells one thing over the box, or as a card in the thread where there is little room."""
        low, banner, icon = self.height < sp(640), self.ids.trouble, ICONS.get(kind, "")
        buttons = ((BANNER, action),) if action else ()
        self._said = Notice(kind, icon, title, text, buttons) if kind else None
        if self._said is not None and not low:
            banner.tell(text, action=action, kind=kind, title=title)
        else:
            banner.hide()
        self._low = low

    def _resized(self, *_: Any) -> None:
        said = self._said
        if said is not None and self._low != (self.height < sp(640)):
            self._say(said.kind, said.title, said.text, "".join(text for _, text in said.buttons))
            self._layout()

    def act(self) -> None:
        """The button of the banner."""
        if self._view is not None and self._view.unknown():
            self.who()
        elif self._view is not None and self._view.unagreed():
            self.agree()
        elif self._refused:
            found = self.take_back(self._refused), self.ids.box.text.strip()
            self.ids.box.text = "\n\n".join(one for one in found if one)
        elif self.news and self._said is not None and self._said.kind == "info":
            self.look()
        elif self.again is not None:
            self.again()

    def trouble(self, text: str) -> None:
        """Tells what went wrong while looking for replies."""
        self._say("warning", "", text, _("Try again"))
        self._fill()
        if self._low:
            self.ids.thread.to_end()

    def _fill(self) -> None:
        width = self.ids.thread.width
        if self._view is None or width <= 100:  # which a widget has before it has its place
            return
        items = self._view.items[-self._shown :]
        rows: list[dict[str, Any]] = [lead_row(self.readers, width)]
        last_day = ""
        for item in items:
            if item.day and item.day != last_day:
                last_day = item.day
                rows.append(day_row(day(item.day), width))
            if item.notice is not None:
                rows.extend(self._card(item.notice, width, _(GAP_BEFORE) if item.warning else ""))
            else:
                rows.extend(rows_of(bubble_fields(item), width))
            for piece in item.pieces:
                rows.extend(self._card(piece, width))
        for notice in self._view.notices:
            rows.extend(self._card(notice, width))
        if self._said is not None and self._low:
            rows.extend(self._card(self._said, width))
        self.ids.thread.fill(rows)
        self.ids.earlier.shown = len(self._view.items) > self._shown

    def _card(self, notice: Any, width: float, warning: str = "") -> list[dict[str, Any]]:
        if notice.kind == "quiet":
            return [lead_row(notice.text, width, notice.icon)]
        if warning:
            notice = replace(notice, text=f"{warning}\n\n{notice.text}")
        return notice_rows(notice, width, self._pressed)

    def _pressed(self, code: str) -> None:
        if code == BANNER:
            self.act()
        elif self.act_on is not None:
            self.act_on(code)

    def show_earlier(self) -> None:
        """Adds the messages before those that are shown; what is in view stays in view."""
        thread = self.ids.thread
        before = thread.content_height()
        self._shown += PAGE * 2
        self._fill()
        thread.keep(before)

    def send(self) -> None:
        """Hands over what is in the box."""
        box = self.ids.box
        text = box.text.strip()
        if not text or self.write is None:
            return
        if len(text) > self.limit:
            over = len(text) - self.limit
            self._say("danger", "", count(
                "This is {n} character too long to send.",
                "This is {n} characters too long to send.",
                over,
            ))  # fmt: skip
            self._fill()
            return
        if self.look_over is not None:
            self.look_over(text)
        else:
            self.hand_over()

    def hand_over(self) -> None:
        """Lets go of what is in the box."""
        box = self.ids.box
        text = box.text.strip()
        if text and self.write is not None:
            box.forget()
            self.write(text)

    def forget(self) -> None:
        """Empties the thread and the box."""
        self._view = self._said = None
        self.news = False
        self.ids.trouble.hide()
        self.ids.pointing.hide()
        self.ids.thread.forget()
        self.ids.box.forget()
        self.subtitle = self.status = self.readers = self.unsent = ""


def bubble_fields(item: Any) -> dict[str, Any]:
    """What a bubble shows of an item; what does not check is never shown as good."""
    icon, foot, tone = STATES[item.state] if item.mine else ("", "", "plain")
    foot = item.progress or _(foot)
    if item.state == "refused":
        foot = _("Not sent: {why}").format(why=item.why)
    warning = ""
    if item.warning:
        icon, foot = "alert-circle", item.warning
        warning = _(GAP_BEFORE) if item.text else _(DOUBT)
    return {
        "mine": item.mine, "author": "" if item.mine else item.author, "text": item.text,
        "warning": warning, "foot": foot, "icon": icon, "tone": tone,
    }  # fmt: skip


load(__file__)
