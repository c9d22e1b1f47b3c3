"""Where people type: a label that stays, a hint, a fault told beside it, a counter."""

from __future__ import annotations

import re
from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.textinput import TextInput

import mobile.widgets.text  # noqa: F401 - its rules
from mobile.kv import load
from mobile.language import count
from mobile.widgets.rows import Rows

_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without control characters (lines and tabs stay) and halves of characters.

    A paste can bring both; the service refuses them, and nobody typed them.
    """
    return _REFUSED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class Box(TextInput):
    """The box alone. No suggestions: a keyboard must not learn what is typed here, and Kivy
    garbles text with them on Android (kivy issue 9167)."""

    fault = BooleanProperty(False)
    ground = OptionProperty("card", options=["card", "paper"])
    hint = StringProperty("")
    """Shown in the empty box, where it fits whole: one that is cut says nothing."""

    def on_hint(self, *_: Any) -> None:
        """Shows it, or not: also once the box, or its type, has another size."""
        if not self.hint:
            self.hint_text = ""
            return
        label = CoreLabel(text=self.hint, font_size=self.font_size, font_name=self.font_name)
        label.resolve_font_name()
        room = self.width - self.padding[0] - self.padding[2]
        self.hint_text = self.hint if label.get_extents(self.hint)[0] <= room else ""

    def on_width(self, *_: Any) -> None:
        """As `on_hint`."""
        self.on_hint()

    def on_font_size(self, *_: Any) -> None:
        """As `on_hint`."""
        self.on_hint()

    def insert_text(self, substring: str, from_undo: bool = False) -> None:
        """Puts in what was typed or pasted, cleaned; what has one line stays on it."""
        text = clean(substring)
        if not self.multiline:
            text = text.replace("\n", " ")
        super().insert_text(text, from_undo=from_undo)

    def _update_cutbuffer(self, *_: Any) -> None:
        """Does not hand what is selected to every other program, as X11 would have it."""

    def choose_words(self, start: int, end: int) -> None:
        """Selects them with the cursor behind them, once it is shown and can hear keys."""

        def choose(_dt: float) -> None:
            if self.get_root_window() is not None:
                self.focus = True
                self.cursor = self.get_cursor_from_index(end)
                self.select_text(start, end)

        Clock.schedule_once(choose)

    def forget(self) -> None:
        """Empties the box and what it would undo to."""
        self.text = ""
        self.reset_undo()


class Field(Rows):
    """A label, a box and what is wrong with it. `name` is the field of a report it fills."""

    name = StringProperty("")
    label = StringProperty("")
    hint = StringProperty("")
    text = StringProperty("")
    error = StringProperty("")
    limit = NumericProperty(2_000)
    multiline = BooleanProperty(True)
    lines = NumericProperty(3)
    counter = StringProperty("")
    focus = BooleanProperty(False)
    padding_box = ListProperty([14, 12])
    __events__ = ("on_enter",)

    def on_enter(self) -> None:
        """Enter was pressed in a field of one line."""

    def on_text(self, _widget: Any, text: str) -> None:
        """Counts, and takes a fault away that was about the text before."""
        left = int(self.limit) - len(text)
        if left < 0:
            self.counter = count(
                "{n} character too many. Shorten it before you send.",
                "{n} characters too many. Shorten it before you send.",
                -left,
            )
        elif len(text) * 2 >= self.limit:
            self.counter = count("{n} character left", "{n} characters left", left)
        else:
            self.counter = ""
        self.error = ""

    @property
    def too_long(self) -> bool:
        """Whether it has more characters than the service takes; nothing is cut off."""
        return bool(len(self.text) > self.limit)

    def choose_words(self, start: int, end: int) -> None:
        """Selects them, ready to be typed over: once it is shown, the keyboard comes to it."""
        self.ids.box.choose_words(start, end)

    def forget(self) -> None:
        """Empties it for good."""
        self.ids.box.forget()
        self.error = ""


class TextField(Field):
    """A field of one line."""


class TextArea(Field):
    """A field of several lines that grows with the text, then scrolls."""


load(__file__)
