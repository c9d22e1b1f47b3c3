"""A message in the thread, and the day above the first one of it.

Views of a RecycleView: heights are measured before a view exists, so that a thread of
thousands is laid out without making a widget for each message.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.metrics import dp, sp
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.widget import Widget

import mobile.widgets.text  # noqa: F401 - its rules
from mobile.kv import load
from mobile.widgets.text import pieces

PAD, GAP, INSET, BETWEEN = 14, 8, 10, 4
"""In dp: from the edge of a bubble to its words, under a bubble, inside, between its parts."""
SIZES = {"author": 13, "warning": 14, "text": 16, "foot": 13}
SPACING = 1.15


class DayLine(BoxLayout):
    """A day, as all that is kept of when something was written."""

    text = StringProperty("")


class Lead(BoxLayout):
    """A quiet line: at the head of a thread who can read it, at its end what comes next."""

    text = StringProperty("")
    icon = StringProperty("lock")


class Speech(Widget):
    """One message or a piece of a long one. `inner` is the width of its words."""

    mine = BooleanProperty(False)
    author = StringProperty("")
    warning = StringProperty("")
    text = StringProperty("")
    foot = StringProperty("")
    icon = StringProperty("")
    tone = OptionProperty("plain", options=["plain", "waiting", "refused"])
    first = BooleanProperty(True)
    last = BooleanProperty(True)
    inner = NumericProperty(100)
    heights = ListProperty([0, 0, 0, 0])
    box_width = NumericProperty(0)
    box_x = NumericProperty(0)
    box_y = NumericProperty(0)
    left = NumericProperty(0)
    at = ListProperty([0, 0, 0, 0])

    @staticmethod
    def stack(top: float, heights: Sequence[float]) -> list[float]:
        """The lower edges (px) of the parts, from the upper edge of the bubble down."""
        found, at = [], top - dp(INSET)
        for high in heights:
            at -= high
            found.append(at)
            if high:
                at -= dp(BETWEEN)
        return found


class Part(Label):
    """A label whose size is given: it does not measure itself."""


def measure(text: str, size: float, width: float, *, bold: bool = False) -> tuple[float, float]:
    """Width and height (px) of a text as a label of this font size shows it."""
    if not text:
        return 0, 0
    label = CoreLabel(
        text=text, font_size=size, bold=bold, text_size=(width, None), line_height=SPACING
    )
    label.resolve_font_name()
    wide, high = label.render()
    return float(wide), float(high)


@lru_cache(maxsize=64)
def line_height(size: float) -> float:
    """The height (px) of one line."""
    return measure("Wy", size, 1_000)[1]


def rows_of(fields: dict[str, Any], width: float) -> list[dict[str, Any]]:
    """The rows of one message, in a thread this wide (px): more than one if it is very long."""
    found = []
    parts = pieces(fields["text"])
    for at, piece in enumerate(parts):
        row = dict(fields, text=piece.rstrip("\n"), first=at == 0, last=at == len(parts) - 1)
        if not row["first"]:
            row["author"] = row["warning"] = ""
        if not row["last"]:
            row["foot"] = row["icon"] = ""
        found.append(_sized(row, width))
    return found


def _sized(row: dict[str, Any], width: float) -> dict[str, Any]:
    most = min(width * 0.84, dp(520)) - 2 * dp(PAD)
    wide, heights = 0.0, []
    for name, size in SIZES.items():
        icon = sp(20) if name == "foot" and row["icon"] else 0
        bold = name in ("author", "warning")
        high = measure(row[name], sp(size), most - icon, bold=bold)[1]
        natural = extent(row[name], sp(size), bold) if row[name] else 0
        wide = max(wide, min(natural + icon, most))
        heights.append(high)
    inner = most if not (row["first"] and row["last"]) else max(wide, dp(44))
    shown = [high for high in heights if high]
    tall = sum(shown) + dp(BETWEEN) * max(0, len(shown) - 1) + 2 * dp(INSET)
    tall += dp(GAP) if row["last"] else 0
    return dict(row, view="Speech", inner=inner, heights=heights, size=(width, tall))


def extent(text: str, size: float, bold: bool) -> float:
    """The width (px) of a text that is not wrapped."""
    label = CoreLabel(text=text, font_size=size, bold=bold)
    label.resolve_font_name()
    return max(float(label.get_extents(line)[0]) for line in text.split("\n")) + 2


def day_row(text: str, width: float) -> dict[str, Any]:
    """The row of a day."""
    return {"view": "DayLine", "text": text, "size": (width, line_height(sp(14)) + dp(24))}


def lead_row(text: str, width: float, icon: str = "lock") -> dict[str, Any]:
    """The row of a quiet line."""
    high = measure(text, sp(14), width - dp(32) - sp(30))[1]
    return {"view": "Lead", "text": text, "icon": icon, "size": (width, high + dp(20))}


load(__file__)
