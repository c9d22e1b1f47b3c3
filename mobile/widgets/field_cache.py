"""Kivy keeps typed lines in caches of its own; this empties them."""

from __future__ import annotations

from kivy.cache import Cache


def forget_typing() -> None:
    """Empties Kivy's caches of typed lines, which would outlive the box they were typed in."""
    for category in ("textinput.label", "textinput.width"):
        if category in Cache._categories:
            Cache.remove(category)
