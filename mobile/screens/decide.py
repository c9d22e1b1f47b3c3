"""One question, what it means, and the tap that does it: for whatever counts."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.kv import load
from mobile.language import _
from mobile.widgets.callout import Callout
from mobile.widgets.page import Page


class Decide(Page):
    """`show` takes a `questions.Question`. `yes()` and `other()` are called; one at a time."""

    heading = StringProperty("")
    body = StringProperty("")
    yes_text = StringProperty("")
    yes_kind = StringProperty("primary")
    other_text = StringProperty("")
    busy = BooleanProperty(False)
    yes = ObjectProperty(None, allownone=True)
    other = ObjectProperty(None, allownone=True)

    def show(self, question: Any) -> None:
        """Shows what is asked."""
        self.title, self.heading, self.body = question.title, question.heading, question.body
        self.yes_text, self.yes_kind = question.yes, question.yes_kind
        self.other_text = question.other
        self.ids.points.clear_widgets()
        for one in question.points:
            point = Callout(kind=one.kind, icon=one.icon, title=one.title, text=one.text)
            self.ids.points.add_widget(point)

    def go_on(self) -> None:
        """Does it, once."""
        if self.yes is not None and not self.busy:
            self.ids.trouble.hide()
            self.yes()

    def tell(self, text: str) -> None:
        """Says why it was not done; it can be tried again."""
        self.busy = False
        self.ids.trouble.tell(text, title=_("Not done yet"))
        self.to_top()

    def forget(self) -> None:
        """Empties the page."""
        self.heading = self.body = ""
        self.ids.points.clear_widgets()


load(__file__)
