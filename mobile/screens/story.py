"""Step 3: what happened, and roughly when."""

from __future__ import annotations

import mobile.widgets.callout
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.draft import NEEDED
from mobile.kv import load
from mobile.language import _
from mobile.screens.step import Step


class Story(Step):
    """The only field that has to be filled."""

    def ready(self) -> str:
        """A story, of any length that can be sent."""
        story = next(self.fields())
        if not story.text.strip():
            story.error = _(NEEDED)
            return _(NEEDED)
        too_long = [field for field in self.fields() if field.too_long]
        return _("This is too long to send.") if too_long else ""


load(__file__)
