"""A card in the thread: what has to be told or asked, and the buttons that answer it.

Views of a RecycleView, as bubbles are: heights are measured before a view exists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.metrics import dp, sp
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

import mobile.widgets.button  # noqa: F401 - its rules
from mobile.kv import load
from mobile.widgets.bubble import Speech, extent, measure
from mobile.widgets.text import pieces

MARGIN, PAD, GAP, WIDEST = 16, 14, 8, 640
"""In dp: beside a card, inside it, under it; and how wide it is at most."""


class Told(Widget):
    """A card's words, or a piece of long ones. `inner` is their width."""

    kind = OptionProperty("info", options=["info", "warning", "danger"])
    icon = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")
    first = BooleanProperty(True)
    last = BooleanProperty(True)
    inner = NumericProperty(100)
    heights = ListProperty([0, 0])
    at = ListProperty([0, 0])
    ink = ColorProperty([0, 0, 0, 1])
    stack = staticmethod(Speech.stack)


class Ask(BoxLayout):
    """A card's buttons: `press(code)` is called with the one that was pressed."""

    kind = OptionProperty("info", options=["info", "warning", "danger"])
    one = StringProperty("")
    two = StringProperty("")
    codes = ListProperty([])
    beside = BooleanProperty(True)
    inner = NumericProperty(100)
    press = ObjectProperty(None, allownone=True)

    def pressed(self, at: int) -> None:
        """The first or the second button was pressed."""
        if self.press is not None and at < len(self.codes):
            self.press(self.codes[at])


def notice_rows(
    notice: Any, width: float, press: Callable[[str], None] | None
) -> list[dict[str, Any]]:
    """The rows of a card (a `view.Notice`) in a thread this wide (px)."""
    inner = min(width - 2 * dp(MARGIN), dp(WIDEST)) - 2 * dp(PAD)
    parts = pieces(notice.text)
    found = [
        _told(notice, piece.rstrip("\n"), at == 0, at == len(parts) - 1, inner, width)
        for at, piece in enumerate(parts)
    ]
    if notice.buttons:
        found.append(_ask(notice, inner, width, press))
    return found


def _told(
    notice: Any, text: str, first: bool, last: bool, inner: float, width: float
) -> dict[str, Any]:
    last = last and not notice.buttons
    title = notice.title if first else ""
    beside = sp(22) + dp(12)
    heights = [
        measure(title, sp(16), inner - beside, bold=True)[1],
        measure(text, sp(15), inner - beside)[1],
    ]
    shown = [high for high in heights if high]
    tall = sum(shown) + dp(4) * max(0, len(shown) - 1) + 2 * dp(10)
    return {
        "view": "Told", "kind": notice.kind, "icon": notice.icon if first else "", "title": title,
        "text": text, "first": first, "last": last, "inner": inner - beside, "heights": heights,
        "size": (width, tall + (dp(GAP) if last else 0)),
    }  # fmt: skip


def _ask(
    notice: Any, inner: float, width: float, press: Callable[[str], None] | None
) -> dict[str, Any]:
    codes: Sequence[str] = [code for code, _ in notice.buttons]
    words = [text for _, text in notice.buttons]
    half = (inner - dp(8)) / 2 - dp(36) - dp(4)
    beside = len(words) > 1 and all(extent(text, sp(17), True) <= half for text in words)
    room = half if beside else inner - dp(36)
    tall = [max(dp(52), measure(text, sp(17), room, bold=True)[1] + dp(24)) for text in words]
    high = max(tall) if beside else sum(tall) + dp(8) * (len(tall) - 1)
    return {
        "view": "Ask", "kind": notice.kind, "codes": codes, "beside": beside, "inner": inner,
        "one": words[0], "two": words[1] if len(words) > 1 else "", "press": press,
        "size": (width, high + dp(PAD) + dp(GAP)),
    }  # fmt: skip


load(__file__)
