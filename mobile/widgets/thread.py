"""The list of bubbles: only the views in sight exist."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.uix.recycleview import RecycleView

import mobile.widgets.bubble
import mobile.widgets.notice  # noqa: F401 - their rules
from mobile.kv import load
from mobile.widgets.scroll import Scroll

WORDS = ("author", "warning", "text", "foot", "title", "head", "note")
"""What a view may say."""


class ThreadView(Scroll, RecycleView):
    """`data` are rows of `bubble.rows_of`, `bubble.day_row` and `notice.notice_rows`."""

    def __init__(self, **kwargs: Any) -> None:
        self._end_wanted = False
        self._to_end = Clock.create_trigger(lambda _dt: self._end())
        super().__init__(**kwargs)

    def content_height(self) -> float:
        """The height (px) of all rows."""
        return float(sum(row["size"][1] for row in self.data))

    def forget(self) -> None:
        """Empties the list, and at once what its views say: Kivy keeps them to use them again."""
        adapter = self.view_adapter
        dirty = [view for views in adapter.dirty_views.values() for view in views.values()]
        for view in (*adapter.views.values(), *dirty):
            for name in WORDS:
                if hasattr(view, name):
                    setattr(view, name, "")
        nothing: list[dict[str, Any]] = []
        self.data = nothing

    def to_end(self) -> None:
        """Shows the newest message; before the rows are here, once they are."""
        self._end_wanted = True
        self._to_end()

    def fill(self, rows: list[dict[str, Any]]) -> None:
        """Shows these rows."""
        self.data = rows
        if self._end_wanted:
            self._to_end()

    def _end(self) -> None:
        self.scroll_y = 0
        self._end_wanted = not self.data

    def keep(self, before: float) -> None:
        """After rows were put before the others: shows again what was at the upper edge."""
        after = self.content_height()
        room = after - self.height
        if room > 0:
            above: Any = 1 - (after - before) / room
            Clock.schedule_once(lambda _dt: setattr(self, "scroll_y", max(0, above)), 0)


load(__file__)
