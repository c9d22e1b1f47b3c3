"""Holds the one screen that is shown."""

from __future__ import annotations

from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.page import Frame


class Stage(BoxLayout):
    """Shows one screen at a time, at once and without a movement that catches an eye."""

    screen: Frame | None = None

    def show(self, screen: Frame) -> None:
        """Takes the place of whatever was shown."""
        self.clear_widgets()
        self.screen = screen
        self.add_widget(screen)
