"""Scrolling for those who want nothing to move by itself."""

from __future__ import annotations

from kivy.effects.scroll import ScrollEffect


class Still(ScrollEffect):
    """Follows the finger, and stops where it is let go: nothing glides on or springs back."""

    def update_velocity(self, _dt: float) -> None:
        """Takes the speed away."""
        self.velocity = 0
