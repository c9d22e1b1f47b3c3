"""Guidance and contacts for staff: also the plain page that a quick exit leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kivy.properties import BooleanProperty

import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.draft import checked
from mobile.kv import load
from mobile.widgets.card import Row, contact_card
from mobile.widgets.page import Page
from mobile.widgets.rows import Rows
from mobile.widgets.text import LongText, Note

# What the page says when no organisation's own texts are at hand, so that it is never bare.
PLAIN: Mapping[str, Any] = {
    "guidance": [
        {
            "slug": "wellbeing",
            "title": "Looking after yourself on shift",
            "text": "Take your breaks, drink water, and talk to somebody you trust after a hard "
            "job. Occupational health and your GP can help when sleep or mood suffer.",
        },
        {
            "slug": "social-media",
            "title": "Using social media well",
            "text": "Private groups are not private for long. Think before you post about "
            "patients, colleagues or work.",
        },
    ],
    "contacts": [
        {"name": "Emergency", "value": "999"},
        {"name": "Samaritans", "detail": "Any time, any worry", "value": "116 123"},
    ],
}


class Topic(Rows):
    """One text, folded until its head is pressed."""

    open = BooleanProperty(False)

    def __init__(self, topic: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slug = str(topic.get("slug", ""))
        self._topic = topic
        self._head = Row(title=str(topic["title"]), about=checked(topic.get("checked_on")))
        self._head.arrow = "chevron-down"
        self._head.bind(on_release=lambda _row: self.toggle())
        self.add_widget(self._head, index=1)  # above its text

    def toggle(self) -> None:
        """Opens it, or folds it again."""
        self.open = not self.open

    def on_open(self, _topic: Any, is_open: bool) -> None:
        """Shows or takes away the text."""
        self._head.arrow = "chevron-up" if is_open else "chevron-down"
        self.ids.text.clear_widgets()
        if is_open:
            text = str(self._topic["text"])
            self.ids.text.add_widget(LongText(text=text) if text else Note(text="No text yet."))


class Guidance(Page):
    """`show` takes a directory; `plain` looks like nothing but a staff guide."""

    plain = BooleanProperty(False)

    def show(
        self, directory: Mapping[str, Any] | None, first: str = "", *, contacts_only: bool = False
    ) -> None:
        """Shows the texts and contacts; the one with the slug `first` is open."""
        source = directory if directory and directory.get("guidance") else PLAIN
        topics, contacts = self.ids.topics, self.ids.contacts
        topics.clear_widgets()
        for each in () if contacts_only else source["guidance"]:
            topic = Topic(each)
            topics.add_widget(topic)
            topic.open = topic.slug == first
        contacts.clear_widgets()
        for contact in source.get("contacts", ()):
            contacts.add_widget(contact_card(contact))

    def opened(self) -> list[str]:
        """The slugs of the texts that are open."""
        return [topic.slug for topic in reversed(self.ids.topics.children) if topic.open]


load(__file__)
