"""A message to choose, a day, and the rest of a long list: rows of a RecycleView.

As with bubbles, heights are measured before there is a widget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.metrics import dp, sp
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.widget import Widget

import mobile.widgets.bubble  # noqa: F401 - its rules
from mobile.kv import load
from mobile.widgets.bubble import measure

MARGIN, PAD, INSET, BETWEEN, GAP, WIDEST, MARK = 16, 14, 10, 2, 8, 640, 34
"""In dp: beside a row, inside it, above its words, between them, under the row; how wide it is
at most, and (in sp) the room of its mark."""
SIZES = {"head": 14, "text": 16, "note": 14}


class ChatRow(ButtonBehavior, Widget):
    """A mark and three texts under each other. `pressed(place)` is called when it is pressed."""

    place = NumericProperty(0)
    head = StringProperty("")
    text = StringProperty("")
    note = StringProperty("")
    icon = StringProperty("")
    active = BooleanProperty(False)
    plain = BooleanProperty(False)
    inner = NumericProperty(100)
    heights = ListProperty([0, 0, 0])
    left = NumericProperty(0)
    lead = NumericProperty(0)
    begin = NumericProperty(0)
    warns = BooleanProperty(False)
    at = ListProperty([0, 0, 0])
    pressed = ObjectProperty(None, allownone=True)

    def on_release(self) -> None:
        """It was pressed."""
        if self.pressed is not None:
            self.pressed(int(self.place))

    @staticmethod
    def stack(top: float, heights: list[float]) -> list[float]:
        """The lower edges (px) of the texts."""
        found, at = [], top - dp(INSET)
        for high in heights:
            at -= high
            found.append(at)
            at -= dp(BETWEEN) if high else 0
        return found


class ChatDay(ChatRow):
    """A day: pressed on its mark all of it is chosen, pressed elsewhere it opens and closes."""

    opened = BooleanProperty(False)
    arrow = BooleanProperty(True)
    _mark = False
    choose = ObjectProperty(None, allownone=True)

    def on_touch_up(self, touch: Any) -> bool:
        """Remembers on which side it was."""
        self._mark = touch.x < self.left + self.lead
        return bool(super().on_touch_up(touch))

    def on_release(self) -> None:
        """It was pressed."""
        act = self.choose if self._mark and self.icon else self.pressed
        if act is not None:
            act(int(self.place))


def row(
    view: str, width: float, press: Callable[[int], None] | None = None, **fields: Any
) -> dict[str, Any]:
    """One row in a list this wide (px); `fields` are properties of its view."""
    margin = max(dp(MARGIN), (width - dp(WIDEST)) / 2)
    lead = sp(MARK) if fields.get("icon") else 0
    room = max(width - 2 * margin - 2 * dp(PAD) - lead, dp(40))
    # Large type on a narrow phone: the words need the room of the arrow.
    arrow = view == "ChatDay" and room > sp(150)
    inner = room - sp(MARK) if arrow else room
    heights = [
        measure(fields.get(name, ""), sp(size), inner, bold=name == "head")[1]
        for name, size in SIZES.items()
    ]
    shown = [one for one in heights if one]
    high = max(sum(shown) + dp(BETWEEN) * (len(shown) - 1) + 2 * dp(INSET), dp(48)) + dp(GAP)
    defaults: dict[str, Any] = {
        "place": 0, "head": "", "text": "", "note": "", "icon": "", "active": False,
        "plain": False, "warns": False,
    }  # fmt: skip
    if view == "ChatDay":
        defaults |= {"choose": None, "opened": False, "arrow": arrow}
    return defaults | fields | {
        "view": view, "pressed": press, "inner": inner, "heights": heights, "lead": lead,
        "left": margin + dp(PAD), "size": (width, high),
    }  # fmt: skip


load(__file__)
