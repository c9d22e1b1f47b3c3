"""Words on the screen: each label is as tall as what it says, at any font size."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.graphics import Color, Rectangle
from kivy.metrics import dp
from kivy.properties import ListProperty, StringProperty
from kivy.uix.label import Label

from mobile.kv import load
from mobile.widgets.rows import Rows

# The few of the 7,000 icons that are used, by name: importing the package's own table costs
# more than the first frame's share of time.
GLYPHS = {
    "account": "\U000f0004", "account-group": "\U000f0849", "account-off": "\U000f0012",
    "account-plus": "\U000f0014",
    "alert": "\U000f0026", "alert-circle": "\U000f0028", "arrow-left": "\U000f004d",
    "attach": "\U000f03e2",
    "backspace": "\U000f0b5c",
    "book-open": "\U000f14f7", "check": "\U000f012c", "check-circle": "\U000f05e0",
    "check-all": "\U000f012d",
    "checkbox-blank": "\U000f0131", "checkbox-marked": "\U000f0132",
    "chevron-down": "\U000f0140", "chevron-right": "\U000f0142", "chevron-up": "\U000f0143",
    "clock": "\U000f0150", "close": "\U000f0156", "cog": "\U000f0493", "copy": "\U000f018f",
    "compare": "\U000f018a",
    "crop": "\U000f019e", "delete": "\U000f01b4", "desk": "\U000f01d7", "dots": "\U000f01d9",
    "download": "\U000f01da", "file": "\U000f0214",
    "email": "\U000f01ee", "exit": "\U000f0a48", "eye": "\U000f0208", "feather": "\U000f06d3",
    "image": "\U000f02e9",
    "information": "\U000f02fc", "key": "\U000f0306", "lock": "\U000f033e",
    "message": "\U000f0361", "magnify-minus": "\U000f034a", "magnify-plus": "\U000f034b",
    "moon": "\U000f0594", "pan": "\U000f0bb4", "plus": "\U000f0415", "question": "\U000f02d7",
    "pencil": "\U000f03eb", "phone": "\U000f03f2",
    "radio-blank": "\U000f043d", "radio-marked": "\U000f043e",
    "rectangle": "\U000f0e5e", "refresh": "\U000f0450",
    "send": "\U000f048a", "shield": "\U000f0cc8", "shield-alert": "\U000f0ecc",
    "sun": "\U000f0599", "undo": "\U000f054d", "wifi": "\U000f05a9", "wifi-off": "\U000f05aa",
}  # fmt: skip

LONGEST = 1_200
"""Characters in one label: a graphics chip takes no picture taller than some 4,096 pixels."""


def _register_icons() -> None:
    spec = find_spec("fonticon_mdi7")
    if spec is not None and spec.origin is not None:
        font = Path(spec.origin).parent / "fonts" / "materialdesignicons-webfont.ttf"
        LabelBase.register("icons", str(font))


_register_icons()


def pieces(text: str, longest: int = LONGEST) -> list[str]:
    """The text in pieces of at most `longest` characters, cut at a line, a sentence or a word.

    Joined again, with the spaces at the cuts, they are the text: nothing is dropped.
    """
    found = []
    while len(text) > longest:
        cut = max(text.rfind(mark, longest // 2, longest) for mark in ("\n", ". "))
        if cut < 0:
            cut = text.rfind(" ", longest // 2, longest)
        cut = cut + 1 if cut >= 0 else longest
        found.append(text[:cut])
        text = text[cut:]
    found.append(text)
    return found


class Drawn(Label):
    """A label that draws itself as Kivy's does, without a rule in kv for that.

    There are dozens on a page, and a rule costs a label as much time as all else of it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.canvas:
            Color(1, 1, 1, 1)
            self._picture = Rectangle()
        for name in ("texture", "texture_size", "center"):
            self.fbind(name, self._draw)
        self.fbind("color", self._also_disabled)
        self._draw()
        self._also_disabled()

    def _draw(self, *_: Any) -> None:
        wide, high = self.texture_size
        self._picture.texture, self._picture.size = self.texture, (wide, high)
        self._picture.pos = int(self.center_x - wide / 2), int(self.center_y - high / 2)

    def _also_disabled(self, *_: Any) -> None:
        self.disabled_color = self.color


class Words(Drawn):
    """The base: wraps to its width and takes the height that its text needs."""

    def __init__(self, **kwargs: Any) -> None:
        # About the width it will have: at Kivy's 100 it would first be laid out much too tall.
        kwargs.setdefault("width", max(100, Window.width - dp(40)))
        super().__init__(**kwargs)
        self.size_hint_y = None
        self.fbind("width", self._wrap)
        self.fbind("texture_size", self._grow)
        self._wrap()
        self._grow()

    def _wrap(self, *_: Any) -> None:
        self.text_size = self.width, None

    def _grow(self, *_: Any) -> None:
        self.height = self.texture_size[1]


class Title(Words):
    """The one large line of a page."""


class Heading(Words):
    """The head of a part of a page."""


class Body(Words):
    """Text to read."""


class Note(Words):
    """Smaller text: a hint, a date, a state."""


class Icon(Drawn):
    """One icon, by its name in GLYPHS."""

    name = StringProperty("")

    def on_name(self, _icon: Any, name: str) -> None:
        """Shows another one."""
        self.text = GLYPHS[name] if name else ""


class LongText(Rows):
    """A text of any length: one label a piece, so that none is taller than the chip allows."""

    text = StringProperty("")
    color = ListProperty([0, 0, 0, 1])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(text=self._show)  # not `on_text`: that comes before there is a canvas
        self._show(self, self.text)

    def _show(self, _widget: Any, text: str) -> None:
        self.clear_widgets()
        for piece in pieces(text):
            label = Body(text=piece.rstrip("\n"), color=self.color)
            self.bind(color=label.setter("color"))
            self.add_widget(label)


load(__file__)
