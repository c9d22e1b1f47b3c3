"""Choosing a picture, or any file, that is on this device, folder by folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout  # noqa: F401 - its rules
from mobile.kv import load
from mobile.widgets.folder import fill
from mobile.widgets.page import Page


class Pictures(Page):
    """`show` takes `pictures.Entry`s. `enter(path)` goes into a folder, `up()` out of it,
    `chosen(path)` is called with a picture, or with any file if `any_file`."""

    folder = StringProperty("")
    empty = BooleanProperty(False)
    any_file = BooleanProperty(False)
    enter = ObjectProperty(None, allownone=True)
    up = ObjectProperty(None, allownone=True)
    chosen = ObjectProperty(None, allownone=True)

    def show(self, folder: str, entries: Sequence[Any]) -> None:
        """Shows what is in a folder."""
        self.folder = folder
        self.empty = not any(not one.folder for one in entries)
        fill(self.ids.entries, entries, self.up, self._pressed)
        self.to_top()

    def _pressed(self, entry: Any, _row: Any) -> None:
        act = self.enter if entry.folder else self.chosen
        if act is not None:
            act(entry.path)

    def tell(self, text: str) -> None:
        """Says why nothing was read from a picture."""
        self.ids.trouble.tell(text)
        self.to_top()


load(__file__)
