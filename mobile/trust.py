"""Whom one trusts with a report: what pages say about it. No Kivy here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mobile.language import _, count, later, listed
from mobile.questions import Point, Question
from mobile.spoken import groups

if TYPE_CHECKING:
    from mobile.kept import Accepted
    from mobile.organisation import Change, Organisation


@dataclass(frozen=True)
class Shown:
    """Somebody of the list: what is new about them, and their fingerprint as it is said.

    `spoken` are (digits, how they are said); `before` the digits until now.
    """

    name: str
    desks: str
    note: str = ""
    kind: str = "info"
    spoken: tuple[tuple[str, str], ...] = ()
    before: str = ""


@dataclass(frozen=True)
class Trust:
    """A page about the people who read. `yes` goes on; `other` does not."""

    title: str
    heading: str
    body: str
    points: tuple[Point, ...]
    people: tuple[Shown, ...] = field(repr=False)
    yes: str
    other: str = ""


NOTES = {
    "came": ("info", later("New. Can read what you send to this desk.")),
    "left": ("info", later("Not on the list any more. Reads nothing that is new.")),
    "moved": ("warning", later("Works at other desks now, or has another name.")),
    "key": (
        "danger",
        later(
            "Has another key. A lost phone or password is a usual reason. It can also be "
            "somebody else under this name."
        ),
    ),
}
DO_NOT = later("Don\u2019t write now")


def compare() -> Point:
    """How to compare a fingerprint without showing who one is."""
    return Point(
        "warning", "phone", _("How to compare"),
        _("Each of them finds their own key in Wren, under Account. Let them read it out, and "
          "follow it here. A call shows your number: ask somebody else to ring, or hide your "
          "number first."),
    )  # fmt: skip


def on_trust(organisation: Organisation) -> Trust:
    """First contact without a poster's code."""
    points = (
        Point(
            "warning", "shield-alert", _("Nobody has checked this list for you"),
            _("Wren has it from {host}. If somebody built a false page, the names below could be "
              "false too.").format(host=organisation.host),
        ),
        Point(
            "info", "eye", _("How to check it"),
            _("Look for the Wren poster at work, or on the staff website. Read its code here, or "
              "type all of its address, with what follows the # sign. Wren then checks the list "
              "by itself."),
        ),
        compare(),
    )  # fmt: skip
    return Trust(
        _("Who reads here"), _("You take this list on trust"), "", points,
        tuple(person(one, organisation.directory) for one in organisation.people),
        _("Go on"), _("I have a poster\u2019s code"),
    )  # fmt: skip


def changed(organisation: Organisation) -> Trust:
    """Somebody is otherwise than was accepted: asked before anything is written."""
    found = organisation.changes
    keys = [one.name for one in found if one.kind == "key"]
    points = [Point(
        "info", "question", _("Did you expect this?"),
        _("People come and go. If this surprises you, ask at work by another way first, and "
          "without saying why."),
    )]  # fmt: skip
    if keys:
        points.insert(0, Point(
            "danger", "alert", _("Another key: {names}").format(names=listed(keys)),
            _("Compare it before you write something that could hurt you."),
        ))  # fmt: skip
        points.append(compare())
    return Trust(
        _("Who reads here"), _("The people who read here changed"),
        count("{n} thing is not as you last saw it.", "{n} things are not as you last saw them.",
              len(found)),
        tuple(points), tuple(change(one, organisation.directory) for one in found),
        _("That is all right"), _(DO_NOT),
    )  # fmt: skip


def everybody(organisation: Organisation) -> Trust:
    """The list, to look at."""
    vouched = Point(
        "good", "shield", _("A poster vouches for this list"),
        _("It goes on from the one whose code you read. Each change in it is signed."),
    )  # fmt: skip
    point = () if organisation.on_trust else (vouched,)
    shown = on_trust(organisation) if organisation.on_trust else None
    return Trust(
        _("Who reads here"), _("The people who read here"), "",
        (*point, *(shown.points if shown else (compare(),))),
        tuple(person(one, organisation.directory) for one in organisation.people), _("Done"),
    )  # fmt: skip


def stopped(host: str) -> Question:
    """The list of people does not check: older, forged, or not the poster's."""
    points = (
        Point(
            "danger", "alert", _("Don\u2019t write here now"),
            _("The list of people who read here is older than the one this phone knows, or was "
              "changed in a way that nobody signed, or is not the one of the poster."),
        ),
        Point(
            "info", "information", _("What you can do"),
            _("Try again later, by your own data, not by a strange Wi-Fi. If it stays like this, "
              "tell somebody outside, and don\u2019t use {host} for now. What you wrote stays "
              "here.").format(host=host or _("this address")),
        ),
    )  # fmt: skip
    return Question(
        _("Who reads here"), _("Stop: something is wrong"), "", points, _("Try again"),
        other=_("Others you can turn to"),
    )  # fmt: skip


def person(one: Accepted, directory: Mapping[str, Any] | None) -> Shown:
    """Somebody as they are on the list."""
    return Shown(one.name, desks(one.desks, directory), spoken=tuple(groups(one.fingerprint)))


def change(one: Change, directory: Mapping[str, Any] | None) -> Shown:
    """Somebody who is otherwise than before."""
    kind, note = NOTES[one.kind]
    return Shown(
        one.name, desks(one.desks, directory), _(note), kind,
        tuple(groups(one.fingerprint)) if one.kind != "left" else (), one.before,
    )  # fmt: skip


def desks(slugs: Sequence[str], directory: Mapping[str, Any] | None) -> str:
    """The names of desks, as the directory has them."""
    names = {one["slug"]: _(str(one["name"])) for one in (directory or {}).get("desks", ())}
    return ", ".join(names.get(slug, slug) for slug in slugs) or _("No desk")


def elsewhere(name: str, others: int) -> str:
    """Where words may belong that open nothing here. Nothing was asked anywhere else."""
    here = _("These words open nothing at {name}. Check each word.").format(name=name)
    if others:
        return _(
            "{here} If they belong to another organisation, choose it first. Wren has not tried "
            "them there."
        ).format(here=here)
    return _(
        "{here} If they are of another organisation, add it first: its poster has the address."
    ).format(here=here)


def fetched(day: str) -> str:
    """Of which day a kept directory is."""
    return _("Fetched on {day}. It may have changed since.").format(day=day)
