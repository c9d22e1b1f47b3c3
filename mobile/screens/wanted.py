"""Step 5: what would help, what was tried, and the professional group."""

from __future__ import annotations

from typing import Any

import mobile.widgets.card
import mobile.widgets.choice
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.draft import NOT_KNOWN
from mobile.kv import load
from mobile.language import _, later
from mobile.screens.step import Step


class Wanted(Step):
    """The list of groups is folded: most people leave it at "not known"."""

    def fill(self) -> None:
        """Shows what was chosen before, folded."""
        self._groups = {one["code"]: one["name"] for one in self.directory["professional_groups"]}
        chosen = self.draft.professional_group or NOT_KNOWN
        self.ids.groups.chosen = [chosen] if chosen in self._groups else []
        self.ids.groups.bind(chosen=self._chose)
        self._name()

    def toggle(self) -> None:
        """Opens the list, or folds it."""
        if self.ids.groups.children:
            self.ids.groups.clear_widgets()
            self.ids.row.arrow = "chevron-down"
        else:
            self.ids.groups.show(self.directory["professional_groups"], {})
            self.ids.row.arrow = "chevron-up"

    def _chose(self, _widget: Any, chosen: list[str]) -> None:
        code = chosen[0] if chosen else ""
        self.draft.professional_group = "" if code == NOT_KNOWN else code
        self._name()

    def speak(self) -> None:
        """Names the group in the language that was chosen now."""
        self._name()

    def _name(self) -> None:
        code = self.draft.professional_group or NOT_KNOWN
        self.ids.row.about = _(self._groups.get(code, later("Not known")))


load(__file__)
