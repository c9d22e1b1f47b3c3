"""The rows of a page that shows a folder of this device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from mobile.language import _
from mobile.widgets.card import Row


def fill(
    rows: Any,
    entries: Sequence[Any],
    up: Callable[[], Any] | None,
    pressed: Callable[[Any, Any], Any],
) -> None:
    """Puts a row for each `pictures.Entry` into `rows`, above them the way `up` if there is one.

    `pressed(entry, row)` is called.
    """
    rows.clear_widgets()
    if up is not None:
        row = Row(icon="chevron-up", title=_("The folder above"))
        row.bind(on_release=lambda _row: up())
        rows.add_widget(row)
    for one in entries:
        row = Row(title=one.name, about=_("Folder") if one.folder else "")
        row.bind(on_release=partial(pressed, one))
        rows.add_widget(row)
