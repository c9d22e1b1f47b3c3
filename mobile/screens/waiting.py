"""A report that has not arrived: what it waits for, until when, and what can be done meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - its rules
from mobile.item import SENDING
from mobile.kv import load
from mobile.language import _, count
from mobile.pace import Pace, goes
from mobile.widgets.page import Page

SOON = 10.0
"""Seconds under which the next try is soon."""


class Waiting(Page):
    """`show` takes an `OutboxItem`. `due()` gives the seconds until it is tried, if by itself.

    `now()`, `change()`, `discard()`, `see_words()` and `set_pin()` are called when chosen.
    `kept`: under a PIN; `can_keep`: there could be one. `look()` gives the item as it is now.
    """

    heading = StringProperty("")
    why = StringProperty("")
    next_try = StringProperty("")
    goes = StringProperty("")
    under_way = BooleanProperty(True)
    delayed = BooleanProperty(False)
    kept = BooleanProperty(False)
    can_keep = BooleanProperty(False)
    now = ObjectProperty(None, allownone=True)
    change = ObjectProperty(None, allownone=True)
    discard = ObjectProperty(None, allownone=True)
    see_words = ObjectProperty(None, allownone=True)
    set_pin = ObjectProperty(None, allownone=True)
    look = ObjectProperty(None, allownone=True)

    def __init__(self, due: Callable[[], float | None] = lambda: None, **kwargs: Any) -> None:
        self._due = due
        self._item: Any = None
        self._count = Clock.create_trigger(lambda _dt: self._pass(), 1, interval=True)
        super().__init__(**kwargs)
        self.bind(kept=self._goes)
        self._goes()

    def _goes(self, *_: Any) -> None:
        self.goes = goes(kept=self.kept)

    def on_parent(self, _page: Any, parent: Any) -> None:
        """Counts down only while it is shown."""
        if parent is None:
            self._count.cancel()
        else:
            self._count()

    def show(self, item: Any) -> None:
        """Shows where it stands."""
        self._item = item
        self.speak()

    def _pass(self) -> None:
        """A second passed: what is on its way may have come to a place where it takes longer."""
        now = self.look() if self.look is not None else None
        if now is not None and now is not self._item and now.state == SENDING:
            self.show(now)
        else:
            self._tell_next()

    def speak(self) -> None:
        """Says it in the language in use."""
        self._goes()
        item = self._item
        if item is None:
            return
        self.delayed = item.delayed
        self.under_way = item.state == SENDING or self._first_try(item)
        if self.under_way:
            self.heading = _("Your report is on its way")
            self.why = _(item.why) if item.state == SENDING else ""
        elif self.delayed:
            self.heading, self.why = _("It goes at a random time"), _random(item)
        else:
            self.heading, self.why = _("Not sent yet"), _(item.why)
        self._tell_next()

    @staticmethod
    def _first_try(item: Any) -> bool:
        return item.state == "waiting" and not (item.tries or item.delayed or item.why)

    def _tell_next(self) -> None:
        if self._item is None or self.under_way or self.delayed:
            self.next_try = ""
            return
        due = self._due()
        if due is None:
            self.next_try = _("Wren does not try again by itself.")
        elif due < SOON:
            self.next_try = _("Wren tries again in a moment.")
        elif due < 60:
            self.next_try = _("Wren tries again in less than a minute.")
        else:
            self.next_try = count(
                "Wren tries again in about {n} minute.",
                "Wren tries again in about {n} minutes.",
                round(due / 60),
            )

    def tell(self, text: str) -> None:
        """Says what can't be done just now."""
        self.ids.trouble.tell(text, kind="warning")
        self.to_top()

    def forget(self) -> None:
        """Empties the page."""
        self._item = None
        self._count.cancel()
        self.heading = self.why = self.next_try = ""


def _random(item: Any) -> str:
    if not item.late:
        return count(
            "Within {n} hour. Nobody knows the moment beforehand.",
            "Within {n} hours. Nobody knows the moment beforehand.",
            item.hours,
        )
    return count(
        "Its time came while Wren was closed or locked. Sent now, it would show when you open "
        "Wren. It goes within {n} minute instead.",
        "Its time came while Wren was closed or locked. Sent now, it would show when you open "
        "Wren. It goes within {n} minutes instead.",
        round(Pace.within(item.late) / 60),
    )


load(__file__)
