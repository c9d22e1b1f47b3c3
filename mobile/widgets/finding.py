"""A card that shows words which may point at somebody, and what can be done about them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kivy.properties import BooleanProperty, StringProperty
from kivy.utils import escape_markup, get_hex_from_color

import mobile.widgets.button
import mobile.widgets.callout
import mobile.widgets.sides
from mobile.kv import load
from mobile.theme import theme
from mobile.widgets.card import Card
from mobile.widgets.text import Body


class Excerpt(Body):
    """A line of what was written, with the words marked."""

    def __init__(self, before: str, words: str, after: str, **kwargs: Any) -> None:
        self.parts = tuple(escape_markup(one) for one in (before, words, after))
        super().__init__(markup=True, **kwargs)
        theme.bind(warning_ink=self._mark)  # weak: nothing that was written is kept alive
        self._mark()

    def _mark(self, *_: Any) -> None:
        """Bold and in another colour: one of the two is seen by everybody."""
        before, words, after = self.parts
        colour = get_hex_from_color(theme.warning_ink)
        self.text = f"{before}[b][color={colour}]{words}[/color][/b]{after}"


class FindingCard(Card):
    """One reason, with the words that it is about. `left`: the writer leaves them as they are."""

    title = StringProperty("")
    why = StringProperty("")
    more = StringProperty("")
    left = BooleanProperty(False)
    __events__ = ("on_change", "on_leave_it")

    def on_change(self) -> None:
        """The words are to be changed."""

    def on_leave_it(self) -> None:
        """They stay."""

    def show(self, excerpts: Iterable[tuple[str, str, str]]) -> None:
        """Puts the lines in, with the words marked."""
        self.ids.lines.clear_widgets()
        for parts in excerpts:
            self.ids.lines.add_widget(Excerpt(*parts))


class ReplyBanner(mobile.widgets.callout.Callout):
    """Over the box of a reply: that it may point at somebody, with two ways on."""

    shown = BooleanProperty(False)
    __events__ = ("on_look", "on_anyway")

    def on_look(self) -> None:
        """What was found is to be shown."""

    def on_anyway(self) -> None:
        """The reply goes as it is."""

    def tell(self, title: str) -> None:
        """Shows it."""
        self.title, self.shown = title, True

    def hide(self) -> None:
        """Takes it away."""
        self.title, self.shown = "", False


load(__file__)
