"""Coming back with the eight words: they complete, and a wrong one is told at once, offline."""

from __future__ import annotations

from functools import partial
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.callout
import mobile.widgets.chips
import mobile.widgets.choice
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _, count
from mobile.widgets.page import Page
from shared.errors import BadToken

COUNT, CHIPS = 8, 4
MOST = 24
"""Letters of a wrong word that are shown."""


class Slot(ButtonBehavior, BoxLayout):
    """The place of one word; pressing it takes the word out, to be typed again."""

    place = StringProperty("")
    word = StringProperty("")
    next = BooleanProperty(False)


class SignIn(Page):
    """`tokens` is the module that knows the words. `enter(token)` is called with eight of them.

    `paste()` gives the clipboard's text. `keep` is ticked by who wants the words kept here;
    `kept` says that they would be under a PIN.
    """

    words = ListProperty([])
    busy = BooleanProperty(False)
    kept = BooleanProperty(False)
    keep = BooleanProperty(False)
    enter = ObjectProperty(None, allownone=True)
    paste = ObjectProperty(None, allownone=True)

    def __init__(self, tokens: Any, **kwargs: Any) -> None:
        self._tokens = tokens
        self._at: int | None = None
        self._setting = False
        super().__init__(**kwargs)
        for place in range(COUNT):
            slot = Slot(place=str(place + 1))
            slot.bind(on_release=partial(self._again, place))
            self.ids.slots.add_widget(slot)
        self.words = [""] * COUNT
        # On the next frame: Kivy is still putting letters in when it tells of a new text.
        self._soon = Clock.create_trigger(self._read, -1)
        self.ids.typed.bind(text=self._typed)

    def on_words(self, _page: Any, words: list[str]) -> None:
        """Shows the words in their places."""
        slots = list(reversed(self.ids.slots.children))
        for place, (slot, word) in enumerate(zip(slots, words, strict=False)):
            slot.word, slot.next = word, place == self._place()
        self._label()

    def _label(self) -> None:
        word = _("Word {place}").format(place=self._place() + 1)
        self.ids.typed.label = _("All eight are there") if self._place() == COUNT else word

    def speak(self) -> None:
        """Says which word is asked for; a fault that was told is told again when it is met."""
        self._label()
        self.ids.typed.error = ""

    def _place(self) -> int:
        if self._at is not None:
            return self._at
        return self.words.index("") if "" in self.words else COUNT

    def _again(self, place: int, _slot: Any) -> None:
        if self.words[place]:
            self._at = place
            self.words = [*self.words[:place], "", *self.words[place + 1 :]]
            self.ids.typed.ids.box.focus = True

    def _typed(self, _field: Any, _text: str) -> None:
        if not self._setting:
            self._soon()

    def _read(self, *_: Any) -> None:
        """Completes; takes a word when it is ended by a space, a hyphen or a line."""
        text = self.ids.typed.text
        pieces = self._tokens.split(text)
        ended = bool(text) and (text[-1].isspace() or text[-1] in ",-")
        if len(pieces) > 1 or (pieces and ended):
            self._take(pieces, ended)
            return
        self._complete(pieces[0] if pieces else "")

    def _complete(self, typed: str) -> None:
        found = self._tokens.complete(typed) if typed else []
        self.ids.chips.show(found[:CHIPS] if len(typed) > 1 else [])
        if typed and not found:
            none = _("No word begins with \u201c{typed}\u201d. Check the letters.")
            self.ids.typed.error = none.format(typed=_short(typed))
        elif found == [typed]:
            self.take(typed)

    def _take(self, pieces: list[str], ended: bool) -> None:
        last = pieces if ended or len(pieces) >= COUNT else pieces[:-1]
        rest = pieces[len(last) :]
        for at, typed in enumerate(last):
            word = self._tokens.find(typed)
            if word is None:
                self._set(" ".join([*last[at:], *rest]))
                self._say_wrong(typed)
                return
            self._put(word)
        self._set(" ".join(rest))
        self._complete(rest[0] if rest else "")

    def _say_wrong(self, typed: str) -> None:
        self.ids.chips.show(self._tokens.complete(typed[:3])[:CHIPS] if len(typed) > 2 else [])
        place = min(self._place(), COUNT - 1) + 1
        said = _("\u201c{typed}\u201d, word {place}, is not one of Wren\u2019s words.")
        self.ids.typed.error = said.format(typed=_short(typed), place=place)

    def _set(self, text: str) -> None:
        self._setting = True  # what is set here was not typed
        self.ids.typed.ids.box.text = text
        self.ids.typed.error = ""
        self._setting = False

    def _put(self, word: str) -> None:
        place = self._place()
        if place >= COUNT:
            return
        self._at = None
        self.words = [*self.words[:place], word, *self.words[place + 1 :]]
        self.ids.trouble.hide()

    def take(self, word: str) -> None:
        """Puts a whole word in its place and empties the box for the next."""
        self._put(word)
        self._set("")
        self.ids.chips.show([])
        self.ids.typed.ids.box.focus = self._place() < COUNT

    def take_paste(self) -> None:
        """Fills in what is on the clipboard, in any spelling: hyphens, lines, capitals."""
        text = self.paste() if self.paste is not None else ""
        pieces = self._tokens.split(text)
        if not pieces:
            self.ids.typed.error = _("There is nothing to paste.")
            return
        self._at = None
        self.words = [""] * COUNT
        self._set("")
        self.ids.chips.show([])
        self._take(pieces[:COUNT], True)

    def accept(self) -> None:
        """Enter: the only word it can be is taken; with all eight there, it goes on."""
        typed = self._tokens.split(self.ids.typed.text)
        found = self._tokens.complete(typed[0]) if typed else []
        if len(found) == 1:
            self.take(found[0])
        else:
            self.go_on()

    def go_on(self) -> None:
        """Opens the case, if eight words that belong together are there."""
        left = self._tokens.find(self.ids.typed.text.strip().lower())
        if left is not None:
            self.take(left)
        missing = self.words.count("")
        if self.busy:
            return
        if missing:
            self.ids.typed.error = count("{n} word is missing.", "{n} words are missing.", missing)
            return
        try:
            token = self._tokens.normalise(" ".join(self.words))
        except BadToken as error:
            self.tell(_(error.detail))
            return
        if self.enter is not None:
            self.ids.trouble.hide()
            self.enter(token)

    def tell(self, text: str, *, action: str = "") -> None:
        """Says what went wrong, and nothing else that did before."""
        self.ids.typed.error = ""
        self.ids.trouble.tell(text, action=action)
        self.reveal(self.ids.trouble)

    def forget(self) -> None:
        """Takes the words away."""
        self.words = [""] * COUNT
        self._set("")
        self.ids.typed.forget()
        self.ids.chips.show([])


def _short(typed: str) -> str:
    """What was typed, as far as it helps to see it: a paste may be of any length."""
    return typed if len(typed) <= MOST else f"{typed[:MOST]}\u2026"


load(__file__)
