"""Kivy keeps typed lines, boxes and views of lists in places of its own; this empties them."""

from __future__ import annotations

import sys
from typing import Any

from kivy.cache import Cache

VIEWS = "kivy.uix.recycleview.views"
BOXES = "kivy.uix.textinput"


def forget_typing() -> None:
    """Empties Kivy's caches of typed lines, which would outlive the box they were typed in.

    And those of a thread's bubbles, which are kept with their texts to be used again. The box
    that was last typed in is held with the page it is on (`kivy.clock.triggered`): let go, too.
    """
    for category in ("textinput.label", "textinput.width"):
        if category in Cache._categories:
            Cache.remove(category)
    views: Any = sys.modules.get(VIEWS)
    if views is not None:
        views._cached_views.clear()
        views._cache_count = 0
    boxes: Any = sys.modules.get(BOXES)
    if boxes is not None:
        follow = boxes.TextInput._adjust_viewport
        follow(None, 0, 0)
        follow.cancel()
