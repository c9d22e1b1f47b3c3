"""Something to know before going on, and the banner that tells what went wrong."""

from __future__ import annotations

from typing import Any

from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

from mobile.kv import load
from mobile.widgets.button import Action
from mobile.widgets.rows import Rows


class Saying(BoxLayout):
    """What a callout tells: its icon beside its title and its text."""

    callout = ObjectProperty(None)


class Callout(Rows):
    """A tinted ground with an icon, a title (or none) and a short text."""

    kind = OptionProperty("info", options=["info", "warning", "danger", "good"])
    icon = StringProperty("information")
    title = StringProperty("")
    ink = ColorProperty([0, 0, 0, 1])
    text = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fill()

    def fill(self) -> None:
        """Makes what it tells."""
        self.add_widget(Saying(callout=self))


class Act(Action):
    """What can be done about a banner."""

    banner = ObjectProperty(None)


class Banner(Callout):
    """A callout that comes and goes, with one thing to do about it (`on_act`).

    Nearly every page has one, and most of them are never shown: what is in it is made then.
    """

    action = StringProperty("")
    shown = BooleanProperty(False)
    __events__ = ("on_act",)

    def fill(self) -> None:
        """Makes what it tells once it is shown."""
        self.fbind("shown", self._fill)
        self._fill()

    def _fill(self, *_: Any) -> None:
        if self.shown and not self.children:
            super().fill()
            self.add_widget(Act(banner=self))

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
