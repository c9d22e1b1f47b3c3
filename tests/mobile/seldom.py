"""Which of many like cases `make test` tries; the others are for the ordeal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def seldom(values: Iterable[Any], *often: Any) -> list[Any]:
    """All of them as parameters: those of `often` plain, the others marked for the ordeal.

    Raises `ValueError` if one of `often` is none of them: it would never be tried.
    """
    known = list(values)
    missing = [one for one in often if one not in known]
    if missing:
        raise ValueError(missing)
    return [one if one in often else pytest.param(one, marks=pytest.mark.ordeal) for one in known]
