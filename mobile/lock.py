"""When to lock, to cover and to forget. No Kivy here: the clock is given.

With a PIN everything is locked as soon as the app is left, and a minute after the last touch or
key. Without one there is no key to lock with: what is shown is covered as soon as the app is
left, and after a minute it is forgotten, but for what is still on its way.

Who is sent to the system's dialog for a file does not leave: until they are back it is covered,
with a PIN too, and after three minutes it is as if they had left.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

SECONDS = 60
"""How long somebody may be away, or not touch anything."""
CHOOSING = 180
"""How long, if they are choosing a file in the system's dialog, which the app sent them to."""


class Do(Enum):
    """What has to be done now."""

    NOTHING = "nothing"
    COVER = "cover"
    LOCK = "lock"
    FORGET = "forget"


def now() -> float:
    """Seconds that pass while the phone sleeps as well, and that nobody can set back."""
    if hasattr(time, "CLOCK_BOOTTIME"):  # Linux and Android: `monotonic` stops in deep sleep
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Watch:
    """Knows when something was touched last, and since when the app is left."""

    def __init__(self, clock: Callable[[], float] = now, seconds: float = SECONDS) -> None:
        self._clock, self._seconds = clock, seconds
        self._touched = clock()
        self._left: float | None = None
        self._forgot = self._choosing = False

    def choosing(self) -> None:
        """The system's dialog for a file is about to be shown over the app."""
        self._choosing = True
        self.touched()

    def touched(self) -> None:
        """Something was pressed or typed."""
        self._touched = self._clock()

    @property
    def is_left(self) -> bool:
        """Whether the app is out of sight."""
        return self._left is not None

    def left(self, *, pin: bool) -> Do:
        """The app went out of sight."""
        if self._left is None:
            self._left, self._forgot = self._clock(), False
        return Do.LOCK if pin and not self._choosing else Do.COVER

    def look(self, *, pin: bool) -> Do:
        """Asked again and again, and before anything is shown to who comes back."""
        if pin:
            left = self.is_left and not self._choosing
            return Do.LOCK if left or self._over(self._touched) else Do.NOTHING
        if self._left is None or self._forgot or not self._over(self._left):
            return Do.NOTHING
        self._forgot = True  # once: who is away for a night is not forgotten every second
        return Do.FORGET

    def back(self, *, pin: bool) -> Do:
        """The app is in sight again."""
        found = self.look(pin=pin)
        self._left, self._forgot, self._choosing = None, False, False
        self.touched()
        return found

    def _over(self, since: float) -> bool:
        return self._clock() - since >= (CHOOSING if self._choosing else self._seconds)
