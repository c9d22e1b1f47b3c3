"""The first screen: what this is, what to beware of, and the two ways in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.draft import checked
from mobile.kv import load
from mobile.widgets.card import Contact, Row
from mobile.widgets.page import Page


class Welcome(Page):
    """`report`, `words`, `guidance(slug)` and `retry` are called when they are chosen."""

    organisation = StringProperty("")
    started = BooleanProperty(False)
    busy = BooleanProperty(False)
    report = ObjectProperty(None, allownone=True)
    words = ObjectProperty(None, allownone=True)
    guidance = ObjectProperty(None, allownone=True)
    retry = ObjectProperty(None, allownone=True)

    def show(self, directory: Mapping[str, Any]) -> None:
        """Shows an organisation's name, guidance and contacts."""
        self.organisation = str(directory["name"])
        self.ids.trouble.hide()
        topics, contacts = self.ids.topics, self.ids.contacts
        topics.clear_widgets()
        for topic in directory.get("guidance", ()):
            row = Row(title=topic["title"], about=checked(topic.get("checked_on")))
            row.bind(on_release=partial(self._open, topic["slug"]))
            topics.add_widget(row)
        contacts.clear_widgets()
        for contact in directory.get("contacts", ()):
            contacts.add_widget(contact_card(contact))

    def _open(self, slug: str, _row: Any) -> None:
        if self.guidance is not None:
            self.guidance(slug)

    def trouble(self, text: str) -> None:
        """Tells what is wrong, with a way to try again."""
        self.ids.trouble.tell(text, action="Try again")
        self.to_top()


def contact_card(contact: Mapping[str, Any]) -> Contact:
    """The card of one contact of the directory."""
    return Contact(
        name=str(contact["name"]),
        detail=str(contact.get("detail") or ""),
        value=str(contact["value"]),
        checked=checked(contact.get("checked_on")),
        urgent=str(contact["value"]) == "999",
    )


load(__file__)
