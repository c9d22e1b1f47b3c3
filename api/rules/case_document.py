"""What a case file says, block by block: from the same blocks come its PDF and its plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a part of the file."""

    text: str = field(repr=False)
    level: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs. `manner` is `text`, `quote` (somebody's own words) or `warning`."""

    text: str = field(repr=False)
    manner: str = "text"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are, one below the other."""

    rows: Sequence[tuple[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as JPEG, its words for who can't see it, and how wide it is in millimetres."""

    jpeg: bytes = field(repr=False)
    alt: str = field(repr=False)
    width: float


Block = Heading | Text | Facts | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """A case file's words. `running` stands at the top of each page but the first."""

    title: str
    author: str
    running: str
    blocks: Sequence[Block] = field(repr=False)


def _indented(text: str) -> str:
    """Every line but the first set in: what somebody typed can't look like a part of the file."""
    return "    ".join(text.splitlines(keepends=True))


def as_text(document: Document) -> str:
    """The document as plain text, every character as it was typed. Pictures are named only."""
    parts = [document.title, "=" * len(document.title)]
    for one in document.blocks:
        if isinstance(one, Heading):
            mark = ("=", "-", ".")[min(one.level, 3) - 1]
            parts.append(f"\n{one.text}\n{mark * min(len(one.text), 72)}")
        elif isinstance(one, Facts):
            parts.append("\n".join(f"{name}: {_indented(value)}" for name, value in one.rows))
        elif isinstance(one, Picture):
            parts.append(f"[{one.alt}]")
        elif one.manner == "quote":
            parts.append(f"    {_indented(one.text)}")
        else:
            parts.append(one.text)
    return "\n\n".join(parts) + "\n"
