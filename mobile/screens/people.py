"""Step 4: who was involved, and how many people know."""

from __future__ import annotations

import mobile.widgets.callout
import mobile.widgets.field  # noqa: F401 - their rules
from mobile.kv import load
from mobile.screens.step import Step


class People(Step):
    """Two short fields, and why the second matters."""


load(__file__)
