"""An invented language: each text between marks, so that what nobody translated stands out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.dates import get_month_names
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask_babel import Domain

FROM, TO = "⟦", "⟧"
CODE = "cy"
"""The language whose place it takes; days and numbers are Welsh."""

_MONTHS = set(get_month_names("wide", locale=CODE).values())
_SAID = ("aria-label", "title", "alt", "placeholder", "content")
_BARE = ("br", "hr", "img", "input", "link", "meta", "path", "rect", "use")
_REFERENCE = re.compile(r"\b[A-Z]{3}-[0-9A-Z]{10}\b")
_WORD = re.compile(r"[^\W\d_]{2,}")


def marked(texts: Catalog, where: Path) -> Domain:
    """These texts, translated into their own words between marks, as the pages look them up."""
    made = Catalog(locale=CODE, domain="messages")
    for one in texts:
        if isinstance(one.id, tuple):
            made.add(one.id, (_marked(one.id[-1]),) * made.num_plurals)
        elif one.id:
            made.add(one.id, _marked(one.id))
    file = where / CODE / "LC_MESSAGES" / "messages.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_mo(out, made)
    return Domain(str(where))


def _marked(text: str) -> str:
    return f"{FROM}{text}{TO}"


class _Said(HTMLParser):
    """What a page says, less what people or the organisation wrote themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        own = given.get("lang", CODE) == CODE and "dir" not in given and "translate" not in given
        shown = own and tag not in ("script", "style") and all(said for _, said in self._open)
        if tag not in _BARE:
            self._open.append((tag, shown))
        if own and (tag != "meta" or given.get("name") == "description"):
            self.parts += [given[name] for name in _SAID if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][1]:
            self.parts.append(data)


def unmarked(page: str, names: Collection[str] = ()) -> list[str]:
    """The pieces of a page between no marks that have words, other than these names."""
    reader = _Said()
    reader.feed(page)
    return [piece for piece in _outside(reader.parts) if _words(piece, names)]


def _outside(parts: list[str]) -> Iterator[str]:
    """What stands outside of all marks. A text may be shown in several pieces."""
    depth = 0
    for part in parts:
        piece = ""
        for letter in part:
            depth += (letter == FROM) - (letter == TO)
            if depth == 0 and letter != TO:
                piece += letter
        if piece.strip():
            yield piece.strip()


def _words(piece: str, names: Collection[str]) -> list[str]:
    for name in sorted(names, key=len, reverse=True):
        piece = piece.replace(name, " ")
    found = _WORD.findall(_REFERENCE.sub("", piece))
    return [one for one in found if one not in _MONTHS]
