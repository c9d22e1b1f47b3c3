"""Where to report to, when nobody set it: an address or the text of a poster's QR code."""

from __future__ import annotations

from kivy.properties import ObjectProperty

import mobile.widgets.callout
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.page import Page


class AddressPage(Page):
    """`use(text)` is called with what was typed; `paste()` gives the clipboard's text."""

    use = ObjectProperty(None, allownone=True)
    paste = ObjectProperty(None, allownone=True)

    def go_on(self) -> None:
        """Hands the text over, if there is any."""
        text = self.ids.address.text.strip()
        if not text:
            self.ids.address.error = "Paste or type the address first."
        elif self.use is not None:
            self.use(text)

    def refused(self, text: str) -> None:
        """Says beside the field why the address can't be used."""
        self.ids.address.error = text

    def take_paste(self) -> None:
        """Fills in what is on the clipboard."""
        if self.paste is not None:
            self.ids.address.text = self.paste().strip()


load(__file__)
