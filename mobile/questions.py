"""What is asked before something that counts is done, in plain words. No Kivy here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mobile.standing import spoken
from mobile.view import listed
from mobile.who import ENDED, Person


@dataclass(frozen=True)
class Point:
    """Something to know first: on a tinted ground."""

    kind: str
    icon: str
    title: str
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Question:
    """A page that asks one thing. `yes` does it; `other`, if there is one, something else."""

    title: str
    heading: str
    body: str = field(repr=False)
    points: tuple[Point, ...] = field(default=(), repr=False)
    yes: str = ""
    yes_kind: str = "primary"
    other: str = ""


TAKE_BACK = Point(
    "info", "information", "You can stop it at any time",
    "Then they can\u2019t read what comes after. But what they have read, they know.",
)  # fmt: skip
SEEN = Point(
    "warning", "eye", "The people who read your case may see this at once",
    "So they can tell that you were here about now. If that could point to you, wait for a "
    "quiet hour.",
)  # fmt: skip


def allow(names: str, details: str) -> Question:
    """The second tap on Allow."""
    return Question(
        "Your consent", f"Let {names} read your case?", details, (TAKE_BACK,), "Yes, allow",
        other="Go back",
    )  # fmt: skip


def refuse(names: str, details: str) -> Question:
    """The second tap on Don't allow."""
    point = Point(
        "info", "information", "You need no reason",
        "Your case goes on. They can ask again, perhaps for less.",
    )  # fmt: skip
    return Question(
        "Your consent", f"Don\u2019t let {names} read your case?", details, (point,),
        "Yes, don\u2019t allow", other="Go back",
    )  # fmt: skip


def stop(names: str) -> Question:
    """Taking a consent back."""
    point = Point(
        "info", "information", "What this does",
        "They lose the key to all that comes. What they have read, they know, and what they "
        "copied stays with them.",
    )  # fmt: skip
    return Question(
        "Stop sharing", f"Stop sharing with {names}?",
        "You take your consent back. Your case goes on with the others.", (point, SEEN),
        "Yes, stop sharing", other="Go back",
    )  # fmt: skip


def stranger(people: Sequence[Person]) -> Question:
    """Somebody reads it who was let in by nobody the user knows of."""
    names = listed([one.name for one in people])
    if all(one.why == ENDED for one in people):
        return Question(
            "Who reads this", f"{names} still has a key",
            "You agreed until a day that has passed, or you took it back. Wren gives them "
            "nothing new. To be sure, take the key away.",
            (SEEN,), "Take the key away", other="Go on anyway",
        )  # fmt: skip
    points = (
        Point(
            "danger", "alert", "You did not agree to this",
            "They are not from the desk that you chose, and you signed no consent for them. "
            "They can read your report and all messages here.",
        ),
        Point(
            "info", "information", "If you don\u2019t know why",
            "Don\u2019t write more. Take the key away, or ask the desk by another way.",
        ),
        SEEN,
    )  # fmt: skip
    return Question(
        "Who reads this", f"{names} can read your case", "", points, "Take the key away",
        "danger", "Go on anyway",
    )  # fmt: skip


def add(name: str, desk: str) -> Question:
    """Letting somebody of the organisation in."""
    return Question(
        "Let somebody in", f"Let {name} read your case?",
        f"{name} works at: {desk}. They could read your report and all messages here, also the "
        "earlier ones, until you stop it.",
        (TAKE_BACK, SEEN), "Yes, let them in", other="Go back",
    )  # fmt: skip


def shut_out(name: str) -> Question:
    """Taking the key from somebody."""
    return Question(
        "Take the key away", f"Shut {name} out?",
        "They lose the key to all that comes. What they have read, they know.",
        (SEEN,), "Yes, shut them out", other="Go back",
    )  # fmt: skip


def to_desk(desk: str, readers: Sequence[str], present: str) -> Question:
    """Taking the case to another desk."""
    points = (
        Point("info", "account-group", "Who will read it then",
              f"{listed(readers)}. They can read your report and all messages here."),
        Point("info", "lock", f"{present} reads no more",
              "They keep what they have read. They get nothing that comes after."),
        Point("info", "clock", "The days begin again", "The new desk has its own days to answer."),
        SEEN,
    )  # fmt: skip
    return Question(
        "Another desk", f"Take your case to {desk}?", "", points, "Yes, take it there",
        other="Go back",
    )  # fmt: skip


def stopped(detail: str) -> Question:
    """The case does not check."""
    points = (
        Point(
            "danger", "alert", "Don\u2019t write here now",
            "The list of people who can read your case was changed in a way that nobody signed, "
            "or somebody whom you left out was let in. Wren does not open it.",
        ),
        Point(
            "info", "information", "What you can do",
            "Try again later. If it stays like this, tell somebody outside, and don\u2019t use "
            "this address for now.",
        ),
    )  # fmt: skip
    return Question(
        "Your case", "Stop: something is wrong", detail, points, "Try again",
        other="Others you can turn to",
    )  # fmt: skip


WITHDRAW = (
    Point(
        "info", "delete", "What goes",
        "Your report, all messages, and who could read them. Your eight words open nothing any "
        "more.",
    ),
    Point(
        "warning", "eye", "What can\u2019t be taken back",
        "What people have read, and what they copied. The people who read your case see at once "
        "that it is gone.",
    ),
)  # fmt: skip
COPIES = Point(
    "info", "clock", "Backups",
    "Locked copies can stay in backups for some weeks. The next page says until when.",
)  # fmt: skip


def withdrawing(hold: str) -> tuple[Point, ...]:
    """What to know before withdrawing."""
    if not hold:
        return (*WITHDRAW, COPIES)
    kept = Point(
        "warning", "lock", "Not all of it can go now",
        f"It has to be kept for now. The reason they give: {hold} It closes, and it is deleted "
        "when that is over.",
    )  # fmt: skip
    return (kept, *WITHDRAW, COPIES)


def withdrawn(answer: Mapping[str, Any], today: date) -> Question:
    """What became of a case that was withdrawn."""
    points = []
    if answer["held"]:
        points.append(Point(
            "warning", "lock", "It is kept for now",
            "It has to be kept for a legal reason. It is closed, and it is deleted when that is "
            "over.",
        ))  # fmt: skip
    if answer["deleted"]:
        points.append(Point(
            "good", "check-circle", "It is deleted", "Your report and all messages are gone.",
        ))  # fmt: skip
    if answer["backups_until"] is not None:
        day = spoken(answer["backups_until"], today)
        points.append(Point(
            "info", "clock", "Backups",
            f"Locked copies can be in backups until {day}. After that they are gone too.",
        ))  # fmt: skip
    if answer["exports"]:
        times = "once" if answer["exports"] == 1 else f"{answer['exports']} times"
        points.append(Point(
            "warning", "eye", "It was exported",
            f"It was exported {times}. Such copies can\u2019t be called back.",
        ))  # fmt: skip
    points.append(Point(
        "info", "key", "Your eight words", "They open nothing any more. You can throw them away.",
    ))  # fmt: skip
    heading = "You withdrew your report"
    return Question("Withdrawn", heading, "", tuple(points), "Finish")
