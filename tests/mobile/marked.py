"""An invented language of the app: each text between marks, so that what nobody translated shows.

What is put into a blank stands outside the marks: it has to be a name, a number, or marked too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from kivy.uix.label import Label
from kivy.uix.textinput import TextInput

from mobile.widgets.button import IconButton

FROM, TO = "⟦", "⟧"
CODE = "cy"
"""The language whose place it takes."""

_BLANK = re.compile(r"(\{\w+\})")
_INSIDE = re.compile(f"{FROM}[^{FROM}{TO}]*{TO}")
_STRONG = re.compile(r"\[/?(?:b|color)(?:=[^\]]*)?\]")
_ADDRESS = re.compile(r"[a-z0-9]+://\S+")
_WORD = re.compile(r"[^\W\d_]{2,}")


def write(texts: Catalog, also: Iterable[str], where: Path) -> None:
    """These texts, and `also` those of a directory, translated into their own words between marks.

    The catalogue lies under `where` as the app's do under `mobile/lang`.
    """
    made = Catalog(locale=CODE, domain="app")
    for one in texts:
        if isinstance(one.id, tuple):
            made.add(one.id, (mark(one.id[-1]),) * made.num_plurals)
        elif one.id:
            made.add(one.id, mark(one.id))
    for text in also:
        made.add(text, mark(text))
    file = where / CODE / "LC_MESSAGES" / "app.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_mo(out, made)


def mark(text: str) -> str:
    """The text between marks, line by line, since a long one is shown in several pieces."""
    lines = (FROM + _BLANK.sub(rf"{TO}\1{FROM}", line) + TO for line in text.split("\n"))
    return "\n".join(lines)


def unmarked(root: Any, names: Collection[str], written: Collection[str] = ()) -> list[str]:
    """What a screen shows outside of marks that has words, other than these names.

    `written` are texts of people's; a piece of one may be shown, with dots where it is cut.
    """
    found = []
    for text in shown(root):
        for line in text.split("\n"):
            pieces = [piece.strip() for piece in _INSIDE.split(line)]
            found += [one for one in pieces if _words(one, names) and not _written(one, written)]
    return found


def _written(piece: str, written: Collection[str]) -> bool:
    plain = _STRONG.sub("", piece).strip("\u2026 ")
    return piece in written or (plain != piece and any(plain in text for text in written))


def shown(root: Any) -> list[str]:
    """Every text that a screen shows or, by an icon, stands for."""
    found = []
    for widget in root.walk(restrict=True):
        if isinstance(widget, Label | TextInput | IconButton):
            found += [widget.text, getattr(widget, "hint_text", "")]
    return [text for text in found if text]


def _words(text: str, names: Collection[str]) -> list[str]:
    text = _ADDRESS.sub(" ", text)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    return _WORD.findall(text)
