"""Holds the one screen that is shown, and under it what has to be told on any of them."""

from __future__ import annotations

from kivy.core.window import Window
from kivy.uix.boxlayout import BoxLayout

from mobile.language import _
from mobile.widgets.callout import Banner
from mobile.widgets.page import Frame


class Stage(BoxLayout):
    """Shows one screen at a time, at once and without a movement that catches an eye."""

    screen: Frame | None = None

    def __init__(self, **kwargs: object) -> None:
        super().__init__(orientation="vertical", **kwargs)
        self._told: Banner | None = None

    def show(self, screen: Frame) -> None:
        """Takes the place of whatever was shown, and its keyboard."""
        self.empty()
        self.screen = screen
        self.add_widget(screen)

    def empty(self) -> None:
        """Takes away whatever is shown."""
        Window.release_all_keyboards()
        self.clear_widgets()
        self._told = self.screen = None

    def tell(self, text: str) -> None:
        """Says something under the screen, until another one is shown or it is closed."""
        if self._told is None:
            self._told = Banner()
            self._told.bind(on_act=lambda *_: self.hush())
            self.add_widget(self._told)
        self._told.tell(text, action=_("Close"))

    def hush(self) -> None:
        """Takes it away."""
        if self._told is not None:
            self.remove_widget(self._told)
        self._told = None
