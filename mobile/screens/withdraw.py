"""Withdrawing a report: what goes, what stays, and a step that nobody takes by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.field  # noqa: F401 - its rules
from mobile.kv import load
from mobile.language import _
from mobile.widgets.callout import Callout
from mobile.widgets.page import Page


class Withdraw(Page):
    """`withdraw()` is called once the last four characters of the reference were typed."""

    reference = StringProperty("")
    busy = BooleanProperty(False)
    withdraw = ObjectProperty(None, allownone=True)

    def show(self, points: Sequence[Any]) -> None:
        """Shows what to know first (`questions.Point`)."""
        self.ids.points.clear_widgets()
        for one in points:
            point = Callout(kind=one.kind, icon=one.icon, title=one.title, text=one.text)
            self.ids.points.add_widget(point)

    def go_on(self) -> None:
        """Withdraws, if what was typed is right."""
        typed = self.ids.typed
        if self.busy:
            return
        if typed.text.strip().upper() != self.reference[-4:].upper():
            typed.error = _("These are not the last four characters of your reference.")
            self.reveal(typed)
        elif self.withdraw is not None:
            self.ids.trouble.hide()
            self.withdraw()

    def tell(self, text: str) -> None:
        """Says why it was not done; it can be tried again."""
        self.busy = False
        self.ids.trouble.tell(text, title=_("Not done yet"))
        self.to_top()

    def forget(self) -> None:
        """Empties what was typed."""
        self.ids.typed.forget()
        self.reference = ""
        self.ids.points.clear_widgets()


load(__file__)
