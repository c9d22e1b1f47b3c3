"""Cards to choose from: several (boxes to tick) or one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.text  # noqa: F401 - its rules
from mobile.kv import load
from mobile.widgets.rows import Rows


class ChoiceCard(ButtonBehavior, BoxLayout):
    """One thing to choose: `active` says whether it is chosen; `plain` is without a ground.

    `title` and `about` may be English, of the directory or a table: they are looked up.
    """

    code = StringProperty("")
    title = StringProperty("")
    about = StringProperty("")
    icon = StringProperty("")
    multi = BooleanProperty(True)
    active = BooleanProperty(False)
    plain = BooleanProperty(False)


class CheckRow(ChoiceCard):
    """A box to tick that stands alone, with its text beside it."""

    def on_release(self) -> None:
        """Ticks it, or unticks it."""
        self.active = not self.active


class Choices(Rows):
    """Cards for `items` ({"code", "name", "about"?}); the codes chosen are in `chosen`.

    With `multi` any number may be chosen. Without it one at most, and pressing that one again
    takes it back: nothing here has to be answered.
    """

    multi = BooleanProperty(True)
    chosen = ListProperty([])

    def show(self, items: Sequence[Mapping[str, Any]], icons: Mapping[str, str]) -> None:
        """Makes the cards anew; what was chosen stays so."""
        self.clear_widgets()
        for item in items:
            code = str(item["code"])
            card = ChoiceCard(
                code=code, title=str(item["name"]), about=str(item.get("about") or ""),
                icon=icons.get(code, ""), multi=self.multi, active=code in self.chosen,
            )  # fmt: skip
            card.bind(on_release=partial(self._pressed, code))
            self.add_widget(card)

    def _pressed(self, code: str, _card: Any) -> None:
        if code in self.chosen:
            self.chosen = [other for other in self.chosen if other != code]
        else:
            self.chosen = [*self.chosen, code] if self.multi else [code]

    def on_chosen(self, _widget: Any, chosen: list[str]) -> None:
        """Marks the cards."""
        for card in self.children:
            card.active = card.code in chosen


load(__file__)
