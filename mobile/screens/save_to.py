"""Choosing a folder of a computer to save a file in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.button
import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.folder import fill
from mobile.widgets.page import Page


class SaveTo(Page):
    """`show` takes `pictures.Entry`s of folders. `enter(path)`, `up()`, `here()` are called."""

    folder = StringProperty("")
    file = StringProperty("")
    busy = BooleanProperty(False)
    enter = ObjectProperty(None, allownone=True)
    up = ObjectProperty(None, allownone=True)
    here = ObjectProperty(None, allownone=True)

    def show(self, folder: str, entries: Sequence[Any], file: str) -> None:
        """Shows what is in a folder, and what the file will be called."""
        self.folder, self.file = folder, file
        fill(self.ids.entries, entries, self.up, self._entered)
        self.to_top()

    def _entered(self, entry: Any, _row: Any) -> None:
        if self.enter is not None and not self.busy:
            self.enter(entry.path)

    def go_on(self) -> None:
        """Saves it in this folder, once."""
        if self.here is not None and not self.busy:
            self.ids.trouble.hide()
            self.busy = True
            self.here()

    def tell(self, text: str) -> None:
        """Says why it was not saved."""
        self.busy = False
        self.ids.trouble.tell(text)
        self.to_top()


load(__file__)
