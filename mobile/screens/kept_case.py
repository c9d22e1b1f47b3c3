"""A case as it is kept on this phone: a name of one's own for it, and the way to remove it."""

from __future__ import annotations

from typing import Any

from kivy.properties import ObjectProperty, StringProperty

import mobile.widgets.callout
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.page import Page


class KeptCasePage(Page):
    """`named(label)` and `remove()` are called when chosen."""

    reference = StringProperty("")
    named = ObjectProperty(None, allownone=True)
    remove = ObjectProperty(None, allownone=True)

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids.label.text = label

    def rename(self) -> None:
        """Hands the name over, if it is not too long."""
        field = self.ids.label
        if self.named is not None and not field.too_long:
            self.named(field.text)

    def tell(self, text: str) -> None:
        """Says why it was not done."""
        self.ids.trouble.tell(text)
        self.to_top()

    def forget(self) -> None:
        """Empties the page."""
        self.reference = ""
        self.ids.label.forget()


load(__file__)
