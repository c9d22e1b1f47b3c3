"""What every screen is: a bar with the quick exit, a column that scrolls, and a foot."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.button
import mobile.widgets.topbar  # noqa: F401 - their rules
from mobile.kv import load
from mobile.theme import theme
from mobile.tr import tr
from mobile.widgets.scroll import Scroll


class Foot(BoxLayout):
    """The buttons of a page, always in reach of a thumb."""

    flat = BooleanProperty(False)


class Column(Scroll):
    """What a page shows, as tall as it needs to be."""


class Frame(BoxLayout):
    """The frame of every screen: the bar with the quick exit.

    `leave` is called by the quick exit, `back` by the arrow and the phone's back button.
    """

    title = StringProperty("")
    subtitle = StringProperty("")
    progress = NumericProperty(-1)
    has_back = BooleanProperty(True)
    leave = ObjectProperty(None, allownone=True)
    back = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        tr.bind(_=self._speak)  # weak: it doesn't keep a screen alive

    def _speak(self, *_: Any) -> None:
        self.speak()

    def speak(self) -> None:
        """Makes anew the texts that were made in Python: another language was chosen.

        Texts in kv (`tr._`) change by themselves.
        """

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Adds a part; those that don't scroll are drawn over the one that does."""
        super().add_widget(widget, *args, **kwargs)
        for part in reversed(self.children):
            if not isinstance(part, Scroll):
                self.canvas.remove(part.canvas)
                self.canvas.add(part.canvas)

    def go_back(self) -> None:
        """One step back, where there is one."""
        if self.has_back and self.back is not None:
            self.back()

    def go_away(self) -> None:
        """The quick exit."""
        if self.leave is not None:
            self.leave()

    def forget(self) -> None:
        """Empties what this screen holds of the user's. Called before it is dropped."""


class Page(Frame):
    """A screen that scrolls. What kv puts into it goes into the column; a `Foot` under it.

    On a window so low that the foot would take most of it, the foot scrolls with the rest.
    """

    wide = NumericProperty(640)
    foot: Foot | None = None

    def add_widget(self, widget: Any, *args: Any, **kwargs: Any) -> None:
        """Puts a part in its place; the frame's own parts come first."""
        column = self.ids.get("column")
        if isinstance(widget, Foot):
            self.foot = widget
            place = Clock.create_trigger(self._place_foot, -1)
            widget.bind(height=place)
            self.bind(height=place)
            super().add_widget(widget, *args, **kwargs)
        elif column is None:
            super().add_widget(widget, *args, **kwargs)
        else:
            column.add_widget(widget, *args, **kwargs)

    def _place_foot(self, *_: Any) -> None:
        foot, column = self.foot, self.ids.get("column")
        if foot is None or column is None or self.height <= 100:
            return
        # Two limits, so that the smaller padding inside the column doesn't send it back.
        flat = foot.height > (0.30 if foot.flat else 0.36) * self.height
        if flat != foot.flat and foot.parent is not None:
            foot.parent.remove_widget(foot)
            foot.flat = flat
            if flat:
                column.add_widget(foot)
            else:
                Frame.add_widget(self, foot)

    def reveal(self, part: Any) -> None:
        """Scrolls until this part shows, once it has its place."""

        def scroll(_dt: float) -> None:
            # What fits is all in sight: Kivy would move it down all the same.
            if self.ids.column.height > self.ids.scroll.height:
                self.ids.scroll.scroll_to(part, animate=theme.motion)

        Clock.schedule_once(scroll)

    def to_top(self) -> None:
        """Shows the beginning of the column."""
        self.ids.scroll.scroll_y = 1


load(__file__)
