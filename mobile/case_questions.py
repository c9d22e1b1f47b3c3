"""What is asked before something that counts is done to what is kept, or waits. No Kivy here."""

from __future__ import annotations

from mobile.language import _
from mobile.questions import Point, Question


def discard(*, may_have_arrived: bool) -> Question:
    """Before a report that did not arrive is deleted."""
    points: tuple[Point, ...] = (
        Point("warning", "delete", _("It can\u2019t be undone"),
              _("What you wrote is gone from this phone, and its eight words too.")),
    )  # fmt: skip
    if may_have_arrived:
        points = (
            Point("danger", "eye", _("It may have arrived all the same"),
                  _("Wren sent it and got no answer. Somebody may read it. Without its words you "
                    "can\u2019t come back to it, or withdraw it.")),
            *points,
        )  # fmt: skip
    return Question(
        _("Your report"), _("Delete this report?"), "", points, _("Yes, delete it"), "danger",
        _("Go back"),
    )  # fmt: skip


def not_kept() -> Question:
    """Before a report is left whose words the notebook does not have."""
    points = (
        Point("warning", "key", _("They are the only way back to your report"),
              _("Wren can show them no more after this. Nobody can give them to you again.")),
    )  # fmt: skip
    return Question(
        _("Your words"), _("The words are not kept on this phone"), "", points,
        _("Keep them under my PIN"), other=_("I have them elsewhere"),
    )  # fmt: skip


def remove(label: str, unsent: int) -> Question:
    """Before a case is taken off this phone."""
    points: tuple[Point, ...] = (
        Point("warning", "key", _("Have you kept the eight words elsewhere?"),
              _("They are the only way back to this case. Nobody can give them to you again.")),
        Point("info", "information", _("The case goes on"),
              _("It is removed from this phone only. Nothing is withdrawn.")),
    )  # fmt: skip
    if unsent:
        lost = Point("danger", "alert-circle", _("What is not sent is lost"),
                     _("Something that you wrote in this case is not sent yet."))  # fmt: skip
        points = (lost, *points)
    heading = _("Remove \u201c{name}\u201d from this phone?").format(name=label)
    return Question(
        _("Your cases"), heading, "", points,
        _("Yes, remove it"), "danger", _("Go back"),
    )  # fmt: skip
