"""When what is left of earlier screens is taken away: between touches, not while one is answered.

Python looks for it whenever enough was made, which is while a screen is being built: that made a
change of screen up to three times as long (measured with `make bench`).
"""

from __future__ import annotations

import gc
from time import monotonic
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window

QUIET = 0.7
"""Seconds without a touch or a key after which nobody is kept waiting."""

MANY, MOST = 5_000, 400_000
"""Objects made since the last time: fewer are left alone, at more nobody's rest is waited for."""

EVERY = 0.5


class Tidying:
    """Takes the place of Python's own rhythm once `start` was called."""

    def __init__(self) -> None:
        self._touched = 0.0
        self._event: Any = None

    def start(self) -> None:
        """From now on; what is there by now is there for good, and not looked through again."""
        gc.freeze()
        gc.disable()
        Window.bind(on_touch_down=self._touch, on_touch_up=self._touch, on_key_down=self._touch)
        self._event = Clock.schedule_interval(self.look, EVERY)

    def stop(self) -> None:
        """Python's own rhythm again."""
        if self._event is not None:
            self._event.cancel()
            self._event = None
            Window.unbind(
                on_touch_down=self._touch, on_touch_up=self._touch, on_key_down=self._touch
            )
        gc.enable()

    def look(self, *_: Any) -> None:
        """Takes it away if there is something, and nobody waits."""
        made = gc.get_count()[0]
        if made > MOST or (made > MANY and monotonic() - self._touched > QUIET):
            gc.collect()

    def _touch(self, *_: Any) -> None:
        self._touched = monotonic()
