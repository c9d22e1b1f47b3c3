"""Tables as CSV (RFC 4180), which a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def written(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table with a heading; None is an empty cell, and yes and no are words."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(columns)
    for row in rows:
        lines.writerow(harmless(_text(one)) for one in row)
    return out.getvalue()


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else str(cell)
