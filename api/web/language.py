"""The languages of the reporter's pages, and which one a page is shown in.

Texts are English in the code and stand in `api/web/languages/` in the others (GNU gettext, by
Babel). What an organisation wrote itself is shown as it is; what Wren brought is translated.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import request
from flask_babel import Domain, format_date, format_decimal
from flask_babel import gettext as _

COOKIE = "__Host-w-language"
LANGUAGES = {"en": "English", "cy": "Cymraeg", "pl": "Polski"}
"""Each language by its code, in its own name."""

NOT_YET_READ = ("cy", "pl")
"""First translations: no native speaker has read them yet, and each page says so."""

DIRECTORY = Path(__file__).parent / "languages"
DOMAIN = Domain(str(DIRECTORY))


def chosen() -> str:
    """The language's code: what was switched to, else what the browser asks for, else English."""
    code = request.cookies.get(COOKIE, "")
    return code if code in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "en")


def locale() -> str:
    """The same as a locale, as Babel names it: English is British."""
    code = chosen()
    return "en_GB" if code == "en" else code


def stock(text: str) -> str:
    """A text of the directory, in the page's language if it is one that Wren brought."""
    return str(_(text)) if text else ""


def day(value: date | None) -> str:
    """A day in words, `26 November 2026`, as the language writes it; nothing for none."""
    return str(format_date(value, "long")) if value else ""


def number(value: int) -> str:
    """A number as the language writes it."""
    return str(format_decimal(value))
