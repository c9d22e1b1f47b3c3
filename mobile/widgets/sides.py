"""Two things beside each other, or under each other where they are too wide for that."""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp, sp
from kivy.properties import NumericProperty
from kivy.uix.layout import Layout

ROOM = 130
"""The least width (sp) of each, that a short word at any size of type needs."""


class Sides(Layout):
    """Children of equal width side by side; under each other if there is less room than that."""

    minimum_height = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size_hint_y = None
        for name in ("size", "pos", "children"):
            self.fbind(name, self._trigger_layout)
        self.bind(minimum_height=self.setter("height"))

    def do_layout(self, *_: Any) -> None:
        """Puts the children in their places."""
        shown = [child for child in reversed(self.children) if child.height > 0]
        gap = dp(8)
        if not shown:
            self.minimum_height = 0
            return
        wide = (self.width - gap * (len(shown) - 1)) / len(shown)
        beside = wide >= sp(ROOM)
        at, left = self.top, self.x
        for child in shown:
            child.width = wide if beside else self.width
            child.x, child.top = left, at
            if beside:
                left += wide + gap
            else:
                at -= child.height + gap
        tall = [child.height for child in shown]
        self.minimum_height = max(tall) if beside else sum(tall) + gap * (len(shown) - 1)
