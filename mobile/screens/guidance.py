"""Guidance and contacts for staff: also the plain page that a quick exit leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.button
import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.draft import checked
from mobile.kv import load
from mobile.language import _, later
from mobile.widgets.card import Row, contact_card
from mobile.widgets.page import Page
from mobile.widgets.rows import Rows
from mobile.widgets.text import LongText, Note

# What the page says when no organisation's own texts are at hand, so that it is never bare; and
# always after a quick exit, so that nothing on it tells what was done before.
PLAIN: Mapping[str, Any] = {
    "guidance": [
        {
            "slug": "wellbeing",
            "title": later("Looking after yourself on shift"),
            "text": later(
                "Take your breaks, drink water, and talk to somebody you trust after a hard job. "
                "Occupational health and your GP can help when sleep or mood suffer."
            ),
        },
        {
            "slug": "tired",
            "title": later("Driving home tired"),
            "text": later(
                "After a night shift rest before you drive. Twenty minutes of sleep and a coffee "
                "help more than an open window."
            ),
        },
        {
            "slug": "social-media",
            "title": later("Using social media well"),
            "text": later(
                "Private groups are not private for long. Think before you post about patients, "
                "colleagues or work."
            ),
        },
    ],
    "contacts": [
        {"name": later("Emergency"), "value": "999"},
        {"name": "Samaritans", "detail": later("Any time, any worry"), "value": "116 123"},
    ],
}


class Topic(Rows):
    """One text, folded until its head is pressed."""

    open = BooleanProperty(False)

    def __init__(self, topic: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slug = str(topic.get("slug", ""))
        self._topic = topic
        self._head = Row(title=_(str(topic["title"])), about=checked(topic.get("checked_on")))
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
            text = _(str(self._topic["text"]))
            self.ids.text.add_widget(LongText(text=text) if text else Note(text=_("No text yet.")))


class Guidance(Page):
    """`show` takes a directory. `reach(contact)` is called for one that is to be called.

    `plain` looks like nothing but a staff guide: neither whose it is nor what it is for. At its
    end a quiet line leads to the first page: `first()`.
    """

    plain = BooleanProperty(False)
    fetched = StringProperty("")
    reach = ObjectProperty(None, allownone=True)
    first = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("title", _("Staff guidance"))
        super().__init__(**kwargs)

    def show(
        self, directory: Mapping[str, Any] | None, first: str = "", *, contacts_only: bool = False
    ) -> None:
        """Shows the texts and contacts; the one with the slug `first` is open."""
        known: Mapping[str, Any] = {} if self.plain or directory is None else directory
        topics, contacts = self.ids.topics, self.ids.contacts
        topics.clear_widgets()
        for each in () if contacts_only else known.get("guidance") or PLAIN["guidance"]:
            topic = Topic(each)
            topics.add_widget(topic)
            topic.open = topic.slug == first
        contacts.clear_widgets()
        for contact in known.get("contacts") or PLAIN["contacts"]:
            contacts.add_widget(contact_card(contact, None if self.plain else self.reach))

    def opened(self) -> list[str]:
        """The slugs of the texts that are open."""
        return [topic.slug for topic in reversed(self.ids.topics.children) if topic.open]


load(__file__)
