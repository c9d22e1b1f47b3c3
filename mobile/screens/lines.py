"""Choosing messages of a chat, one by one or a day at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty, ObjectProperty, StringProperty

import mobile.widgets.callout
import mobile.widgets.line
import mobile.widgets.thread  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _, count
from mobile.whatsapp import NOBODY, Chat
from mobile.whatsapp_text import by_default, day_text, head, said
from mobile.widgets.line import row
from mobile.widgets.page import Frame
from mobile.widgets.text import LONGEST

ALL_OPEN, AT_ONCE = 60, 200
"""A chat of so few messages shows them all; and of one day so many are shown at first."""


class LinesPage(Frame):
    """`show` takes a chat; `then(places)` gets those of the lines that were chosen."""

    told = StringProperty("")
    number = NumericProperty(0)
    then = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._chat, self._own = Chat([], []), NOBODY
        self._chosen: set[int] = set()
        self._days: list[tuple[int, int]] = []
        self._open: set[int] = set()
        self._most = AT_ONCE
        self._made: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._again = Clock.create_trigger(self._fill, -1)
        self.ids.list.bind(width=self._resized)

    def show(self, chat: Chat, own: int) -> None:
        """Shows a chat; `own` is the speaker who reports, or NOBODY."""
        self._chat, self._own, self._chosen, at = chat, own, set(), 0
        self._days = []
        for _day, group in groupby(chat.lines, key=lambda one: one.day):
            end = at + sum(1 for _one in group)
            self._days.append((at, end))
            at = end
        few = len(chat.lines) <= ALL_OPEN or len(self._days) == 1
        self._open = set(range(len(self._days))) if few else set()
        self.speak()

    def speak(self) -> None:
        """Makes the rows in the language in use."""
        self._made.clear()
        self._tell()
        self._again()

    def _resized(self, *_: Any) -> None:
        self._made.clear()
        self._again()

    def _tell(self) -> None:
        self.number = len(self._chosen)
        self.told = (
            count("{n} message chosen", "{n} messages chosen", self.number)
            if self.number
            else _("Choose what is sent")
        )

    # --- rows ---

    def _fill(self, *_: Any) -> None:
        if self.ids.list.width > 100:  # else it has no place yet
            self.ids.list.data = list(self._rows(self.ids.list.width))

    def _rows(self, width: float) -> Iterator[dict[str, Any]]:
        for place, (start, end) in enumerate(self._days):
            if self._chat.lines[start].day is not None or len(self._days) > 1:
                yield self._day(place, width)
            if place not in self._open:
                continue
            last = min(end, start + self._most)
            for at in range(start, last):
                yield self._line(at, width)
            if last < end:
                text = count("Show {n} more", "Show {n} more", min(end - last, AT_ONCE))
                yield self._row("ChatRow", width, self._more, place=place, head=text)

    def _row(self, view: str, width: float, press: Any, **fields: Any) -> dict[str, Any]:
        key = (view, width, *fields.items())
        if key not in self._made:
            self._made[key] = row(view, width, press, **fields)
        return self._made[key]

    def _day(self, place: int, width: float) -> dict[str, Any]:
        start, end = self._days[place]
        number = sum(at in self._chosen for at in range(start, end)) if self._chosen else 0
        note = count("{n} message", "{n} messages", end - start)
        if number:
            note = _("{all}, {some} chosen").format(all=note, some=number)
        usual = self._usual(place)
        all_of_it = bool(usual) and usual <= self._chosen
        icon = ("checkbox-marked" if all_of_it else "checkbox-blank") if usual else ""
        return self._row(
            "ChatDay", width, self.open_day, choose=self.choose_day, place=place, icon=icon,
            head=day_text(self._chat.lines[start].day), note=note, active=all_of_it,
            opened=place in self._open,
        )  # fmt: skip

    def _line(self, at: int, width: float) -> dict[str, Any]:
        line, active = self._chat.lines[at], at in self._chosen
        text = said(line)
        if len(text) > LONGEST:
            text = text[: LONGEST - 1] + "\u2026"
        icon = "checkbox-marked" if active else "checkbox-blank"
        return self._row(
            "ChatRow", width, self.choose, place=at, icon=icon, active=active, text=text,
            head=head(line, self._own),
        )  # fmt: skip

    def _usual(self, place: int) -> set[int]:
        start, end = self._days[place]
        lines = self._chat.lines
        return {at for at in range(start, end) if by_default(lines[at], self._own)}

    # --- what is pressed ---

    def open_day(self, place: int) -> None:
        """Shows the messages of a day, or no longer; of a long chat those of one day."""
        if place in self._open:
            self._open.discard(place)
        elif len(self._chat.lines) <= ALL_OPEN:
            self._open.add(place)
        else:
            self._open, self._most = {place}, AT_ONCE
        self._again()

    def _more(self, _place: int) -> None:
        self._most += AT_ONCE
        self._again()

    def choose_day(self, place: int) -> None:
        """All that others wrote on a day, or nothing of that day."""
        usual, (start, end) = self._usual(place), self._days[place]
        if usual <= self._chosen:
            self._chosen -= set(range(start, end))
        else:
            self._chosen |= usual
        self._changed()

    def choose(self, at: int) -> None:
        """One message, or no longer."""
        self._chosen ^= {at}
        self._changed()

    def _changed(self) -> None:
        self.ids.trouble.hide()
        self._tell()
        self._again()

    def go_on(self) -> None:
        """On to what exactly is sent."""
        if not self._chosen:
            self.ids.trouble.tell(_("Choose a message first."), kind="warning")
        elif self.then is not None:
            self.then(frozenset(self._chosen))

    def forget(self) -> None:
        """Empties it."""
        self._again.cancel()
        self._chat, self._chosen, self._days, self._open = Chat([], []), set(), [], set()
        self._made.clear()
        self.ids.list.forget()
        self.told = ""


load(__file__)
