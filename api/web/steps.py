"""What each step of a report asks, in the words of the app; which answers it takes.

A step is declared here once: its page is drawn from it, what is sent is checked by it against
`shared.schemas.cases.Report`, and the page that is looked at before sending lists it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, TypeAlias

from flask import request
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from api.web import language
from api.web.pages import several, text
from shared.errors import Invalid
from shared.schemas.base import ANSWER, Text, load
from shared.schemas.base import STORY as STORY_LENGTH
from shared.schemas.cases import Report

Words: TypeAlias = str | LazyString

AREA, LINE, SEVERAL, ONE, TICK = "area", "line", "several", "one", "tick"
"""Kinds of fields: lines of text, one line, some of a list, one of a list, yes or nothing."""

ABOUT, WHERE, STORY, PEOPLE, WANTED, READERS, CHECK, WORDS, PRACTISE, DONE, PRINT = range(1, 12)
"""Numbers in the address. Up to `CHECK` nothing was sent, then there are the words."""

NOT_KNOWN = "not-known"

YES = "Yes"
"""What the readers see of a box that was ticked. They read English."""

MOST = STORY_LENGTH + 7 * ANSWER
"""Characters of all texts of a report together."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `main`: its label is the page's heading. `short` names it among the answers, where
    the name of the page does not."""

    name: str
    kind: str
    label: Words
    hint: Words = ""
    rows: int = 3
    listed: str = ""
    main: bool = False
    short: Words = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A page. `title` is its name among the answers, `after` a thought at its end."""

    number: int
    question: Words
    title: Words
    fields: tuple[Field, ...] = ()
    skip: bool = True
    after: Words = ""
    progress: str = ""

    @property
    def heads(self) -> bool:
        """Whether a field is the page's heading."""
        return any(one.main for one in self.fields)


_STEPS = (
    Step(
        ABOUT,
        _l("What is it about?"),
        _l("What it is about"),
        (
            Field(
                "concerns", SEVERAL, _l("What is it about?"), _l("Tick all that fit, or none."),
                listed="concerns", main=True,
            ),
            Field("in_danger", TICK, _l("Somebody is in danger now"), short=_l("In danger now")),
            Field(
                "immediate_danger", AREA, _l("Who is in danger, and how?"),
                _l("Leave this empty if nobody is in danger now."), rows=2,
                short=_l("In danger now"),
            ),
            Field(
                "urgent", TICK, _l("Mark my report as urgent"),
                _l(
                    "The guardian gets it at once, not at set hours. The service can see this "
                    "mark, and somebody could compare the hour with a rota."
                ),
                short=_l("Urgent"),
            ),
        ),
        skip=False,
    ),
    Step(
        WHERE,
        _l("Where did it happen?"),
        _l("Where"),
        (
            Field(
                "channel", ONE, _l("Where did it happen?"), _l("You can skip this page."),
                listed="channels", main=True,
            ),
            Field(
                "place", AREA, _l("Which group or place?"),
                _l("The name of the group, or the site."), rows=2, short=_l("Group or place"),
            ),
        ),
        skip=False,
    ),
    Step(
        STORY,
        _l("What happened?"),
        _l("What happened"),
        (
            Field(
                "story", AREA, _l("What happened?"),
                _l(
                    "In your own words, and in any language. This is the only part you must fill "
                    "in. Leave out what only you could know or say: it could point to you."
                ),
                rows=12, main=True,
            ),
            Field(
                "when", AREA, _l("Roughly when?"),
                _l("“Most weeks since spring” is enough. An exact time could point to you."),
                rows=1, short=_l("When"),
            ),
        ),
        skip=False,
    ),
    Step(
        PEOPLE,
        _l("Who is part of it?"),
        _l("People"),
        (
            Field(
                "people", AREA, _l("Who was involved?"),
                _l("Names or roles, as much as you want to say."), short=_l("Involved"),
            ),
            Field(
                "who_knows", AREA, _l("Who else knows about it?"),
                _l("About how many people know this? “About ten people” is enough."), rows=2,
                short=_l("Who else knows"),
            ),
        ),
        after=_l(
            "If only two or three people know, they may guess who told. The guardian can plan "
            "for that if you say so."
        ),
    ),
    Step(
        WANTED,
        _l("What would help?"),
        _l("What would help"),
        (
            Field(
                "wanted", AREA, _l("What would you like to happen?"), short=_l("You would like"),
            ),
            Field(
                "told_before", AREA, _l("Have you told anybody before?"),
                _l("And what came of it?"), rows=2, short=_l("Told before"),
            ),
            Field(
                "professional_group", ONE, _l("Your professional group"),
                _l("Leave it at “Rather not say” if few people around you are of your group."),
                listed="professional_groups", short=_l("Your group"),
            ),
        ),
    ),
    Step(READERS, _l("Who should read it?"), _l("Who will read it"), skip=False),
    Step(CHECK, _l("Check before you send"), "", skip=False),
)  # fmt: skip

TYPED = tuple(one for step in _STEPS for one in step.fields)
TEXTS = tuple(one.name for one in TYPED if one.kind in (AREA, LINE))
AT = {one.name: step.number for step in _STEPS for one in step.fields} | {
    "desk": READERS,
    "excluded": READERS,
}
"""On which step a field stands."""

_REPORT = Report().fields
_CHECKS = {
    step.number: Report(
        only=[one.name for one in step.fields if one.name in _REPORT], partial=True
    )
    for step in _STEPS
}
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def step(number: int) -> Step:
    """A step, in the page's language."""
    return _in_words(language.chosen())[number - 1]


def steps() -> tuple[Step, ...]:
    """All of them."""
    return _in_words(language.chosen())


@cache
def _in_words(code: str) -> tuple[Step, ...]:
    # Once for each language: to translate them for each page would cost more than the page.
    assert code == language.chosen()  # noqa: S101 - the texts are those of the page's language
    return tuple(
        replace(
            _told(one),
            fields=tuple(map(_told, one.fields)),
            progress=str(_("Page %(number)s of %(all)s", number=one.number, all=CHECK)),
        )
        for one in _STEPS
    )


def _told(one: Any) -> Any:
    lazy = {
        each.name: str(getattr(one, each.name))
        for each in fields(one)
        if not isinstance(getattr(one, each.name), str | int | tuple)
    }
    return replace(one, **lazy)


def sent(number: int) -> dict[str, Any]:
    """What was sent with the form of a step, as it was typed."""
    return {one.name: _READ[one.kind](one.name) for one in _STEPS[number - 1].fields}


def stays() -> bool:
    """Whether what was pressed leads back or switches the language, which needs no answer."""
    return "back" in request.form or bool(language.switched())


_READ: Mapping[str, Callable[[str], Any]] = {
    AREA: text,
    LINE: text,
    ONE: text,
    SEVERAL: several,
    TICK: lambda name: bool(request.form.get(name)),
}


def faults(number: int, typed: Mapping[str, Any], *, needed: bool = True) -> dict[str, str]:
    """What is wrong with the answers of a step, by field. `needed`: what must be there is."""
    found: dict[str, str] = {}
    checks = _CHECKS[number]
    try:
        load(checks, {name: typed[name] for name in checks.fields if not _is_empty(typed[name])})
    except Invalid as error:
        found = {name: _fault(name, typed[name]) for name in error.errors}
    if needed and number == STORY and _is_empty(typed["story"]):
        found["story"] = str(_("Write what happened. A few words are enough."))
    return found


def _is_empty(typed: Any) -> bool:
    return not (typed.strip() if isinstance(typed, str) else typed)


def _fault(name: str, typed: Any) -> str:
    kind = _REPORT[name]
    if not isinstance(kind, Text):
        return str(_("Choose from the list."))
    over = len(typed) - kind.most
    if over > 0:
        return str(
            ngettext(
                "This is %(over)s character too long: use at most %(most)s. Shorten it.",
                "This is %(over)s characters too long: use at most %(most)s. Shorten it.",
                over,
                over=format_decimal(over),
                most=format_decimal(kind.most),
            )
        )
    return unseen()


def unseen() -> str:
    """What is said of a text from which `seen` took something out."""
    return str(
        _(
            "Something was pasted here that nobody can see. It is taken out now: look at the "
            "text, and go on."
        )
    )


def seen(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The same without control characters and halves of characters, to be shown again.

    A paste can bring both. They are refused, and nobody would find them.
    """
    return {
        name: _UNSEEN.sub("", value) if isinstance(value, str) else value
        for name, value in typed.items()
    }
