"""The bar at the top of every screen: the way back, where you are, and the quick exit."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.text  # noqa: F401 - its rules
from mobile.kv import load


class QuickExit(ButtonBehavior, BoxLayout):
    """Leaves at once. It is at the same place of every screen, so that a thumb finds it.

    `room` is the width (px) that it may take; without room for its icon it is a word alone.
    """

    text = StringProperty("")
    room = NumericProperty(1_000)
    roomy = BooleanProperty(True)


class BackButton(ButtonBehavior, BoxLayout):
    """One step back."""


class TopBar(BoxLayout):
    """`back` and `leave` are events; `progress` is 0 to 1, or below 0 for none."""

    title = StringProperty("")
    subtitle = StringProperty("")
    progress = NumericProperty(-1)
    has_back = BooleanProperty(True)
    stacked = BooleanProperty(False)
    __events__ = ("on_back", "on_leave")

    def on_back(self) -> None:
        """The arrow was pressed."""

    def on_leave(self) -> None:
        """Quick exit was pressed."""

    def on_stacked(self, _bar: Any, stacked: bool) -> None:
        """Large type on a narrow phone: the title goes under the buttons, uncut."""
        titles, across = self.ids.titles, self.ids.across
        titles.parent.remove_widget(titles)
        if stacked:
            self.ids.below.add_widget(titles)
        else:
            across.add_widget(titles, index=2)


load(__file__)
