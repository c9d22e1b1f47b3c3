"""The one question at the end of a case, answered once."""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty

import mobile.widgets.callout
import mobile.widgets.choice
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _, later
from mobile.widgets.page import Page

CHOICES = (
    {"code": "yes", "name": later("Yes")},
    {"code": "no", "name": later("No")},
    {"code": "maybe", "name": later("Maybe")},
    {"code": "dont_know", "name": later("I don\u2019t know")},
)


class Closing(Page):
    """`answer(code, comment)` is called once one is chosen and *Send* is pressed."""

    answer = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids.choices.show(CHOICES, {})

    def send(self) -> None:
        """Hands the answer over, if there is one that can be sent."""
        chosen, comment = self.ids.choices.chosen, self.ids.comment
        if not chosen:
            self.ids.trouble.tell(_("Choose one of the four."))
            self.to_top()
        elif comment.too_long:
            self.reveal(comment)
        elif self.answer is not None:
            self.answer(chosen[0], comment.text.strip())

    def tell(self, text: str) -> None:
        """Says why it could not be kept to be sent; nothing of it is lost."""
        self.ids.trouble.tell(text, title=_("Not sent"))
        self.to_top()

    def forget(self) -> None:
        """Empties the answer."""
        self.ids.choices.chosen = []
        self.ids.comment.forget()


load(__file__)
