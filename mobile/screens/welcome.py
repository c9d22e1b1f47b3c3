"""The first screen: what this is, what to beware of, and the two ways in.

It loads little, since the first frame waits for it: cards come with the directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.button import Action
from mobile.widgets.page import Page
from mobile.widgets.text import Heading


class NightSwitch(Action):
    """Changes to dark colours, and back."""


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
        from mobile.draft import checked
        from mobile.widgets.card import Row, contact_card

        self.organisation = str(directory["name"])
        self.ids.trouble.hide()
        topics, contacts = self.ids.topics, self.ids.contacts
        topics.clear_widgets()
        topics.add_widget(Heading(text="Guidance"))
        for topic in directory.get("guidance", ()):
            row = Row(title=topic["title"], about=checked(topic.get("checked_on")))
            row.bind(on_release=partial(self._open, topic["slug"]))
            topics.add_widget(row)
        contacts.clear_widgets()
        contacts.add_widget(Heading(text="Others you can call"))
        for contact in directory.get("contacts", ()):
            contacts.add_widget(contact_card(contact))
        self.rest()

    def rest(self) -> None:
        """Adds what stands far down, once the first frame was drawn."""
        if not self.ids.more.children:
            self.ids.more.add_widget(NightSwitch())

    def _open(self, slug: str, _row: Any) -> None:
        if self.guidance is not None:
            self.guidance(slug)

    def trouble(self, text: str) -> None:
        """Tells what is wrong, with a way to try again."""
        self.ids.trouble.tell(text, action="Try again")
        self.to_top()


load(__file__)
