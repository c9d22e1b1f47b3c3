"""Grounds to put things on: a card, and a row that leads somewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.text  # noqa: F401 - its rules
from mobile.draft import checked
from mobile.kv import load
from mobile.language import _
from mobile.widgets.rows import Rows


class Card(Rows):
    """A light ground with round corners, as tall as what is on it."""


class Row(ButtonBehavior, BoxLayout):
    """A card to press: an icon, a title, a line about it, and an arrow."""

    icon = StringProperty("")
    title = StringProperty("")
    about = StringProperty("")
    arrow = StringProperty("chevron-right")


class Contact(Card):
    """Somebody to call: who, what they help with, the number, and when it was last checked."""

    name = StringProperty("")
    detail = StringProperty("")
    value = StringProperty("")
    checked = StringProperty("")
    urgent = BooleanProperty(False)
    action = StringProperty("")
    __events__ = ("on_reach",)

    def on_reach(self) -> None:
        """Its button was pressed."""


def contact_card(
    contact: Mapping[str, Any], reach: Callable[[Mapping[str, Any]], None] | None = None
) -> Contact:
    """The card of one contact of the directory; with `reach` it has a button, which calls that."""
    card = Contact(
        name=_(str(contact["name"])),
        detail=_(str(contact.get("detail") or "")),
        value=str(contact["value"]),
        checked=checked(contact.get("checked_on")),
        urgent=str(contact["value"]) == "999",
    )
    if reach is not None:
        card.action = _("Open") if contact.get("kind") == "link" else _("Call")
        card.bind(on_reach=lambda _card: reach(contact))
    return card


load(__file__)
