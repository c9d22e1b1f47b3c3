"""The pieces of evidence that are being put together, and the ways to add one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.button
import mobile.widgets.callout  # noqa: F401 - their rules
from mobile.evidence import Piece, size_of
from mobile.kv import load
from mobile.language import _, count, later
from mobile.widgets.card import Row
from mobile.widgets.page import Page

WAYS = (
    ("picture", "image", later("Add a picture"),
     later("You cut it and black things out before it is added.")),
    ("messages", "message", later("Add WhatsApp messages"),
     later("Pasted or exported. You choose the lines.")),
    ("file", "file", later("Add a file"),
     later("A PDF, a text, a recording, a video, a document")),
)  # fmt: skip
ICONS = {"picture": "image", "messages": "message"}
SAVED = later("What you add is kept on this phone, under your PIN, until it is sent.")
NOT_SAVED = later(
    "What you add is kept nowhere. It is gone when Wren is closed, or left for a minute, unless "
    "it is on its way."
)


class EvidencePage(Page):
    """`show` takes `evidence.Piece`s. `add(way)`, `open(name)` and `done()` are called.

    Ways are `picture`, `messages` and `file`. `in_case`: *Send* ends it, and not *Done*.
    """

    in_case = BooleanProperty(False)
    kept = BooleanProperty(False)
    busy = BooleanProperty(False)
    summary = StringProperty("")
    add = ObjectProperty(None, allownone=True)
    open = ObjectProperty(None, allownone=True)
    done = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._pieces: Sequence[Piece] = ()

    def show(self, pieces: Sequence[Piece]) -> None:
        """Shows what there is."""
        self._pieces = pieces
        self.speak()

    def speak(self) -> None:
        """Says it in the language in use."""
        self.ids.pieces.clear_widgets()
        for one in self._pieces:
            about = one.about if not one.transcript else f"{one.about}\n{_('With its words')}"
            row = Row(icon=ICONS.get(one.source, "file"), title=one.title, about=about)
            row.bind(on_release=partial(self._opened, one.name))
            self.ids.pieces.add_widget(row)
        self.ids.ways.clear_widgets()
        for way, icon, title, about in WAYS:
            row = Row(icon=icon, title=_(title), about=_(about), arrow="plus")
            row.bind(on_release=partial(self._add, way))
            self.ids.ways.add_widget(row)
        self.summary = told(self._pieces)
        self.ids.notice.tell(_(SAVED if self.kept else NOT_SAVED), kind="info")

    def tell(self, text: str) -> None:
        """Says why something was not added, or not sent."""
        self.busy = False
        self.ids.trouble.tell(text)
        self.to_top()

    def _opened(self, name: str, _row: Any) -> None:
        if self.open is not None and not self.busy:
            self.open(name)

    def _add(self, way: str, _row: Any) -> None:
        if self.add is not None and not self.busy:
            self.ids.trouble.hide()
            self.add(way)

    def go_on(self) -> None:
        """Is done with it, or sends it."""
        if self.done is not None and not self.busy:
            self.done()

    def forget(self) -> None:
        """Takes the list away."""
        self._pieces = ()
        self.ids.pieces.clear_widgets()
        self.summary = ""


def told(pieces: Sequence[Piece]) -> str:
    """How many there are, and their size together; empty if there is none."""
    if not pieces:
        return ""
    number = count("{n} piece", "{n} pieces", len(pieces))
    return f"{number} \u00b7 {size_of(sum(one.size for one in pieces))}"


load(__file__)
