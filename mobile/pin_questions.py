"""What is asked and told about the PIN and the notebook, in plain words. No Kivy here."""

from __future__ import annotations

from mobile.language import _, count
from mobile.questions import Point, Question


def _back() -> str:
    return _("Go back")


def kept() -> Question:
    """The PIN is set."""
    return Question(
        _("Your PIN"), _("Your PIN is set"),
        _("From now on Wren asks for it when you come back. What you had typed is still here."),
        (
            Point("info", "shield", _("You can add a second PIN"),
                  _("It opens Wren with nothing in it, for when somebody makes you open it.")),
        ),
        _("Go on"), other=_("Add a second PIN"),
    )  # fmt: skip


def second() -> Question:
    """Before a second PIN is chosen."""
    return Question(
        _("A second PIN"), _("A PIN that shows nothing"),
        _("Type it instead of your own PIN, and Wren opens with nothing in it. What you keep "
          "stays locked. Nobody can see on this phone that there are two."),
        (
            Point("warning", "information", _("Don\u2019t mix them up"),
                  _("A report that you write after the second PIN is kept under the second PIN.")),
            Point("warning", "eye", _("It does not hide everything"),
                  _("Somebody who saw what you kept before knows that it is not what they see.")),
        ),
        _("Choose a second PIN"), other=_back(),
    )  # fmt: skip


def second_kept() -> Question:
    """The second PIN is set."""
    return Question(
        _("A second PIN"), _("Your second PIN is set"),
        _("Your own PIN opens what you keep. The second one opens Wren with nothing in it."),
        (), _("Go on"),
    )  # fmt: skip


def changed() -> Question:
    """The PIN was changed."""
    return Question(
        _("Your PIN"), _("Your PIN is changed"), _("The old one does not work any more."), (),
        _("Go on"),
    )  # fmt: skip


def stop() -> Question:
    """Before the notebook goes, while what is in it stays open."""
    point = Point(
        "warning", "key", _("Your eight words are erased too"),
        _("Without them nobody can come back to a report. Write them down first."),
    )  # fmt: skip
    return Question(
        _("Keep nothing"), _("Keep nothing any more?"),
        _("What is kept on this phone is erased. Until you leave Wren, you can still see it."),
        (point,), _("Yes, keep nothing"), "danger", _back(),
    )  # fmt: skip


def wipe() -> Question:
    """Before everything goes."""
    points = (
        Point("danger", "key", _("Your eight words are erased too"),
              _("Without them nobody can come back to a report, not even you.")),
        Point("info", "send", _("What you sent stays sent"),
              _("The people who read it still have it. Erasing changes nothing there.")),
    )  # fmt: skip
    return Question(
        _("Erase"), _("Erase everything on this phone?"),
        _("Words, drafts, and what was not sent yet. It can\u2019t be undone."),
        points, _("Yes, erase everything"), "danger", _back(),
    )  # fmt: skip


def wiped(*, tries: bool) -> Question:
    """Everything is gone, because it was asked for or after too many wrong PINs."""
    body = (
        _("There were too many wrong PINs.") if tries else _("Nothing of yours is left here.")
    )  # fmt: skip
    point = Point(
        "info", "key", _("Do you have your eight words?"),
        _("Then you can still come back to your report with them."),
    )  # fmt: skip
    return Question(_("Wren"), _("Everything is erased"), body, (point,), _("Go on"))


def trouble(why: str) -> Question:
    """The notebook can't be opened, whatever the PIN."""
    return Question(
        _("Wren"), _("What you keep can\u2019t be opened"), why,
        (Point("info", "information", _("Nothing was erased"),
               _("It stays as it is until you decide.")),),
        _("Try again"), other=_("What else can I do?"),
    )  # fmt: skip


def unlock() -> Question:
    """Before the PIN is asked for, where a report is begun beside what is kept."""
    return Question(
        _("Wren"), _("Unlock what is kept?"),
        _("The report that you have begun now is forgotten. What you sent goes on."),
        (), _("Yes, unlock"), "danger", _("Go on with the report"),
    )  # fmt: skip


def damaged(number: int) -> Question:
    """Some of what is kept can't be read."""
    body = count(
        "{n} thing that you kept can\u2019t be read any more. The rest is here.",
        "{n} things that you kept can\u2019t be read any more. The rest is here.",
        number,
    )
    point = Point(
        "info", "key", _("Is a report missing?"), _("Open it with its eight words."),
    )  # fmt: skip
    return Question(_("Wren"), _("Part of what you kept is damaged"), body, (point,), _("Go on"))


def ways() -> list[dict[str, str]]:
    """What somebody can do who can't get in: `code`, `name`, `about`."""
    return [
        {"code": "without", "name": _("Go on without it"),
         "about": _("Nothing is erased. Nothing that you write now is kept.")},
        {"code": "erase", "name": _("Erase it and begin anew"),
         "about": _("For good. You are asked once more.")},
    ]  # fmt: skip


def limits() -> Question:
    """The honest page."""
    points = (
        Point("warning", "eye", _("A phone that somebody watches"),
              _("A program on this phone, or a person beside you, can see what you see.")),
        Point("warning", "account", _("A story that only you can tell"),
              _("Who reads it may guess who you are, though no name stands in it.")),
        Point("warning", "wifi-off", _("Work phones and work Wi-Fi"),
              _("Your employer may see that you use Wren, but not what you write.")),
        Point("warning", "lock", _("A short PIN"),
              _("Somebody with your phone, time and money may find it. Longer is safer.")),
        Point("warning", "phone", _("Calls and links"),
              _("The phone itself keeps a list of calls, and the browser of pages.")),
    )  # fmt: skip
    return Question(
        _("About Wren"), _("What Wren can\u2019t protect"),
        _("Wren locks what you write for the people you choose. It can\u2019t help with these:"),
        points, _back(),
    )  # fmt: skip
