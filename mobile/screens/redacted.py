"""A last look at a picture before it is used: what became of it, and what is easily overlooked."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty

import mobile.widgets.choice
import mobile.widgets.shown  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import later
from mobile.redacting import Redaction
from mobile.widgets.choice import CheckRow
from mobile.widgets.page import Page

LONGEST = 1_400
"""Pixels of a side of what is shown here."""
CHECKS = (
    (later("Names"), later("As you saved them: others have other names for the same people.")),
    (later("The wallpaper of the chat"), later("It may be yours alone.")),
    (later("Clock, battery and signal"), later("They tell the minute, and whose phone it was.")),
    (later("Counts of unread messages"), later("Nobody else had the same ones.")),
    (later("Your own messages and your picture"), later("Covered, or cut off.")),
)


class Redacted(Page):
    """`show` takes a `redacting.Redaction`. `use()` is called to take what became of it."""

    before = BooleanProperty(False)
    busy = BooleanProperty(False)
    use = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._redaction: Redaction | None = None
        for title, about in CHECKS:
            self.ids.checks.add_widget(CheckRow(title=title, about=about, plain=True))

    def show(self, redaction: Redaction) -> None:
        """Shows what became of it."""
        self._redaction = redaction
        self._shown()

    def on_before(self, *_: Any) -> None:
        """Shows it as it was, or as it is now."""
        self._shown()

    def _shown(self) -> None:
        redaction = self._redaction
        if redaction is not None and not redaction.gone:
            make = redaction.before if self.before else redaction.after
            self.ids.picture.show(make(LONGEST))

    def go_on(self) -> None:
        """Takes it, once."""
        if self.use is not None and not self.busy:
            self.busy = True
            self.use()

    def forget(self) -> None:
        """Takes the picture away."""
        self._redaction = None
        self.ids.picture.forget()


load(__file__)
