"""Where to report to: the organisations known here, and adding one by its address or code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.callout
import mobile.widgets.field
import mobile.widgets.sides  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _
from mobile.widgets.card import Card
from mobile.widgets.page import Page


@dataclass(frozen=True)
class KnownHere:
    """An organisation that was added before."""

    address: str
    name: str
    about: str
    current: bool = False


class Known(Card):
    """One of them, to be used or removed; removing takes two taps."""

    name = StringProperty("")
    about = StringProperty("")
    current = BooleanProperty(False)
    sure = BooleanProperty(False)
    __events__ = ("on_choose", "on_remove", "on_look")

    def on_look(self) -> None:
        """Its people are to be shown."""

    def on_choose(self) -> None:
        """It is to be the one in use."""

    def on_remove(self) -> None:
        """It is to be forgotten."""

    def press_remove(self) -> None:
        """Removes it at the second tap."""
        if self.sure:
            self.dispatch("on_remove")
        self.sure = True


class AddressPage(Page):
    """`use(text)` is called with what was typed, if `check(text)` finds nothing wrong with it.

    `paste()` gives the clipboard's text; `picture()` asks for a picture with a code, and is
    None where no code can be read. `choose` and `remove` take the address of a known one;
    `look()` shows who reads at the one in use.
    """

    use = ObjectProperty(None, allownone=True)
    check = ObjectProperty(None, allownone=True)
    paste = ObjectProperty(None, allownone=True)
    picture = ObjectProperty(None, allownone=True)
    choose = ObjectProperty(None, allownone=True)
    remove = ObjectProperty(None, allownone=True)
    look = ObjectProperty(None, allownone=True)
    no_picture = StringProperty("")
    several = BooleanProperty(False)
    busy = BooleanProperty(False)

    def show(self, known: Sequence[KnownHere]) -> None:
        """Shows the organisations that are known here."""
        self.several = bool(known)
        rows = self.ids.known
        rows.clear_widgets()
        for one in known:
            card = Known(name=one.name, about=one.about, current=one.current)
            card.bind(
                on_choose=partial(self._chosen, one.address),
                on_remove=partial(self._removed, one.address),
                on_look=lambda _card: self.look() if self.look is not None else None,
            )
            rows.add_widget(card)

    def _chosen(self, address: str, _card: Any) -> None:
        if self.choose is not None:
            self.choose(address)

    def _removed(self, address: str, _card: Any) -> None:
        if self.remove is not None:
            self.remove(address)

    def go_on(self) -> None:
        """Hands the text over, if it can be an address."""
        text = self.ids.address.text.strip()
        if self.busy or self.use is None:
            return
        if not text:
            self.refused(_("Paste or type the address first."))
            return
        fault = self.check(text) if self.check is not None else ""
        if fault:
            self.refused(fault)
        else:
            self.busy = True
            self.use(text)

    def refused(self, text: str) -> None:
        """Says beside the field why the address can't be used."""
        self.busy = False
        self.ids.address.error = text
        self.reveal(self.ids.address)

    def fill(self, text: str) -> None:
        """Puts in what a code said; it is used when *Continue* is pressed."""
        self.ids.address.text = text.strip()

    def take_paste(self) -> None:
        """Fills in what is on the clipboard."""
        if self.paste is not None:
            self.fill(self.paste())

    def forget(self) -> None:
        """Empties the field: somebody may have typed their words there."""
        self.ids.address.forget()


load(__file__)
