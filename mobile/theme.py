"""The looks in one place: colours, sizes of type, distances and corners, by what they are for.

The colours come in a day and a night form. Every pair of ink and ground below has at least the
contrast that WCAG 2.2 AA asks for (4.5 : 1 for text, 3 : 1 for edges of controls);
tests/mobile/test_theme.py works it out. The night form is there because a white screen at three
in the morning lights up a face and a cab.

kv takes the rest by name: `#:import font mobile.theme.font`, `font_size: font.body`. Icons by
name are in `mobile.widgets.text`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kivy.event import EventDispatcher
from kivy.metrics import dp, sp
from kivy.properties import BooleanProperty, ColorProperty

PALETTES: dict[str, tuple[str, str]] = {
    # name: (day, night)
    "paper": ("#F5F3EF", "#0F171B"),
    "card": ("#FFFFFF", "#1A262C"),
    "ink": ("#17262D", "#E9EFF1"),
    "soft": ("#4A5A63", "#AEBDC4"),
    "line": ("#DAD9D4", "#2D3C44"),
    "edge": ("#6C7A82", "#82949D"),
    "bar": ("#0E4750", "#0A2A31"),
    "bar_ink": ("#FFFFFF", "#E9F3F4"),
    "bar_button": ("#2A5F68", "#1B414A"),
    "accent": ("#0B6870", "#67CCC6"),
    "accent_ink": ("#FFFFFF", "#062A2D"),
    "pressed": ("#084F56", "#A2E2DE"),
    "tint": ("#E0F0EF", "#15393E"),
    "mine": ("#0E5A63", "#1D565D"),
    "mine_ink": ("#FFFFFF", "#F2FAFA"),
    "soft_mine": ("#D6ECEC", "#C9E4E4"),
    "info": ("#E3EFF0", "#14323A"),
    "info_ink": ("#0E4750", "#BFE5E6"),
    "warning": ("#FCEFD4", "#3A2C0E"),
    "warning_ink": ("#5F3B00", "#F7D999"),
    "danger": ("#FBE5E2", "#401B19"),
    "danger_ink": ("#8A1A14", "#FFB9B2"),
    "good": ("#E2F1E3", "#17331D"),
    "good_ink": ("#1B5527", "#B0E2B8"),
    "stop": ("#A3211A", "#F2938B"),
    "stop_ink": ("#FFFFFF", "#3A0906"),
}

PAIRS: tuple[tuple[str, str, float], ...] = (
    # ink, ground, least contrast
    ("ink", "paper", 4.5), ("ink", "card", 4.5), ("ink", "tint", 4.5),
    ("soft", "paper", 4.5), ("soft", "card", 4.5), ("soft", "tint", 4.5),
    ("bar_ink", "bar", 4.5), ("bar_ink", "bar_button", 4.5),
    ("accent", "paper", 4.5), ("accent", "card", 4.5), ("accent", "tint", 4.5),
    ("accent_ink", "accent", 4.5), ("accent_ink", "pressed", 4.5),
    ("mine_ink", "mine", 4.5), ("soft_mine", "mine", 4.5),
    ("info_ink", "info", 4.5), ("warning_ink", "warning", 4.5),
    ("warning_ink", "card", 4.5), ("accent", "warning", 4.5),
    ("danger_ink", "danger", 4.5), ("danger_ink", "card", 4.5), ("danger_ink", "paper", 4.5),
    ("good_ink", "good", 4.5), ("stop_ink", "stop", 4.5),
    ("edge", "paper", 3.0), ("edge", "card", 3.0),
)  # fmt: skip


class Scale:
    """Sizes by name, in pixels of this screen: `font.body`."""

    def __init__(self, unit: Callable[[float], float], sizes: Mapping[str, float]) -> None:
        self._unit, self.sizes = unit, sizes

    def __getattr__(self, name: str) -> float:
        try:
            return self._unit(self.sizes[name])
        except KeyError:
            raise AttributeError(name) from None


font = Scale(sp, {
    "title": 26, "icon": 24, "sign": 22, "mark": 20, "bar": 19, "heading": 18, "button": 17,
    "body": 16, "small": 15, "note": 14, "foot": 13,
})  # fmt: skip
"""Type, which grows with the system's font size: nothing to read is below `foot`."""

space = Scale(dp, {
    "hair": 2, "tight": 4, "close": 6, "near": 8, "part": 10, "row": 12, "pad": 14, "card": 16,
    "page": 20, "wide": 24, "inset": 30, "touch": 48,
})  # fmt: skip
"""Distances; `touch` is the least size of what is pressed (WCAG 2.2, 2.5.5 asks for 44)."""

corner = Scale(dp, {"tail": 4, "box": 12, "card": 14, "bubble": 16, "pill": 24})
"""How round corners are."""


class Theme(EventDispatcher):
    """The colours in use. kv rules bind to them, so `night` switches a living screen.

    `motion` is whether anything may move by itself: pages that glide to a place or glide on,
    a cursor that blinks.
    """

    night = BooleanProperty(False)
    motion = BooleanProperty(True)
    paper = ColorProperty(PALETTES["paper"][0])
    card = ColorProperty(PALETTES["card"][0])
    ink = ColorProperty(PALETTES["ink"][0])
    soft = ColorProperty(PALETTES["soft"][0])
    line = ColorProperty(PALETTES["line"][0])
    edge = ColorProperty(PALETTES["edge"][0])
    bar = ColorProperty(PALETTES["bar"][0])
    bar_ink = ColorProperty(PALETTES["bar_ink"][0])
    bar_button = ColorProperty(PALETTES["bar_button"][0])
    accent = ColorProperty(PALETTES["accent"][0])
    accent_ink = ColorProperty(PALETTES["accent_ink"][0])
    pressed = ColorProperty(PALETTES["pressed"][0])
    tint = ColorProperty(PALETTES["tint"][0])
    mine = ColorProperty(PALETTES["mine"][0])
    mine_ink = ColorProperty(PALETTES["mine_ink"][0])
    soft_mine = ColorProperty(PALETTES["soft_mine"][0])
    info = ColorProperty(PALETTES["info"][0])
    info_ink = ColorProperty(PALETTES["info_ink"][0])
    warning = ColorProperty(PALETTES["warning"][0])
    warning_ink = ColorProperty(PALETTES["warning_ink"][0])
    danger = ColorProperty(PALETTES["danger"][0])
    danger_ink = ColorProperty(PALETTES["danger_ink"][0])
    good = ColorProperty(PALETTES["good"][0])
    good_ink = ColorProperty(PALETTES["good_ink"][0])
    stop = ColorProperty(PALETTES["stop"][0])
    stop_ink = ColorProperty(PALETTES["stop_ink"][0])

    def on_night(self, _theme: object, night: bool) -> None:
        """Takes every colour from the other palette."""
        for name, both in PALETTES.items():
            setattr(self, name, both[int(night)])


theme = Theme()
