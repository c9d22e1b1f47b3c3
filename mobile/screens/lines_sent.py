"""Exactly what is sent of a chat, with what may point at somebody beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty

import mobile.widgets.callout
import mobile.widgets.line
import mobile.widgets.thread  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _, count
from mobile.whatsapp_text import LABEL
from mobile.widgets.bubble import day_row, lead_row
from mobile.widgets.line import row
from mobile.widgets.page import Frame
from mobile.widgets.text import pieces

AT_ONCE = 200


class LinesSent(Frame):
    """`show` takes the parts of `whatsapp_text.parts`; `then()` hands them on."""

    looking = BooleanProperty(True)
    then = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._parts: Sequence[tuple[str, int, str]] = ()
        self._notes: Mapping[int, str] = {}
        self._whole = True
        self._most = AT_ONCE
        self._again = Clock.create_trigger(self._fill, -1)
        self.ids.list.bind(width=self._again)

    def show(self, parts: Sequence[tuple[str, int, str]]) -> None:
        """Shows them, in order."""
        self._parts = parts
        self._again()

    def point(self, notes: Mapping[int, str], whole: bool) -> None:
        """Shows what was found in some of them; `whole`: all of it was looked at."""
        self._notes, self._whole, self.looking = notes, whole, False
        self._again()

    def speak(self) -> None:
        """Makes the rows in the language in use."""
        self._again()

    def _fill(self, *_: Any) -> None:
        if self.ids.list.width > 100:  # else it has no place yet
            self.ids.list.data = list(self._rows(self.ids.list.width))

    def _rows(self, width: float) -> Iterator[dict[str, Any]]:
        yield lead_row(_("Exactly this is sent, and nothing else of the chat."), width, "eye")
        yield lead_row(_(LABEL), width, "information")
        yield lead_row(self._found(), width, "shield")
        for kind, at, text in self._parts[: self._most]:
            if kind == "line":
                yield from self._line(at, text, width)
            else:
                yield day_row(text, width)
        more = len(self._parts) - self._most
        if more > 0:
            text = count("Show {n} more", "Show {n} more", min(more, AT_ONCE))
            yield row("ChatRow", width, self._more, head=text)

    def _found(self) -> str:
        if self.looking:
            return _("Looking for names and numbers in it\u2026")
        if not self._whole:
            return _("It is too long to be looked through to its end. Read it yourself.")
        if not self._notes:
            return _("No names or numbers were found. Read it again yourself.")
        return count(
            "{n} message may point at somebody. Go back to leave it out.",
            "{n} messages may point at somebody. Go back to leave them out.",
            len(self._notes),
        )

    def _line(self, at: int, text: str, width: float) -> Iterator[dict[str, Any]]:
        cut, note = pieces(text), self._notes.get(at, "")
        for number, piece in enumerate(cut):
            last = number == len(cut) - 1
            yield row(
                "ChatRow", width, text=piece.rstrip("\n"), note=note if last else "", warns=True
            )

    def _more(self, _place: int) -> None:
        self._most += AT_ONCE
        self._again()

    def forget(self) -> None:
        """Empties it."""
        self._again.cancel()
        self._parts, self._notes = (), {}
        self.ids.list.forget()


load(__file__)
