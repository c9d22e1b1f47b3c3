"""Step 1: what it is about, and whether somebody is in danger now."""

from __future__ import annotations

from typing import Any

import mobile.widgets.callout
import mobile.widgets.choice
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.screens.step import Step


class About(Step):
    """Concerns, several of them, and the danger part, which opens when it is ticked."""

    def fill(self) -> None:
        """Shows the concerns and what was ticked before."""
        self._fold = self.ids.fold.__self__  # held here: ids are weak
        self.ids.concerns.chosen = list(self.draft.concerns)
        self.ids.concerns.show(self.directory["concerns"], {})
        self.ids.in_danger.active = self.draft.in_danger
        self.ids.urgent.active = self.draft.urgent
        self.ids.concerns.bind(chosen=self._chose)
        self.ids.in_danger.bind(active=self._danger)
        self.ids.urgent.bind(active=self._urgent)
        self._unfold()

    def _chose(self, _widget: Any, chosen: list[str]) -> None:
        self.draft.concerns = list(chosen)

    def _danger(self, _widget: Any, active: bool) -> None:
        self.draft.in_danger = active
        self._unfold()

    def _urgent(self, _widget: Any, active: bool) -> None:
        self.draft.urgent = active

    def _unfold(self) -> None:
        shut, fold = self.ids.shut, self._fold
        if self.draft.in_danger and fold.parent is None:
            shut.add_widget(fold)
        elif not self.draft.in_danger and fold.parent is not None:
            shut.remove_widget(fold)


load(__file__)
