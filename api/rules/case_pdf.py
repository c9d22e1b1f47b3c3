"""A case file's PDF: tagged (PDF/UA-1, ISO 14289-1), with fonts of its own, from memory to memory.

Texts go to typst as strings and are never markup. Its fonts don't have every character: one
that they lack is written by its Unicode name, and stands as it is in the plain text beside it.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import typst
from PIL import Image

from api.rules.case_document import Block, Document, Facts, Heading, Picture, Text

Written = Callable[[str], str]
"""How a text is written for the fonts that there are."""

_DATA = Path(__file__).parent.parent / "data"
_LONGEST_WORD = 60
"""Characters after which a word is broken: the page ends where it does not."""

_PAGE = (166.0, 235.0)
"""Millimetres of a page that text and pictures may take."""
_DOTS = 1400
"""Pixels of a picture's longer side, in the PDF: the file itself lies beside it."""


@cache
def characters() -> frozenset[str]:
    """The characters that the fonts within typst have (0.15), of those that it was asked for."""
    found: set[str] = set()
    for one in (_DATA / "case_file_characters.txt").read_text("ascii").split():
        first, _, last = one.partition("-")
        found.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(found)


def printable(text: str) -> str:
    """The text with every character that can't be printed written by its name or number."""
    known = characters()
    return "".join(one if one in known or one == "\n" else _named(one) for one in text)


def _named(one: str) -> str:
    if one == "\t":
        return "    "
    if one == "\r":
        return ""
    return f"[{unicodedata.name(one, f'U+{ord(one):04X}')}]"


def _plain(text: str) -> str:
    return "".join(one if one.isascii() else _named(one) for one in text)


def render(document: Document) -> bytes:
    """The PDF of a document."""
    return by_either(lambda written: _compile(document, written))


def by_either(make: Callable[[Written], bytes]) -> bytes:
    """What is made of texts as the fonts have them; should that fail, of the plainest."""
    try:
        return make(printable)
    except typst.TypstError:
        # Characters that a font has may lack a glyph together: then the plainest way.
        pass
    return make(lambda text: _plain(printable(text)))


def _compile(document: Document, written: Written) -> bytes:
    pictures = [one for one in document.blocks if isinstance(one, Picture)]
    data = {
        "title": written(document.title),
        "author": written(document.author),
        "running": written(document.running),
        "blocks": list(_blocks(document.blocks, written)),
        "pictures": [list(one.jpeg) for one in pictures],
    }
    return typeset("case_file.typ", data)


def typeset(name: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of `data` by this template of `api/data`. Raises `typst.TypstError`."""
    made = typst.compile(
        (_DATA / name).read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    assert isinstance(made, bytes)  # noqa: S101 - one file, in memory
    return made


def _blocks(blocks: Sequence[Block], written: Written) -> Iterator[dict[str, Any]]:
    number = 0
    for one in blocks:
        if isinstance(one, Heading):
            yield {"is": "heading", "level": one.level, "text": written(one.text)}
        elif isinstance(one, Text):
            yield {"is": one.manner, "paragraphs": paragraphs(written(one.text))}
        elif isinstance(one, Facts):
            rows = [(written(name), _lines(written(value))) for name, value in one.rows]
            yield {"is": "facts", "rows": rows}
        else:
            yield {"is": "picture", "number": number, "alt": written(one.alt), "width": one.width}
            number += 1


def paragraphs(text: str) -> list[list[str]]:
    """Paragraphs are an empty line apart; each has its lines."""
    return [_lines(one) for one in text.split("\n\n") if one.strip()]


def _lines(text: str) -> list[str]:
    return [part for line in text.split("\n") for part in _broken(line)]


def _broken(line: str) -> list[str]:
    """A line as it is, or cut within words that no page is wide enough for."""
    if all(len(word) <= _LONGEST_WORD for word in line.split(" ")):
        return [line]
    parts, rest = [], line
    while rest:
        words, room = rest.split(" "), 0
        for word in words:
            if len(word) > _LONGEST_WORD:
                break
            room += len(word) + 1
        parts.append(rest[: room + _LONGEST_WORD])
        rest = rest[room + _LONGEST_WORD :]
    return parts


def picture(png: BinaryIO, alt: str) -> Picture:
    """A picture for the PDF, made smaller, of a PNG that `shared.pictures` made."""
    with Image.open(png, formats=["PNG"]) as image:
        image.thumbnail((_DOTS, _DOTS))
        made = BytesIO()
        image.convert("RGB").save(made, "JPEG", quality=80)
        width, height = image.size
    scale = min(_PAGE[0] / width, _PAGE[1] * 0.8 / height, 25.4 / 96)
    return Picture(made.getvalue(), alt, round(width * scale, 1))
