"""What is asked before something that counts is done, in plain words. No Kivy here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mobile.language import _, count, later, listed
from mobile.standing import spoken
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


BACK, CONSENT = later("Go back"), later("Your consent")


def take_back() -> Point:
    """That a consent can be taken back, and what that means."""
    return Point(
        "info", "information", _("You can stop it at any time"),
        _("Then they can\u2019t read what comes after. But what they have read, they know."),
    )  # fmt: skip


def seen() -> Point:
    """That a change shows when somebody was here."""
    return Point(
        "warning", "eye", _("The people who read your case may see this at once"),
        _("So they can tell that you were here about now. If that could point to you, wait for a "
          "quiet hour."),
    )  # fmt: skip


def allow(names: str, details: str) -> Question:
    """The second tap on Allow."""
    return Question(
        _(CONSENT), _("Let {names} read your case?").format(names=names), details,
        (take_back(),), _("Yes, allow"), other=_(BACK),
    )  # fmt: skip


def refuse(names: str, details: str) -> Question:
    """The second tap on Don't allow."""
    point = Point(
        "info", "information", _("You need no reason"),
        _("Your case goes on. They can ask again, perhaps for less."),
    )  # fmt: skip
    return Question(
        _(CONSENT), _("Don\u2019t let {names} read your case?").format(names=names), details,
        (point,), _("Yes, don\u2019t allow"), other=_(BACK),
    )  # fmt: skip


def proof() -> Question:
    """Before a proof is saved as a file."""
    return Question(
        _("A file to keep"), _("Keep a proof of what you wrote"),
        _("A file with which you can show later what you reported and on which day, if you ever "
          "choose to."),
        (
            Point("warning", "eye", _("It shows that there is a case"),
                  _("Whoever looks into the file can tell that somebody here reported something "
                    "to this organisation. Keep it where nobody looks, and never on a work "
                    "device.")),
            Point("info", "lock", _("What is in it"),
                  _("Your report and all messages, locked. Only your eight words open them. Keep "
                    "your pictures and files too: the proof holds only their seals.")),
            Point("info", "information", _("You don\u2019t need it to come back"),
                  _("Your eight words are enough.")),
        ),
        _("Save the file"), other=_("Go back without it"),
    )  # fmt: skip


def save_file() -> Question:
    """Before a file of somebody else's is saved outside of the app."""
    return Question(
        _("Save a file"), _("Save it outside of Wren?"), "",
        (
            Point("danger", "alert", _("Files can do harm"),
                  _("Another app opens it. Open it only if you asked for it, and if you know what "
                    "it is.")),
            Point("warning", "eye", _("It stays on this phone"),
                  _("Whoever has the phone can see it. A quick exit does not delete it.")),
        ),
        _("Save it"), other=_("Go back"),
    )  # fmt: skip


def stop(names: str) -> Question:
    """Taking a consent back."""
    point = Point(
        "info", "information", _("What this does"),
        _("They lose the key to all that comes. What they have read, they know, and what they "
          "copied stays with them."),
    )  # fmt: skip
    return Question(
        _("Stop sharing"), _("Stop sharing with {names}?").format(names=names),
        _("You take your consent back. Your case goes on with the others."), (point, seen()),
        _("Yes, stop sharing"), other=_(BACK),
    )  # fmt: skip


def stranger(people: Sequence[Person]) -> Question:
    """Somebody reads it who was let in by nobody the user knows of."""
    names = listed([one.name for one in people])
    if all(one.why == ENDED for one in people):
        return Question(
            _("Who reads this"),
            count("{names} still has a key", "{names} still have a key", len(people), names=names),
            _("You agreed until a day that has passed, or you took it back. Wren gives them "
              "nothing new. To be sure, take the key away."),
            (seen(),), _("Take the key away"), other=_("Go on anyway"),
        )  # fmt: skip
    points = (
        Point(
            "danger", "alert", _("You did not agree to this"),
            _("They are not from the desk that you chose, and you signed no consent for them. "
              "They can read your report and all messages here."),
        ),
        Point(
            "info", "information", _("If you don\u2019t know why"),
            _("Don\u2019t write more. Take the key away, or ask the desk by another way."),
        ),
        seen(),
    )  # fmt: skip
    return Question(
        _("Who reads this"),
        count(
            "{names} can read your case", "{names} can read your case", len(people), names=names
        ),
        "", points, _("Take the key away"), "danger", _("Go on anyway"),
    )  # fmt: skip


def add(name: str, desk: str) -> Question:
    """Letting somebody of the organisation in."""
    return Question(
        _("Let somebody in"), _("Let {names} read your case?").format(names=name),
        _("{name} works at: {desk}. They could read your report and all messages here, also the "
          "earlier ones, until you stop it.").format(name=name, desk=desk),
        (take_back(), seen()), _("Yes, let them in"), other=_(BACK),
    )  # fmt: skip


def shut_out(name: str) -> Question:
    """Taking the key from somebody."""
    return Question(
        _("Take the key away"), _("Shut {name} out?").format(name=name),
        _("They lose the key to all that comes. What they have read, they know."),
        (seen(),), _("Yes, shut them out"), other=_(BACK),
    )  # fmt: skip


def to_desk(desk: str, readers: Sequence[str], present: str) -> Question:
    """Taking the case to another desk."""
    points = (
        Point("info", "account-group", _("Who will read it then"),
              _("{names}. They can read your report and all messages here.")
              .format(names=listed(readers))),
        Point("info", "lock", _("{desk} reads no more").format(desk=present),
              _("They keep what they have read. They get nothing that comes after.")),
        Point("info", "clock", _("The days begin again"),
              _("The new desk has its own days to answer.")),
        seen(),
    )  # fmt: skip
    return Question(
        _("Another desk"), _("Take your case to {desk}?").format(desk=desk), "", points,
        _("Yes, take it there"), other=_(BACK),
    )  # fmt: skip


def again(name: str, about: str) -> Question:
    """Letting somebody in again whom the user had left out or shut out."""
    return Question(
        _("Let somebody in"), _("Let {names} read your case again?").format(names=name),
        about,
        (
            Point("warning", "eye", _("They can read all of it then"),
                  _("Your report and all messages here, also those written while they could "
                    "not.")),
            take_back(), seen(),
        ),
        _("Yes, let them in"), other=_(BACK),
    )  # fmt: skip


def key_refused() -> Question:
    """The newest key of the case is not what was signed; the user can sign another."""
    return Question(
        _("Your case"), _("The newest lock of your case does not fit"),
        _("Somebody changed who reads it, and the key that came with that is faulty. Nothing can "
          "be read or written with it."),
        (
            Point("good", "key", _("You can make a new one"),
                  _("Your words are enough for it. The same people read on. You see who they are "
                    "before you write anything.")),
            Point("info", "information", _("It may be a fault, or somebody\u2019s doing"),
                  _("If it happens again, tell somebody outside.")),
        ),
        _("Make a new lock"), other=_("Others you can turn to"),
    )  # fmt: skip


def stopped(detail: str) -> Question:
    """The case does not check."""
    points = (
        Point(
            "danger", "alert", _("Don\u2019t write here now"),
            _("The list of people who can read your case was changed in a way that nobody signed, "
              "or somebody whom you left out was let in. Wren does not open it."),
        ),
        Point(
            "info", "information", _("What you can do"),
            _("Try again later. If it stays like this, tell somebody outside, and don\u2019t use "
              "this address for now."),
        ),
    )  # fmt: skip
    return Question(
        _("Your case"), _("Stop: something is wrong"), detail, points, _("Try again"),
        other=_("Others you can turn to"),
    )  # fmt: skip


def withdrawing(hold: str) -> tuple[Point, ...]:
    """What to know before withdrawing; `hold` is why it has to be kept, empty if it has not."""
    kept = Point(
        "warning", "lock", _("Not all of it can go now"),
        _("It has to be kept for now. It closes, and it is deleted when that is over. The reason "
          "they give: {reason}").format(reason=hold),
    )  # fmt: skip
    goes = Point(
        "info", "delete", _("What goes"),
        _("Your report, all messages, and who could read them. Your eight words open nothing any "
          "more."),
    )  # fmt: skip
    stays = Point(
        "warning", "eye", _("What can\u2019t be taken back"),
        _("What people have read, and what they copied. The people who read your case see at once "
          "that it is gone."),
    )  # fmt: skip
    copies = Point(
        "info", "clock", _("Backups"),
        _("Locked copies can stay in backups for some weeks. The next page says until when."),
    )  # fmt: skip
    return (kept, goes, stays, copies) if hold else (goes, stays, copies)


def withdrawn(answer: Mapping[str, Any], today: date) -> Question:
    """What became of a case that was withdrawn."""
    points = []
    if answer["held"]:
        points.append(Point(
            "warning", "lock", _("It is kept for now"),
            _("It has to be kept for a legal reason. It is closed, and it is deleted when that is "
              "over."),
        ))  # fmt: skip
    if answer["deleted"]:
        points.append(Point(
            "good", "check-circle", _("It is deleted"),
            _("Your report and all messages are gone."),
        ))  # fmt: skip
    if answer["backups_until"] is not None:
        day = spoken(answer["backups_until"], today)
        points.append(Point(
            "info", "clock", _("Backups"),
            _("Locked copies can be in backups until {day}. After that they are gone too.")
            .format(day=day),
        ))  # fmt: skip
    if answer["exports"]:
        points.append(Point(
            "warning", "eye", _("It was exported"),
            count(
                "It was exported once. Such copies can\u2019t be called back.",
                "It was exported {n} times. Such copies can\u2019t be called back.",
                answer["exports"],
            ),
        ))  # fmt: skip
    points.append(Point(
        "info", "key", _("Your eight words"),
        _("They open nothing any more. You can throw them away."),
    ))  # fmt: skip
    heading = _("You withdrew your report")
    return Question(_("Withdrawn"), heading, "", tuple(points), _("Finish"))
