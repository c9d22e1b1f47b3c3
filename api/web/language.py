"""The languages of the reporter's pages, and which one a page is shown in.

Texts are English in the code and stand in `api/web/languages/` in the others (GNU gettext, by
Babel; `make languages`). What an organisation wrote itself is shown as it is, and says that it
is English; what Wren brought is translated.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from babel.lists import format_list
from flask import request
from flask_babel import Domain, format_date, format_decimal, get_locale
from flask_babel import gettext as _
from markupsafe import Markup

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
    return code if code in LANGUAGES else _wished()


def switched() -> str:
    """To which language a button of a form switches; empty if none was pressed."""
    code = request.form.get("lang", "")
    return code if code in LANGUAGES else ""


def _wished() -> str:
    """The first of the browser's languages, best first, that there is here (RFC 4647, lookup).

    werkzeug's `best_match` would show Polish to `en-US, pl;q=0.9`.
    """
    for wish, quality in request.accept_languages:
        code = wish.partition("-")[0].lower()
        if code in LANGUAGES and quality > 0:
            return code
    return "en"


def locale() -> str:
    """The same as a locale, as Babel names it: English is British."""
    code = chosen()
    return "en_GB" if code == "en" else code


class English(str):
    """An English text on a page in another language: where a template shows it, it says so.

    As `str` it is the text alone, for attributes (`| plain`) and for whatever is made of it.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return Markup('<span lang="en-GB">{}</span>').format(str(self))


def stock(text: str) -> str:
    """A text of the directory, in the page's language if it is one that Wren brought."""
    found = str(_(text)) if text else ""
    return English(found) if _is_english(found, text) else found


def foreign(text: str) -> str:
    """` lang="en-GB"` for the element around a text of the directory that stays English.

    Where `stock` is not shown whole, but in pieces, as paragraphs.
    """
    return Markup(' lang="en-GB"') if text and _is_english(str(_(text)), text) else ""


def _is_english(found: str, text: str) -> bool:
    return bool(found) and found == text and get_locale().language != "en"


def plain(text: str) -> str:
    """A text without the mark of its language: for attributes, which can have none."""
    return str(text)


def listed(texts: Iterable[str]) -> str:
    """`one`, `one and another`, `one, another and a third`, as the language writes it."""
    found = [str(one) for one in texts]
    if get_locale().language != "cy" or len(found) < 2:
        return format_list(found, locale=get_locale())
    # "and" is "ac" before a vowel; CLDR writes "a(c)", and a comma before it.
    vowel = unicodedata.normalize("NFD", found[-1])[:1].lower() in "aeiouwy"
    return f"{', '.join(found[:-1])} {'ac' if vowel else 'a'} {found[-1]}"


def day(value: date | None) -> str:
    """A day in words, `26 November 2026`, as the language writes it; nothing for none."""
    return str(format_date(value, "long")) if value else ""


def number(value: int) -> str:
    """A number as the language writes it."""
    return str(format_decimal(value))
