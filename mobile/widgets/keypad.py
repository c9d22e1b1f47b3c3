"""Digits to press: no keyboard of the system's learns a PIN, and none is in the way."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window
from kivy.graphics import Color, SmoothEllipse
from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

import mobile.widgets.text  # noqa: F401 - its rules
from mobile.kv import load
from mobile.language import _
from mobile.theme import theme
from mobile.widgets.page import Page

MOST = 32
"""Digits of the longest PIN."""
BACKSPACE, ENTER, KEYPAD_ENTER, KEYPAD_0, KEYPAD_9 = 8, 13, 271, 256, 265
"""Key codes of `Window.on_key_down`."""


class Key(ButtonBehavior, BoxLayout):
    """One of them; at least 48 dp tall and wide."""

    text = StringProperty("")
    icon = StringProperty("")
    bare = BooleanProperty(False)


class Dots(Widget):
    """A dot for each digit, so that nobody reads the PIN over a shoulder."""

    count = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name in ("count", "pos", "size"):
            self.fbind(name, self._draw)
        theme.bind(ink=self._draw)  # weak: a PIN page that was left is not kept alive
        self._draw()

    def _draw(self, *_: Any) -> None:
        self.canvas.after.clear()
        if not self.count:
            return
        step = min(dp(22), self.width / self.count)
        # Not `center`: Kivy works that out after it has told of a new place.
        size, left = step * 0.6, self.x + (self.width - step * self.count) / 2
        low = self.y + (self.height - size) / 2
        with self.canvas.after:
            Color(*theme.ink)
            for at in range(int(self.count)):
                SmoothEllipse(pos=(left + at * step + (step - size) / 2, low), size=(size, size))


class Keypad(GridLayout):
    """`digits` are those pressed or typed so far; `on_enter` comes with the Enter key.

    `take` gives them and empties it.
    """

    digits = StringProperty("")
    low = BooleanProperty(False)
    __events__ = ("on_enter",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for digit in "123456789":
            self._add(digit)
        self.add_widget(Widget())
        self._add("0")
        back = Key(text=_("Delete"), icon="backspace", bare=True)
        back.bind(on_release=lambda _key: self.delete())
        self.add_widget(back)
        self.bind(parent=self._placed)

    def _add(self, digit: str) -> None:
        key = Key(text=digit)
        key.bind(on_release=lambda _key: self.press(digit))
        self.add_widget(key)

    def on_enter(self) -> None:
        """Enter was pressed on a keyboard."""

    def press(self, digit: str) -> None:
        """Adds a digit."""
        if not self.disabled and len(self.digits) < MOST:
            self.digits += digit

    def delete(self) -> None:
        """Takes the last digit away."""
        self.digits = self.digits[:-1]

    def take(self) -> str:
        """The digits; then they are gone from here."""
        digits, self.digits = str(self.digits), ""
        return digits

    # --- a keyboard, where there is one ---

    def _placed(self, *_: Any) -> None:
        Window.unbind(on_key_down=self._key)
        if self.parent is not None:
            Window.bind(on_key_down=self._key)

    def _key(self, _window: Any, key: int, *_: Any) -> bool:
        if self.disabled or self.get_root_window() is None:
            return False
        if KEYPAD_0 <= key <= KEYPAD_9:
            key = ord("0") + key - KEYPAD_0
        if ord("0") <= key <= ord("9"):
            self.press(chr(key))
        elif key == BACKSPACE:
            self.delete()
        elif key in (ENTER, KEYPAD_ENTER):
            self.dispatch("on_enter")
        else:
            return False
        return True


class Beside(GridLayout):
    """What a keypad is for, and the keypad: under it, or beside it where the window is low."""


class PadPage(Page):
    """A page with a keypad on it."""

    beside = BooleanProperty(False)


load(__file__)
