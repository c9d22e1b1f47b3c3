"""One contact: who it is, what calling or opening leaves behind, and the button that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - its rules
from mobile.draft import checked
from mobile.kv import load
from mobile.language import _
from mobile.widgets.page import Page


class ContactPage(Page):
    """`open()` leaves for the dialler or the browser, `copy(text)` fills the clipboard."""

    name = StringProperty("")
    detail = StringProperty("")
    value = StringProperty("")
    checked = StringProperty("")
    is_link = BooleanProperty(False)
    urgent = BooleanProperty(False)
    can_open = BooleanProperty(False)
    busy = BooleanProperty(False)
    open = ObjectProperty(None, allownone=True)
    copy = ObjectProperty(None, allownone=True)

    def show(self, contact: Mapping[str, Any], *, can_open: bool) -> None:
        """Shows a contact of the directory."""
        self.is_link = contact.get("kind") == "link"
        self.title = _("Open a page") if self.is_link else _("Call somebody")
        self.name, self.value = _(str(contact["name"])), str(contact["value"])
        self.detail = _(str(contact.get("detail") or ""))
        self.checked = checked(contact.get("checked_on"))
        self.urgent = self.value == "999"
        self.can_open = can_open

    def opened(self, done: bool) -> None:
        """Says so if nothing took it."""
        self.busy = False
        if not done:
            self.ids.trouble.tell(_("That did not work. Copy it, and use it yourself."))
            self.to_top()

    def take_copy(self) -> None:
        """Copies it; the clipboard forgets it after a minute."""
        if self.copy is not None:
            self.copy(self.value)


load(__file__)
