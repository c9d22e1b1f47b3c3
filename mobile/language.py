"""The language that the app speaks: texts, and days as one says them. No Kivy here.

A text is English in the code and is looked up when it is shown: `_("Continue")`, with a blank
by name where something goes in: `_("Step {step} of {all}").format(step=1, all=7)`. What stands
in a table of a module is marked with `later("...")` and looked up where it is shown. Catalogues
are gettext's, in `mobile/lang/<code>/LC_MESSAGES/app.mo`; what a catalogue lacks stays English.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable
from pathlib import Path

ENGLISH = "en"
WHERE = Path(__file__).parent / "lang"
NAMES = {"en": "English", "cy": "Cymraeg", "pl": "Polski"}
"""The languages by their own names. `en` is complete; the others are first translations."""


class Language:
    """The one in use. `listen` is told after each change."""

    def __init__(self) -> None:
        self.code = ENGLISH
        self._found: gettext.NullTranslations = gettext.NullTranslations()
        self._listeners: list[Callable[[], None]] = []

    def use(self, code: str) -> None:
        """Switches; an unknown code is English."""
        code = code if code in NAMES else ENGLISH
        self._found = (
            gettext.NullTranslations()
            if code == ENGLISH
            else gettext.translation("app", WHERE, [code], fallback=True)
        )
        self.code = code
        for tell in self._listeners:
            tell()

    def listen(self, tell: Callable[[], None]) -> None:
        """Calls `tell` after each change, as long as the app runs."""
        self._listeners.append(tell)

    def text(self, english: str) -> str:
        """The text in the language in use."""
        return self._found.gettext(english) if english else ""

    def count(self, one: str, many: str, number: int) -> str:
        """The form for this number; `{n}` in it is the number."""
        return self._found.ngettext(one, many, number).format(n=number)


language = Language()


def _(english: str) -> str:
    """The text in the language in use."""
    return language.text(english)


def later(english: str) -> str:
    """Marks a text that is looked up where it is shown."""
    return english


def count(one: str, many: str, number: int) -> str:
    """`count("{n} message", "{n} messages", 2)`: the form for this number."""
    return language.count(one, many, number)
