"""What fingers do on something that can be moved and zoomed: one draws, two move and zoom it."""

from __future__ import annotations

from abc import abstractmethod
from math import dist
from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.uix.widget import Widget

from mobile.lens import Lens

Place = tuple[float, float]
NEAR = 8
"""Within so many dp a finger that is lifted has tapped."""
WHEEL = 1.2
"""How much a notch of a mouse's wheel zooms."""


class Fingers(Widget):
    """`_drew(start, end)` and `_tapped(at)` are called with places in the window; `_drawn` draws.

    Where `_moving`, one finger moves as well.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.lens = Lens()
        self._fingers: dict[Any, Place] = {}
        self._start: Place | None = None
        self._end: Place = (0.0, 0.0)
        self._draw = Clock.create_trigger(lambda _dt: self._drawn(), -1)
        super().__init__(**kwargs)

    @abstractmethod
    def _bears(self) -> bool:
        """Whether it can be drawn on now."""

    @abstractmethod
    def _moving(self) -> bool:
        """Whether one finger moves it."""

    @abstractmethod
    def _drew(self, start: Place, end: Place) -> None:
        """A finger drew from here to there."""

    @abstractmethod
    def _tapped(self, at: Place) -> None:
        """A finger tapped here."""

    @abstractmethod
    def _drawn(self) -> None:
        """Draws all of it."""

    def let_go(self) -> None:
        """Nothing is being drawn any more."""
        self._fingers.clear()
        self._start = None

    def on_touch_down(self, touch: Any) -> bool:
        """The first finger draws; with a second one nothing is drawn."""
        if not self._bears() or not self.collide_point(*touch.pos):
            return False
        if getattr(touch, "is_mouse_scrolling", False):
            self.lens.zoom(WHEEL if touch.button == "scrolldown" else 1 / WHEEL, *touch.pos)
            self._draw()
            return True
        touch.grab(self)
        self._fingers[touch.uid] = touch.pos
        self._start = touch.pos if len(self._fingers) == 1 and not self._moving() else None
        self._end = touch.pos
        self._draw()
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Draws, or moves and zooms."""
        if touch.grab_current is not self or touch.uid not in self._fingers:
            return False
        before = list(self._fingers.values())
        self._fingers[touch.uid] = touch.pos
        if len(self._fingers) > 1:
            self._pinched(before, list(self._fingers.values()))
        elif self._moving():
            self.lens.move(touch.x - before[0][0], touch.y - before[0][1])
        self._end = touch.pos
        self._draw()
        return True

    def _pinched(self, before: list[Place], now: list[Place]) -> None:
        (old_x, old_y), (x, y) = _middle(before), _middle(now)
        self.lens.move(x - old_x, y - old_y)
        apart = dist(*before[:2])
        if apart > dp(NEAR):
            self.lens.zoom(dist(*now[:2]) / apart, x, y)

    def on_touch_up(self, touch: Any) -> bool:
        """Ends what was drawn."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self._fingers.pop(touch.uid, None)
        start, self._start = self._start, None
        if start is not None and self._bears():
            if dist(start, touch.pos) < dp(NEAR):
                self._tapped(touch.pos)
            else:
                self._drew(start, touch.pos)
        self._draw()
        return True


def _middle(places: list[Place]) -> Place:
    (left, low), (right, high) = places[:2]
    return (left + right) / 2, (low + high) / 2
