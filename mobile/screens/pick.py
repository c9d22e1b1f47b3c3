"""One of several: another desk, or a person to let in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from kivy.properties import ObjectProperty, StringProperty

from mobile.kv import load
from mobile.widgets.card import Row
from mobile.widgets.page import Page


class Pick(Page):
    """`show` takes items (`code`, `name`, `about`); `picked(item)` gets the one chosen."""

    heading = StringProperty("")
    body = StringProperty("")
    picked = ObjectProperty(None, allownone=True)

    def show(self, items: Sequence[Mapping[str, Any]], icon: str, none: str) -> None:
        """Shows what there is to choose from, or that there is nothing (`none`)."""
        self.ids.choices.clear_widgets()
        if not items:
            self.body = none
        for item in items:
            row = Row(icon=icon, title=str(item["name"]), about=str(item["about"]))
            row.bind(on_release=partial(self._pick, item))
            self.ids.choices.add_widget(row)

    def _pick(self, item: Mapping[str, Any], _row: Any) -> None:
        if self.picked is not None:
            self.picked(item)

    def forget(self) -> None:
        """Takes the names away."""
        self.ids.choices.clear_widgets()


load(__file__)
