"""Something to know before going on, and the banner that tells what went wrong."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ColorProperty, OptionProperty, StringProperty

import mobile.widgets.button  # noqa: F401 - its rules
from mobile.kv import load
from mobile.widgets.rows import Rows


class Callout(Rows):
    """A tinted ground with an icon, a title (or none) and a short text."""

    kind = OptionProperty("info", options=["info", "warning", "danger", "good"])
    icon = StringProperty("information")
    title = StringProperty("")
    ink = ColorProperty([0, 0, 0, 1])
    text = StringProperty("")


class Banner(Callout):
    """A callout that comes and goes, with one thing to do about it (`on_act`)."""

    action = StringProperty("")
    shown = BooleanProperty(False)
    __events__ = ("on_act",)

    def on_act(self) -> None:
        """Its button was pressed."""

    def tell(self, text: str, *, action: str = "", kind: str = "danger", title: str = "") -> None:
        """Shows a text, and a button if `action` names one."""
        self.title, self.text, self.action, self.kind = title, text, action, kind
        self.icon = "alert-circle" if kind == "danger" else "information"
        self.shown = True

    def hide(self) -> None:
        """Takes the text away."""
        self.shown, self.text, self.title, self.action = False, "", "", ""


load(__file__)
