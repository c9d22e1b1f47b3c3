"""What the steps of a report have in common: fields that fill the draft and show its faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from kivy.properties import ObjectProperty

from mobile.draft import LIMITS, SHORT, Draft
from mobile.kv import load
from mobile.widgets.field import Field
from mobile.widgets.rows import Rows


class Step(Rows):
    """A part of the report screen. It keeps its widgets, so going back loses no letter."""

    draft = ObjectProperty(None)
    directory = ObjectProperty(None)

    def __init__(self, draft: Draft, directory: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(draft=draft, directory=directory, **kwargs)
        for field in self.fields():
            field.limit = LIMITS.get(field.name, SHORT)
            field.text = getattr(draft, field.name)
            field.bind(text=partial(self._typed, field.name))
        self.fill()

    def fields(self) -> Iterator[Field]:
        """Every text field of this step."""
        for widget in self.walk(restrict=True):
            if isinstance(widget, Field):
                yield widget

    def _typed(self, name: str, _field: Any, text: str) -> None:
        setattr(self.draft, name, text)

    def fill(self) -> None:
        """Makes what depends on the directory or the draft. Called at the start."""

    def arrive(self) -> None:
        """Called each time the step is shown."""

    def speak(self) -> None:
        """Makes the texts anew that were made in Python: another language was chosen."""

    def ready(self) -> str:
        """What has to be done before going on; empty if nothing."""
        return ""

    def fault(self, name: str, text: str) -> bool:
        """Shows a fault beside its field. Returns whether this step has that field."""
        for field in self.fields():
            if field.name == name:
                field.error = text
                return True
        return False

    def forget(self) -> None:
        """Empties its fields."""
        for field in self.fields():
            field.forget()


load(__file__)
