"""Where a case stands, and what was promised by which day, in plain words. No Kivy here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mobile.language import _, count, later, weekday_of
from shared.standing import ACKNOWLEDGE, FEEDBACK, due

STATUS = {
    "new": later("Received. Nobody has picked it up yet."),
    "acknowledged": later("They have seen your report."),
    "in_progress": later("They are working on it."),
    "awaiting_reporter": later("They are waiting for your answer."),
    "closed": later("Closed. You can still read it and write."),
}
OPEN = later("Your case is open.")
DUE = {
    ACKNOWLEDGE: (
        later("They should answer by {day}."),
        later("They should have answered by {day}. They have not."),
    ),
    FEEDBACK: (
        later("They should tell you what came of it by {day}."),
        later("They should have told you what came of it by {day}. They have not."),
    ),
}
DAYS = (
    ("opened_on", later("Received on {day}.")),
    ("acknowledged_on", later("Seen on {day}.")),
    ("feedback_on", later("They told you what came of it on {day}.")),
    ("closed_on", later("Closed on {day}.")),
    ("goes_on", later("Unless something changes, it will be deleted on {day}.")),
)
COPY = {
    "full": later("A copy of your whole case was made on {day} by {name}."),
    "sharing": later(
        "A copy for sharing was made on {day} by {name}. It has only the files that you allowed "
        "to be shown, and what {name} wrote about your report."
    ),
}
NOBODY = later("somebody who is not on the list")
MOST_COPIES = 20
"""Copies that are told one by one; of more it is said how many came before."""


@dataclass(frozen=True)
class Standing:
    """What is told of a case besides its messages.

    `promise` says what they should do next and by when; `late` says it plainly once that day
    has passed, and then `promise` is empty. `facts` are the days so far,
    `copies` the case files that were made of it, newest first.
    """

    status: str = OPEN
    promise: str = ""
    late: str = ""
    facts: tuple[str, ...] = ()
    hold: str = field(default="", repr=False)
    urgent: bool = False
    closed: bool = False
    unanswered: bool = False
    copies: tuple[str, ...] = ()


def spoken(when: date, today: date) -> str:
    """A day as one says it: `Thursday 26 November`; with the year if it is another one."""
    return weekday_of(when, today)


def standing(found: Mapping[str, Any], today: date) -> Standing:
    """The words for a case as the service gives it.

    Days and status are the service's word: they are in clear, and nobody signs them.
    """
    status, hold = str(found.get("status", "")), found.get("legal_hold")
    promise, late = _deadline(found, today)
    closed = status == "closed"
    return Standing(
        _(STATUS.get(status, OPEN)),
        promise,
        late,
        tuple(_facts(found, today)),
        str(hold["reason"]) if hold else "",
        bool(found.get("urgent")),
        closed,
        closed and not found.get("answered", True),
        tuple(_copies(found.get("exports") or (), today)),
    )


def _deadline(found: Mapping[str, Any], today: date) -> tuple[str, str]:
    next_one = due(found)
    if next_one is None:
        return "", ""
    promise, late = DUE[next_one.what]
    by = spoken(next_one.day, today)
    if next_one.late:
        return "", _(late).format(day=by)
    return _(promise).format(day=by), ""


def _facts(found: Mapping[str, Any], today: date) -> list[str]:
    return [
        _(text).format(day=spoken(found[name], today)) for name, text in DAYS if found.get(name)
    ]


def _copies(made: Sequence[Mapping[str, Any]], today: date) -> Iterator[str]:
    for one in made[::-1][:MOST_COPIES]:
        name = one["display_name"] or _(NOBODY)
        text = COPY["sharing" if one["kind"] == "sharing" else "full"]
        yield _(text).format(day=spoken(one["day"], today), name=name)
    earlier = len(made) - MOST_COPIES
    if earlier > 0:
        yield count("And {n} copy before that.", "And {n} copies before that.", earlier)
