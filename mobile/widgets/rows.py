"""Things under each other. Unlike Kivy's BoxLayout it leaves no gap for what is not shown."""

from __future__ import annotations

from typing import Any

from kivy.properties import NumericProperty, VariableListProperty
from kivy.uix.layout import Layout


class Rows(Layout):
    """Children from top to bottom, as wide as the layout, each as tall as it says.

    One with a height of 0 is not shown and takes no spacing. `minimum_height` (px) is what all
    need, with the padding (left, top, right, bottom).
    """

    spacing = NumericProperty(0)
    padding = VariableListProperty([0, 0, 0, 0])
    minimum_height = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fbind("size", self._trigger_layout)
        self.fbind("pos", self._trigger_layout)
        self.fbind("spacing", self._trigger_layout)
        self.fbind("padding", self._trigger_layout)
        self.fbind("children", self._trigger_layout)

    def do_layout(self, *_: Any) -> None:
        """Puts the children in their places."""
        left, top, right, bottom = self.padding
        shown = [child for child in self.children if child.height > 0]
        gaps = self.spacing * max(0, len(shown) - 1)
        need = sum(child.height for child in shown) + gaps
        self.minimum_height = need + top + bottom if shown else 0
        at = self.top - top
        for child in reversed(self.children):
            child.width = max(0, self.width - left - right)
            child.x = self.x + left
            at -= child.height
            child.y = at
            if child.height > 0:
                at -= self.spacing
