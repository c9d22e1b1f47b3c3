"""Step 2: where it happened."""

from __future__ import annotations

from typing import Any

import mobile.widgets.choice
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.screens.step import Step


class Where(Step):
    """The channel (one) and the place or group."""

    def fill(self) -> None:
        """Shows the channels and the one that was chosen."""
        self.ids.channel.chosen = [self.draft.channel] if self.draft.channel else []
        self.ids.channel.show(self.directory["channels"], {})
        self.ids.channel.bind(chosen=self._chose)

    def _chose(self, _widget: Any, chosen: list[str]) -> None:
        self.draft.channel = chosen[0] if chosen else ""


load(__file__)
