"""Whether a reply asks for something that could show who the reporter is.

A hint for the handler before it goes, by a list of patterns (`api/data/identifying.json`): a
planted question unmasks as well as a name does. What is found is told to nobody and kept
nowhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

_SENTENCE = re.compile(r"[^.!?;\n]*[.!?;]?")
_TURN = re.compile(r",? but\b|, and\b|, then\b", re.IGNORECASE)
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sentence of the reply asks for: `about` is a code of the list."""

    about: str
    sentence: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _List:
    asks: re.Pattern[str]
    but_not: re.Pattern[str]
    about: tuple[tuple[str, re.Pattern[str]], ...]


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.IGNORECASE)


@cache
def _known() -> _List:
    found = json.loads(files("api").joinpath("data", "identifying.json").read_text("utf-8"))
    about = tuple((one["code"], _any(one["words"])) for one in found["about"])
    return _List(_any(found["asks"]), _any(found["but_not"]), about)


def codes() -> list[str]:
    """Every code that can be found."""
    return [code for code, _ in _known().about]


def asked_for(text: str) -> list[Asked]:
    """What the reply asks for that could identify somebody: each code once, with its sentence."""
    known, found = _known(), dict[str, Asked]()
    for sentence in _sentences(text[:_LONGEST]):
        if known.but_not.search(sentence) or not known.asks.search(sentence):
            continue
        for code, words in known.about:
            if code not in found and words.search(sentence):
                found[code] = Asked(code, sentence)
    return list(found.values())


def _sentences(text: str) -> Iterator[str]:
    """Sentences, cut where they turn: `You need not say, but which shift was it?` is two."""
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for found in _SENTENCE.finditer(plain):
        whole = found.group().strip()
        for part in _TURN.split(whole):
            if part.strip():
                # A question stays one when it is cut: its parts end as it does.
                ends = "?" if whole.endswith("?") and not part.endswith("?") else ""
                yield part.strip() + ends
