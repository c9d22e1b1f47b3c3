"""Bringing in messages of WhatsApp: pasted, or the file that it exported."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty

import mobile.widgets.callout
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _
from mobile.widgets.page import Page


class MessagesPage(Page):
    """`take(text)` gets what was typed or pasted, `paste()` the clipboard, `open_file()` a file.

    `busy`: something is being read.
    """

    busy = BooleanProperty(False)
    take = ObjectProperty(None, allownone=True)
    paste = ObjectProperty(None, allownone=True)
    open_file = ObjectProperty(None, allownone=True)

    def go_on(self) -> None:
        """Hands over what is in the box."""
        field: Any = self.ids.text
        if self.busy or self.take is None:
            return
        if not field.text.strip():
            field.error = _("Paste the messages first, or open a file.")
        elif not field.too_long:
            self.take(field.text)

    def take_paste(self) -> None:
        """What is on the clipboard, without a way through the box: it may be very long."""
        if self.busy or self.paste is None or self.take is None:
            return
        text = self.paste()
        if text.strip():
            self.take(text)
        else:
            self.tell(_("Nothing is copied. Select the messages in WhatsApp, and copy them."))

    def tell(self, text: str) -> None:
        """Says why nothing was read."""
        self.busy = False
        self.ids.trouble.tell(text)
        self.to_top()

    def forget(self) -> None:
        """Empties the box."""
        self.ids.text.forget()
        self.ids.trouble.hide()


load(__file__)
