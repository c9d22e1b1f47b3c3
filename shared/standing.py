"""What was promised to the reporter by which day, and whether that day has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

ACKNOWLEDGE, FEEDBACK = "acknowledge", "feedback"
"""They answer; they tell what came of it."""


@dataclass(frozen=True, slots=True)
class Due:
    """What they should do by this day. `late`: the day has passed, and they have not."""

    what: str
    day: date
    late: bool


def due(found: Mapping[str, Any]) -> Due | None:
    """What is due next in a case as the service gives it; None if nothing is.

    The days are the service's word: they are in clear, and nobody signs them.
    """
    late, status = found.get("overdue"), found.get("status")
    if late in (ACKNOWLEDGE, FEEDBACK):
        return Due(late, found[f"{late}_by"], True)
    if status == "new" and found.get("acknowledge_by"):
        return Due(ACKNOWLEDGE, found["acknowledge_by"], False)
    if status != "closed" and not found.get("feedback_on") and found.get("feedback_by"):
        return Due(FEEDBACK, found["feedback_by"], False)
    return None
