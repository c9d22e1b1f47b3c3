"""A piece of evidence of a message: a picture or a text as it is, any other file to be saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.button
import mobile.widgets.callout
import mobile.widgets.shown  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.page import Page

if TYPE_CHECKING:
    from PIL import Image


class ViewedPage(Page):
    """`show` says what it is, then `show_picture`, `show_text` or `tell`. `save()` is called."""

    name = StringProperty("")
    about = StringProperty("")
    text = StringProperty("")
    label = StringProperty("")
    busy = BooleanProperty(True)
    can_save = BooleanProperty(False)
    save = ObjectProperty(None, allownone=True)

    def show(self, name: str, about: str = "", label: str = "") -> None:
        """What it is called, a line about it, and what has to be known of it."""
        self.name, self.about, self.label = name, about, label

    def show_picture(self, picture: Image.Image) -> None:
        """Shows a picture in RGB."""
        self.busy = False
        self.ids.picture.show(picture)

    def show_text(self, text: str) -> None:
        """Shows a text."""
        self.busy, self.text = False, text

    def tell(self, text: str, *, title: str = "", kind: str = "danger") -> None:
        """Says what is wrong with it, or why it is not shown."""
        self.busy = False
        self.ids.trouble.tell(text, title=title, kind=kind)
        self.to_top()

    def forget(self, *_args: Any) -> None:
        """Takes it away."""
        self.name = self.about = self.text = self.label = ""
        self.ids.picture.forget()


load(__file__)
