"""A new PIN, typed twice."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - its rules
from mobile.kv import load
from mobile.language import _
from mobile.widgets.keypad import PadPage


class PinPage(PadPage):
    """`check(pin)` returns what is wrong with a PIN, or nothing; `chosen(pin)` is called once it
    was typed twice. `first` and `explained` are what the page asks for, and why.
    """

    first = StringProperty("")
    explained = StringProperty("")
    heading = StringProperty("")
    body = StringProperty("")
    busy = BooleanProperty(False)
    again = BooleanProperty(False)
    check = ObjectProperty(None, allownone=True)
    chosen = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        self._pin = ""
        super().__init__(**kwargs)
        self.bind(again=self._ask, first=self._ask, explained=self._ask)
        self._ask()

    def speak(self) -> None:
        """Asks anew, in the language in use."""
        self._ask()

    def _ask(self, *_args: Any) -> None:
        self.heading = _("Type it once more") if self.again else self.first
        self.body = _("So that no slip locks you out.") if self.again else self.explained

    def go_on(self) -> None:
        """The PIN was typed: the first time, or again."""
        if self.busy:
            return
        pin = self.ids.pad.take()
        self.ids.trouble.hide()
        if not self.again:
            wrong = self.check(pin) if self.check is not None else ""
            if wrong:
                self.tell(wrong)
            else:
                self._pin, self.again = pin, True
            return
        before, self._pin = self._pin, ""
        if pin != before:
            self.tell(_("The two were not the same. Begin again."))
        elif self.chosen is not None:
            self.chosen(pin)

    def tell(self, text: str) -> None:
        """Says what is wrong; a PIN is typed anew. Until then the page says what it last said."""
        self.busy = self.again = False
        self.ids.trouble.tell(text)
        self.to_top()

    def forget(self) -> None:
        """Takes the digits away."""
        self._pin = self.ids.pad.digits = ""


load(__file__)
