"""Inputs that hypothesis makes up, the same in each run: a test fails for what was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW, MANY = 60, 400
"""How many inputs a parser is given: in every run, and in the ordeal."""

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=30,
)


def made_up(inputs: st.SearchStrategy[Any], survives: Callable[[Any], None], count: int) -> None:
    """Gives so many of these inputs to `survives`; raises what it raises, for the least one."""
    quietly = settings(
        max_examples=count, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    quietly(given(inputs)(survives))()
