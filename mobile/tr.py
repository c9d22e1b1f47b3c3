"""Texts in kv that change with the language: `#:import tr mobile.tr.tr`, `tr._('Continue')`."""

from __future__ import annotations

from functools import partial

from kivy.event import EventDispatcher
from kivy.properties import ObjectProperty

from mobile.language import language


class Tr(EventDispatcher):
    """A kv rule that calls `tr._` is applied again when the language changes."""

    _ = ObjectProperty(language.text)

    def __init__(self) -> None:
        super().__init__()
        language.listen(self._changed)

    def _changed(self) -> None:
        # Another object each time, so that Kivy sees a change.
        self._ = partial(language.text)


tr = Tr()
