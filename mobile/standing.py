"""Where a case stands, and what was promised by which day, in plain words. No Kivy here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.standing import ACKNOWLEDGE, FEEDBACK, due

STATUS = {
    "new": "Received. Nobody has picked it up yet.",
    "acknowledged": "They have seen your report.",
    "in_progress": "They are working on it.",
    "awaiting_reporter": "They are waiting for your answer.",
    "closed": "Closed. You can still read it and write.",
}
DUE = {
    ACKNOWLEDGE: (
        "They should answer by {}.", "They should have answered by {}. They have not.",
    ),
    FEEDBACK: (
        "They should tell you what came of it by {}.",
        "They should have told you what came of it by {}. They have not.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What is told of a case besides its messages.

    `promise` says what they should do next and by when; `late` says it plainly once that day
    has passed, and then `promise` is empty. `facts` are the days so far.
    """

    status: str = "Your case is open."
    promise: str = ""
    late: str = ""
    facts: tuple[str, ...] = ()
    hold: str = field(default="", repr=False)
    urgent: bool = False
    closed: bool = False
    unanswered: bool = False


def spoken(when: date, today: date) -> str:
    """A day as one says it: `Thursday 26 November`; with the year if it is another one."""
    year = "" if when.year == today.year else f" {when.year}"
    return f"{when:%A} {when.day} {when:%B}{year}"


def standing(found: Mapping[str, Any], today: date) -> Standing:
    """The words for a case as the service gives it.

    Days and status are the service's word: they are in clear, and nobody signs them.
    """
    status, hold = str(found.get("status", "")), found.get("legal_hold")
    promise, late = _deadline(found, today)
    closed = status == "closed"
    return Standing(
        STATUS.get(status, Standing.status),
        promise,
        late,
        tuple(_facts(found, today)),
        str(hold["reason"]) if hold else "",
        bool(found.get("urgent")),
        closed,
        closed and not found.get("answered", True),
    )


def _deadline(found: Mapping[str, Any], today: date) -> tuple[str, str]:
    next_one = due(found)
    if next_one is None:
        return "", ""
    promise, late = DUE[next_one.what]
    by = spoken(next_one.day, today)
    return ("", late.format(by)) if next_one.late else (promise.format(by), "")


def _facts(found: Mapping[str, Any], today: date) -> list[str]:
    days = (
        ("opened_on", "Received on {}."),
        ("acknowledged_on", "Seen on {}."),
        ("feedback_on", "They told you what came of it on {}."),
        ("closed_on", "Closed on {}."),
    )
    return [text.format(spoken(found[name], today)) for name, text in days if found.get(name)]
