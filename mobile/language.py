"""The language that the app speaks: texts, days, numbers and lists as one says them. No Kivy here.

A text is English in the code and is looked up when it is shown: `_("Continue")`, with a blank
by name where something goes in: `_("Step {step} of {all}").format(step=1, all=7)`. What stands
in a table of a module is marked with `later("...")` and looked up where it is shown, as are the
refusals of `shared.errors` and the directory's texts, of which Wren's own are translated.
Catalogues are gettext's, in `mobile/lang/<code>/LC_MESSAGES/app.mo`, made by `make languages`;
what a catalogue lacks stays English.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

ENGLISH = "en"
WHERE = Path(__file__).parent / "lang"
NAMES = {"en": "English", "cy": "Cymraeg", "pl": "Polski"}
"""The languages by their own names."""

NOT_YET_READ = ("cy", "pl")
"""First translations: no native speaker has read them yet, and the settings say so."""


class Language:
    """The one in use. `listen` is told after each change."""

    def __init__(self) -> None:
        self.code = ENGLISH
        self.where = WHERE
        self._found: gettext.NullTranslations = gettext.NullTranslations()
        self._listeners: list[Callable[[], None]] = []

    def use(self, code: str) -> None:
        """Switches; an unknown code is English."""
        code = code if code in NAMES else ENGLISH
        self._found = (
            gettext.NullTranslations()
            if code == ENGLISH
            else gettext.translation("app", self.where, [code], fallback=True)
        )
        self.code = code
        for tell in self._listeners:
            tell()

    def listen(self, tell: Callable[[], None]) -> None:
        """Calls `tell` after each change, as long as the app runs.

        A screen has `speak()` for that, and is not kept alive by it: see `widgets.page.Frame`.
        """
        self._listeners.append(tell)

    def text(self, english: str) -> str:
        """The text in the language in use."""
        return self._found.gettext(english) if english else ""

    def count(self, one: str, many: str, count: int, **values: object) -> str:
        """The form for this number; `{n}` in it is the number, other blanks are in `values`."""
        text = self._found.ngettext(one, many, count)
        return text.format(n=number(count), **values)


language = Language()


def _(english: str) -> str:
    """The text in the language in use."""
    return language.text(english)


def later(english: str) -> str:
    """Marks a text that is looked up where it is shown."""
    return english


def count(one: str, many: str, count: int, **values: object) -> str:
    """`count("{n} message", "{n} messages", 2)`: the form for this number."""
    return language.count(one, many, count, **values)


MONTHS = (
    later("January"), later("February"), later("March"), later("April"), later("May"),
    later("June"), later("July"), later("August"), later("September"), later("October"),
    later("November"), later("December"),
)  # fmt: skip
"""As they stand in a day of the year: Polish has the genitive, `26 listopada`."""

WEEKDAYS = (
    later("Monday"), later("Tuesday"), later("Wednesday"), later("Thursday"), later("Friday"),
    later("Saturday"), later("Sunday"),
)  # fmt: skip


def day_of(when: date) -> str:
    """A day of a year in words: `26 November 2026`."""
    month = _(MONTHS[when.month - 1])
    return _("{day} {month} {year}").format(day=when.day, month=month, year=when.year)


def weekday_of(when: date, today: date) -> str:
    """A day as one says it: `Thursday 26 November`; with the year if it is another than now.

    In Polish and Welsh the weekday comes after, in brackets, so that its form is always the same.
    """
    text = (
        _("{weekday} {day} {month}")
        if when.year == today.year
        else _("{weekday} {day} {month} {year}")
    )
    month, weekday = _(MONTHS[when.month - 1]), _(WEEKDAYS[when.weekday()])
    return text.format(weekday=weekday, day=when.day, month=month, year=when.year)


def number(value: int) -> str:
    """A number as the language writes it: `12,000`, in Polish `12 000` (CLDR, from 10,000 on)."""
    if language.code == "pl":
        return f"{value:,}".replace(",", "\u00a0") if abs(value) >= 10_000 else str(value)
    return f"{value:,}"


def listed(names: Iterable[str]) -> str:
    """Names as one says them: `one`, `one and another`, `one, another and a third`."""
    *others, last = names
    if not others:
        return last
    text = _("{others} and {last}")
    if language.code == "cy" and unicodedata.normalize("NFD", last)[:1].lower() in "aeiouwy":
        text = text.replace(" a ", " ac ")  # "and" before a vowel
    return text.format(others=", ".join(others), last=last)


_NUMBER = re.compile(r"\d+")


def told(fault: str) -> str:
    """A refusal of the service's, which says it in English, with its number put in already."""
    found = _NUMBER.search(fault)
    sentence = _NUMBER.sub("{most}", fault)
    if found is None or _(sentence) == sentence:
        return _(fault)
    return _(sentence).format(most=number(int(found[0])))
