"""The eight words: shown once, practised, and only then done with."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

import mobile.widgets.callout
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _
from mobile.widgets.page import Page

SHOW, PRACTISE, DONE = 0, 1, 2


class Numbered(BoxLayout):
    """One of the words, with its place."""

    place = NumericProperty(1)
    word = StringProperty("")


def two_places(below: int = 8) -> tuple[int, int]:
    """Two different places, in order."""
    first = secrets.randbelow(below)
    second = (first + 1 + secrets.randbelow(below - 1)) % below
    return min(first, second), max(first, second)


class WordsPage(Page):
    """`copy(text)` puts the words on the clipboard for a minute; `done()` goes on.

    `talk()` opens the conversation with these words, and `keep()` keeps them on this phone.
    Before the report has `arrived` they are shown and no more: `done()` leads back.
    """

    phase = NumericProperty(SHOW)
    copied = BooleanProperty(False)
    busy = BooleanProperty(False)
    arrived = BooleanProperty(True)
    earlier = BooleanProperty(False)
    kept = BooleanProperty(False)
    can_keep = BooleanProperty(False)
    reference = StringProperty("")
    copy = ObjectProperty(None, allownone=True)
    talk = ObjectProperty(None, allownone=True)
    done = ObjectProperty(None, allownone=True)
    keep = ObjectProperty(None, allownone=True)

    def __init__(
        self, token: str, places: Callable[[], tuple[int, int]] = two_places, **kwargs: Any
    ) -> None:
        self._words = token.split()
        self._places = places
        self._asked = places()
        super().__init__(**kwargs)
        # Held here: ids are weak, and two of the three parts are not on the screen.
        self._parts = [self.ids[name].__self__ for name in ("show", "practise", "finish")]
        self.back = self.one_back
        for place, word in enumerate(self._words, 1):
            self.ids.words.add_widget(Numbered(place=place, word=word))
        self._arrange()

    def on_phase(self, _page: Any, _phase: int) -> None:
        """Shows another part of the screen."""
        self._arrange()
        self.to_top()

    def _arrange(self) -> None:
        for at, part in enumerate(self._parts):
            if part.parent is not None and at != self.phase:
                part.parent.remove_widget(part)
            elif part.parent is None and at == self.phase:
                self.ids.place.add_widget(part)
        self.has_back = self.phase == PRACTISE or not self.arrived
        self.speak()

    def speak(self) -> None:
        """Names the two words that are asked for, in the language in use."""
        for field, place in zip((self.ids.first, self.ids.second), self._asked, strict=True):
            field.label = _("Word {n}").format(n=place + 1)

    def one_back(self) -> None:
        """Shows the words again; the practice begins anew, with two others."""
        if not self.arrived:
            self.done()
        elif self.phase == PRACTISE:
            self.ids.first.forget()
            self.ids.second.forget()
            self._asked = self._places()
            self.phase = SHOW

    def go_on(self) -> None:
        """From the words to the practice, from there to the end, from there on."""
        if not self.arrived:
            self.done()
        elif self.phase == SHOW:
            self.phase = PRACTISE
        elif self.phase == PRACTISE:
            if self._practised():
                self.phase = DONE
        elif self.talk is not None and not self.busy:
            self.ids.trouble.hide()
            self.talk()

    def tell(self, text: str) -> None:
        """Says why the conversation can't be opened now."""
        self.ids.trouble.tell(text)
        self.to_top()

    def _practised(self) -> bool:
        right = True
        for field, place in zip((self.ids.first, self.ids.second), self._asked, strict=True):
            typed = field.text.strip().lower()
            if typed != self._words[place]:
                text = (
                    _("That is not word {n}. Go back to look at it.")
                    if typed
                    else _("Type word {n}.")
                )
                field.error = text.format(n=place + 1)
                right = False
        return right

    def take_copy(self) -> None:
        """Puts the words on the clipboard."""
        if self.copy is not None:
            self.copy(" ".join(self._words))
            self.copied = True

    def forget(self) -> None:
        """Takes the words away."""
        self._words = []
        self.ids.words.clear_widgets()
        self.ids.first.forget()
        self.ids.second.forget()


load(__file__)
