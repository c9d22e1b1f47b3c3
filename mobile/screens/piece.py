"""One piece of evidence: how it may be used, and its words retyped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

import mobile.widgets.choice
import mobile.widgets.field
import mobile.widgets.shown  # noqa: F401 - their rules
from mobile.kv import load
from mobile.language import later
from mobile.widgets.page import Page
from shared.evidence import FOR_HANDLER, FOR_INVESTIGATION, TRANSCRIPT

if TYPE_CHECKING:
    from PIL import Image

SHARING = (
    {
        "code": FOR_HANDLER,
        "name": later("For the handler\u2019s eyes only"),
        "about": later("Nobody else is shown it, whatever comes of your report."),
    },
    {
        "code": FOR_INVESTIGATION,
        "name": later("May be shown in an investigation"),
        "about": later("Also to the people that it is about. They may guess who took it."),
    },
)


class PiecePage(Page):
    """`show` says which one. `done(sharing, transcript)` and `remove()` are called.

    `sharing` is one of `shared.evidence.SHARING`.
    """

    busy = BooleanProperty(False)
    name = StringProperty("")
    about = StringProperty("")
    done = ObjectProperty(None, allownone=True)
    remove = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids.transcript.limit = TRANSCRIPT
        self.ids.sharing.bind(chosen=self._chose)
        self.ids.sharing.chosen = [FOR_HANDLER]
        self.ids.sharing.show(SHARING, {})

    def show(
        self,
        name: str,
        about: str = "",
        *,
        sharing: str = FOR_HANDLER,
        transcript: str = "",
        picture: Image.Image | None = None,
    ) -> None:
        """Shows a piece: what it is called, a line about it, and what was said of it before."""
        self.name, self.about = name, about
        self.ids.sharing.chosen = [sharing]
        self.ids.transcript.ids.box.text = transcript
        if picture is not None:
            self.ids.picture.show(picture)

    @property
    def sharing(self) -> str:
        """What is chosen."""
        return str(self.ids.sharing.chosen[0])

    def _chose(self, _widget: Any, chosen: list[str]) -> None:
        if not chosen:  # one it must be: who takes the other back is careful
            self.ids.sharing.chosen = [FOR_HANDLER]

    def go_on(self) -> None:
        """Takes what was said of it, if the words are not too many."""
        if self.busy:
            return
        transcript = self.ids.transcript
        if transcript.too_long:
            self.reveal(transcript)
        elif self.done is not None:
            self.done(self.sharing, transcript.text.strip())

    def forget(self) -> None:
        """Takes the picture and the words away."""
        self.name = self.about = ""
        self.ids.picture.forget()
        self.ids.transcript.forget()


load(__file__)
