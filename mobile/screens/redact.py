"""Hiding in a picture what shows who took it: a picture to draw on, and what can be done to it."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty, OptionProperty, StringProperty

import mobile.widgets.canvas
import mobile.widgets.tools  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import _, later
from mobile.redacting import Redaction
from mobile.widgets.page import Frame

HINTS = {
    "cover": later("Drag to cover. Tap a box to remove it."),
    "crop": later("Drag over what is to stay."),
    "move": later("Drag to move. Two fingers always do."),
}
LOADING = later("One moment\u2026")
BEGUN = later("Now tap the opposite corner.")
BEFORE = later("This is how it was.")
ASKED = {
    "status": later("Cover clock, signal and battery?"),
    "avatars": later("Cover the pictures of people?"),
    "own": later("Cover your own message?"),
}


class Redact(Frame):
    """`show` takes a `redacting.Redaction`, which is changed here. `done()` is called to go on.

    `asked` is what is suggested now; `several`: more of its kind come after it. `ready`: there
    is a picture.
    """

    tool = OptionProperty("cover", options=["cover", "crop", "move"])
    comparing = BooleanProperty(False)
    can_undo = BooleanProperty(False)
    asked = StringProperty("")
    several = BooleanProperty(False)
    hint = StringProperty("")
    ready = BooleanProperty(False)
    done = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._all = self.ids.all.__self__
        self.ids.answers.remove_widget(self._all)
        picture = self.ids.picture
        picture.bind(begun=self._told, tool=self._told, comparing=self._told)
        picture.bind(on_change=self._told)
        self._told()

    def show(self, redaction: Redaction) -> None:
        """Shows a picture with what is covered in it, and asks what to cover."""
        self.ids.picture.show(redaction)
        self._told()

    def speak(self) -> None:
        """Says what to do, in the language in use."""
        self._told()

    def _told(self, *_args: Any) -> None:
        picture = self.ids.picture
        redaction = picture.redaction
        self.tool, self.comparing = picture.tool, picture.comparing
        self.ready = redaction is not None
        suggested = redaction.suggested if redaction is not None else ()
        self.can_undo = redaction is not None and redaction.can_undo
        kind = suggested[0].kind if suggested and not self.comparing else ""
        self.several = sum(one.kind == kind for one in suggested) > 1
        self.asked = _(ASKED[kind]) if kind else ""
        if redaction is None:
            self.hint = _(LOADING)
        elif self.comparing:
            self.hint = _(BEFORE)
        else:
            self.hint = _(BEGUN) if picture.begun else _(HINTS[self.tool])

    def on_several(self, _page: Any, several: bool) -> None:
        """Has a button for all of them, or no room for one."""
        if several:
            self.ids.answers.add_widget(self._all, index=1)
        else:
            self.ids.answers.remove_widget(self._all)

    def use(self, tool: str) -> None:
        """Chooses what a finger does."""
        self.ids.picture.refresh()
        self.ids.picture.comparing = False
        self.ids.picture.tool = tool

    def compare(self) -> None:
        """Shows the picture as it was, or goes on."""
        self.ids.picture.refresh()
        self.ids.picture.comparing = not self.comparing

    def undo(self) -> None:
        """Takes the last step back; a corner that was tapped first."""
        picture = self.ids.picture
        if picture.redaction is not None and (picture.begun or picture.redaction.undo()):
            self._redrawn()

    def answer(self, yes: bool, *, all_alike: bool = False) -> None:
        """Says whether to cover what is suggested."""
        redaction = self.ids.picture.redaction
        if redaction is not None:
            (redaction.accept if yes else redaction.decline)(all_alike=all_alike)
            self._redrawn()

    def _redrawn(self) -> None:
        self.ids.picture.refresh()
        self._told()

    def forget(self) -> None:
        """Takes the picture away."""
        self.ids.picture.forget()
        self._told()


load(__file__)
