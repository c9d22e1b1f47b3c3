"""Kivy keeps typed lines and views of lists in caches of its own; this empties them."""

from __future__ import annotations

import sys
from typing import Any

from kivy.cache import Cache

VIEWS = "kivy.uix.recycleview.views"


def forget_typing() -> None:
    """Empties Kivy's caches of typed lines, which would outlive the box they were typed in.

    And those of a thread's bubbles, which are kept with their texts to be used again.
    """
    for category in ("textinput.label", "textinput.width"):
        if category in Cache._categories:
            Cache.remove(category)
    views: Any = sys.modules.get(VIEWS)
    if views is not None:
        views._cached_views.clear()
        views._cache_count = 0
