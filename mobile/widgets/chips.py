"""Small things to press, side by side: the words that could be meant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from kivy.properties import StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label
from kivy.uix.stacklayout import StackLayout

from mobile.kv import load


class Chip(ButtonBehavior, Label):
    """One of them; at least 48 dp tall."""

    code = StringProperty("")


class Chips(StackLayout):
    """A row of chips that wraps; `on_pick` gives the code of the one that was pressed."""

    __events__ = ("on_pick",)

    def on_pick(self, code: str) -> None:
        """One was pressed."""

    def show(self, texts: Sequence[str]) -> None:
        """Makes the chips anew; the text is the code."""
        self.clear_widgets()
        for text in texts:
            chip = Chip(text=text, code=text)
            chip.bind(on_release=partial(self._pressed, text))
            self.add_widget(chip)

    def _pressed(self, code: str, _chip: Any) -> None:
        self.dispatch("on_pick", code)


load(__file__)
