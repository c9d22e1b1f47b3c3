"""Texts that hold half of a character: they can't be shown, written down or sent on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_HALF = re.compile(r"[\ud800-\udfff]")


def halved(value: Any) -> bool:
    """Whether any text in a value of JSON, or of a schema, holds half of a character."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if _HALF.search(one):
                return True
        elif isinstance(one, Mapping):
            left += one.keys()
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
    return False
