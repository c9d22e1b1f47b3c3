"""Finds names of people in a text, by word lists and by what stands beside them. No Kivy here.

Names that are words too (Mark, Will, Grace) count with a capital inside a sentence, or beside a
family name or a verb of saying; months, places, bodies and services do not. The lists are short
and our own, in `mobile/data/pointing/names.toml`: they miss many names, and say so nowhere as
loudly as the page does. One pass over the words: linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

Span = tuple[int, int]
WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
STOPS = ".!?:\n\r\u2022"
LONGEST = 3
"""Words of a name at most."""
BEFORE = 24
"""Letters on both sides of a word in which a longer phrase is looked for."""


class Word(NamedTuple):
    """One word: where it is, it in small letters without accents and 's, and its capital."""

    start: int
    end: int
    name: str
    capital: bool


def words_of(text: str) -> list[Word]:
    """The words in order."""
    found = []
    for match in WORD.finditer(text):
        word, start, end = match.group(), *match.span()
        if word[-2:] in ("'s", "'S"):
            word, end = word[:-2], end - 2
        # ED and WARD: what is short for something else, or shouted, has no capital of a name.
        capital = word[:1].isupper() and not (1 < len(word) < 4 and word.isupper())
        found.append(Word(start, end, plain(word), capital))
    return found


def plain(word: str) -> str:
    """A word in small letters, without accents and apostrophes."""
    if word.isascii():
        return word.lower().replace("'", "")
    parts = unicodedata.normalize("NFKD", word.lower())
    return "".join(one for one in parts if not unicodedata.combining(one)).replace("'", "")


class Names:
    """`find(text)` gives the spans of what looks like a person's name."""

    def __init__(self, lists: Mapping[str, str]) -> None:
        self._sets = {name: frozenset(text.split()) for name, text in lists.items()}
        phrases = "|".join(line.strip() for line in lists["phrases"].strip().splitlines())
        self._phrases = re.compile(rf"\b(?:{phrases})\b".replace(" ", r"\s+"), re.IGNORECASE)

    def _is(self, word: Word, kind: str) -> bool:
        name = word.name
        return name in self._sets[kind] or (
            "-" in name and name.partition("-")[0] in self._sets[kind]
        )

    def find(self, text: str) -> Iterator[Span]:
        """Spans in order, none in another. `text` has straight apostrophes."""
        words, after = words_of(text), 0
        for at, word in enumerate(words):
            if word.start < after or not self._names(words, at, text):
                continue
            if self._phrase(text, word):
                continue
            after = words[self._last(words, at, text)].end
            yield word.start, after

    def person(self, text: str) -> bool:
        """Whether words that are said to be a name may be one: none of the others we know of."""
        return not any(self._is(word, "never") for word in words_of(text)[:1])

    def _phrase(self, text: str, word: Word) -> bool:
        """Whether a place or a saying stands here that has a name in it."""
        near = text[max(0, word.start - BEFORE) : word.end + BEFORE]
        at = min(BEFORE, word.start)
        return any(one.start() <= at < one.end() for one in self._phrases.finditer(near))

    def _names(self, words: list[Word], at: int, text: str) -> bool:
        word = words[at]
        if self._is(word, "given"):
            return True
        if not word.capital or self._is(word, "never"):
            return False
        then = (
            words[at + 1] if at + 1 < len(words) and _beside(text, word, words[at + 1]) else None
        )
        says = then is not None and not then.capital and then.name in self._sets["says"]
        if self._is(word, "months"):
            return says or self._surname(then)
        if self._is(word, "doubtful"):
            return says or self._surname(then) or not _first(words, at, text)
        if self._is(word, "family"):
            return says or not _first(words, at, text)
        return says and not _first(words, at, text)

    def _surname(self, word: Word | None) -> bool:
        return word is not None and word.capital and self._is(word, "family")

    def _last(self, words: list[Word], at: int, text: str) -> int:
        """Where the name ends that begins at `at`: with the family names after it."""
        last = at
        while last + 1 < min(len(words), at + LONGEST) and _beside(
            text, words[last], words[last + 1]
        ):
            then = words[last + 1]
            more = then.capital and not self._is(then, "never")
            if not more and then.name not in self._sets["family"]:
                break
            last += 1
        return last


def _beside(text: str, one: Word, other: Word) -> bool:
    return other.start - one.end <= 2 and text[one.end : other.start].strip(" \t") == ""


def _first(words: list[Word], at: int, text: str) -> bool:
    """Whether it begins a sentence or a line, so that its capital says nothing."""
    if at == 0:
        return True
    return any(mark in text[words[at - 1].end : words[at].start] for mark in STOPS)
