"""The clipboard, and that the words don't stay on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock

from mobile.lock import now

SECONDS = 60
NOTHING = " "
"""Kivy copies no empty text: it would leave what is there."""


class Clipboard:
    """Puts a secret on the clipboard for a minute. `system` is Kivy's, loaded when needed."""

    def __init__(self, system: Any = None, clock: Callable[[], float] = now) -> None:
        self._system, self._now = system, clock
        self._until = 0.0
        self._secret = ""
        self._clear = Clock.create_trigger(lambda _dt: self.clear(), SECONDS)

    def _kivy(self) -> Any:
        if self._system is None:
            from kivy.core.clipboard import Clipboard as System

            self._system = System
        return self._system

    def paste(self) -> str:
        """The text that is there."""
        return str(self._kivy().paste() or "")

    def put(self, secret: str) -> None:
        """Puts it there, and takes it away after a minute."""
        self._kivy().copy(secret)
        self._secret, self._until = secret, self._now() + SECONDS
        self._clear.cancel()
        self._clear()

    def look(self) -> None:
        """Takes it away if the minute is over: no timer counts while a phone sleeps."""
        if self._secret and self._now() >= self._until:
            self.clear()

    def clear(self) -> None:
        """Takes the secret away, unless something else was copied since."""
        self._clear.cancel()
        if self._secret and self.paste() == self._secret:
            self._kivy().copy(NOTHING)
        self._secret = ""
