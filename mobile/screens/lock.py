"""The lock: nothing is behind it but what the right PIN decrypts."""

from __future__ import annotations

from math import ceil
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - its rules
from mobile.kv import load
from mobile.language import _, count
from mobile.widgets.keypad import PadPage

FEW = 5
"""From so many tries left on they are told before one was wrong, too."""


class LockPage(PadPage):
    """`enter(pin)` is called with what was typed, `stuck()` by who can't get in.

    `tell_tries` takes what is left; `seconds` is the wait, which counts itself down. `present`:
    it is open, and the PIN is asked for before it is changed.
    """

    present = BooleanProperty(False)
    busy = BooleanProperty(False)
    wrong = BooleanProperty(False)
    said = StringProperty("")
    seconds = NumericProperty(0)
    enter = ObjectProperty(None, allownone=True)
    stuck = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self._left: int | None = None
        self._tick = Clock.create_trigger(self._second, 1, interval=True)
        super().__init__(**kwargs)

    @staticmethod
    def action(translated: Any, busy: bool, present: bool) -> str:
        """What the button says."""
        if present:
            return str(translated("One moment\u2026") if busy else translated("Continue"))
        return str(translated("Opening\u2026") if busy else translated("Open"))

    def go_on(self) -> None:
        """Hands the PIN over, if one was typed and may be tried now."""
        if self.busy or self.seconds > 0 or not self.ids.pad.digits or self.enter is None:
            return
        self.ids.trouble.hide()
        self.enter(self.ids.pad.take())

    def tell_tries(self, left: int, wait: float, *, wrong: bool = False) -> None:
        """Says how many tries are left, and counts the wait (s) down."""
        self.busy, self.wrong, self._left = False, wrong, left
        self.seconds = ceil(wait)
        self._tick.cancel()
        if self.seconds:
            self._tick()
        self.speak()

    def _second(self, *_: Any) -> bool:
        self.seconds = max(0, self.seconds - 1)
        self.speak()
        return bool(self.seconds > 0)

    def speak(self) -> None:
        """Says the state anew, in the language in use."""
        parts = [_("That is not the PIN.")] if self.wrong else []
        if self._left is not None and (self.wrong or self._left <= FEW):
            one = _("Everything kept here is erased after one more wrong PIN.")
            many = count(
                "{n} more wrong PIN and everything kept here is erased.",
                "{n} more wrong PINs and everything kept here is erased.",
                self._left,
            )
            parts.append(one if self._left == 1 else many)
        if self.seconds > 0:
            parts.append(
                count(
                    "Wait {n} second, then try again.",
                    "Wait {n} seconds, then try again.",
                    int(self.seconds),
                )
            )
        self.said = " ".join(parts)

    def tell(self, text: str) -> None:
        """Says what else went wrong."""
        self.busy = False
        self.ids.trouble.tell(text)
        self.to_top()

    def forget(self) -> None:
        """Takes the digits away, and stops counting."""
        self._tick.cancel()
        self.ids.pad.digits = ""


load(__file__)
