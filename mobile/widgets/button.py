"""Buttons: one main way on, others beside it, and the one that can't be taken back."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.text  # noqa: F401 - its rules and the icon font
from mobile.kv import load


class Action(ButtonBehavior, BoxLayout):
    """A button with a text and perhaps an icon; at least 52 dp tall, taller if the text is."""

    text = StringProperty("")
    icon = StringProperty("")
    kind = OptionProperty("primary", options=["primary", "secondary", "danger", "quiet"])
    busy = BooleanProperty(False)
    shown = BooleanProperty(True)
    least = NumericProperty(52)

    def on_kv_post(self, _base: Any) -> None:
        """Once its rule was applied, it follows its text and its width."""
        for name in ("width", "text", "icon", "padding"):
            self.fbind(name, self._fit)
        self.ids.label.fbind("font_size", self._fit)
        self.ids.glyph.fbind("width", self._fit)
        self._fit()

    def _fit(self, *_: Any) -> None:
        """As wide as its words, so that the icon stands beside them; wraps where it has to."""
        label, padding = self.ids.label, self.padding[0] + self.padding[2]
        room = self.width - padding - (self.ids.glyph.width + self.spacing if self.icon else 0)
        label.text_size = None, None
        label.texture_update()
        if label.texture_size[0] > room:
            label.text_size = max(1, room), None
            label.texture_update()
        label.size = label.texture_size


class IconButton(ButtonBehavior, BoxLayout):
    """An icon alone, 48 dp square, on the ground it is put on; `text` says what it does."""

    icon = StringProperty("")
    text = StringProperty("")
    filled = BooleanProperty(False)
    shown = BooleanProperty(True)


load(__file__)
