"""The rules of `mobile.pointing` as their files have them, made ready to search. No Kivy here.

A rule that names the words it `begins` with is tried only where one of them stands, so that a
text of any size is gone through once, word by word.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from mobile.naming import Names, Span

DATA = Path(__file__).parent / "data" / "pointing"
FILES = ("numbers", "days", "yourself", "people")
"""In this order the rules have their words."""
NUMBERS = "numbers"
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Rule:
    """One rule. `pattern` and `begins` are ready; `find` is a search of its own instead."""

    id: str
    kind: str
    why: str
    numbers: bool = False
    english: bool = False
    hits: Sequence[str] = ()
    misses: Sequence[str] = ()
    pattern: re.Pattern[str] | None = field(default=None, repr=False)
    passed: re.Pattern[str] | None = field(default=None, repr=False)
    begins: re.Pattern[str] | None = field(default=None, repr=False)
    needs: str = ""
    check: Callable[[str], bool] | None = field(default=None, repr=False)
    find: Callable[[str], Iterable[Span]] | None = field(default=None, repr=False)

    @property
    def group(self) -> str:
        """Rules of the same group don't find the same words twice."""
        if self.numbers:
            return NUMBERS
        return "name" if self.kind == "reader" else self.kind

    def span(self, match: re.Match[str]) -> Span | None:
        """The words that a match is about, or None if they are an exception."""
        span = match.span("at") if "at" in match.re.groupindex else match.span()
        words = match.string[slice(*span)]
        if self.passed is not None and self.passed.match(words):
            return None
        return span if self.check is None or self.check(words) else None


class Rules:
    """All rules, in their order."""

    def __init__(self, listed: Sequence[Rule]) -> None:
        self.all = tuple(listed)
        self._begun = [one for one in self.all if one.begins is not None]
        every = "|".join(one.begins.pattern for one in self._begun if one.begins is not None)
        self._any = re.compile(every)

    def spans(self, text: str) -> Iterator[tuple[Rule, Span]]:
        """What each rule finds, rule by rule. `text` has straight apostrophes and quotes."""
        by_word = self._by_word(text)
        for rule in self.all:
            if rule.find is not None:
                yield from ((rule, span) for span in rule.find(text))
            elif rule.begins is None:
                yield from self._search(rule, text)
            else:
                yield from ((rule, span) for span in by_word.get(rule.id, ()))

    @staticmethod
    def _search(rule: Rule, text: str) -> Iterator[tuple[Rule, Span]]:
        if rule.needs not in text or rule.pattern is None:
            return
        for match in rule.pattern.finditer(text):
            span = rule.span(match)
            if span is not None:
                yield rule, span

    def _by_word(self, text: str) -> dict[str, list[Span]]:
        """Rule -> spans, for the rules that are tried at certain words."""
        tried: dict[str, Sequence[Rule]] = {}
        ends: dict[str, int] = {}
        found: dict[str, list[Span]] = {}
        for word in WORD.finditer(text):
            what, start = word.group(), word.start()
            which = tried.get(what)
            if which is None:
                which = tried[what] = self._beginning(what.lower())
            for rule in which:
                if rule.pattern is None or start < ends.get(rule.id, 0):
                    continue
                match = rule.pattern.match(text, start)
                if match is not None:
                    ends[rule.id] = match.end()
                    span = rule.span(match)
                    if span is not None:
                        found.setdefault(rule.id, []).append(span)
        return found

    def _beginning(self, word: str) -> Sequence[Rule]:
        if self._any.fullmatch(word) is None:
            return ()
        return [one for one in self._begun if one.begins and one.begins.fullmatch(word)]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """All rules, read when first needed."""
    words: Mapping[str, str] = _read("words")["words"]
    names = Names(_read("names"))
    return Rules([_rule(one, words, names) for name in FILES for one in _read(name)["rules"]])


def _read(name: str) -> dict[str, Any]:
    with (DATA / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _rule(told: Mapping[str, Any], words: Mapping[str, str], names: Names) -> Rule:
    flags = re.MULTILINE | (re.NOFLAG if told.get("case") else re.IGNORECASE)

    def ready(key: str) -> re.Pattern[str] | None:
        parts = [filled(one, words) for one in told.get(key, ())]
        return re.compile("|".join(f"(?:{one})" for one in parts), flags) if parts else None

    checks = {"phone": is_phone, "nhs": is_nhs, "person": names.person}
    begins = told.get("begins")
    return Rule(
        told["id"], told["kind"], told["why"], told.get("numbers", False),
        told.get("english", False), told["hits"], told["misses"], ready("patterns"),
        ready("except"), re.compile(filled(f"(?:{begins})", words)) if begins else None,
        told.get("needs", ""), checks.get(told.get("check", "")),
        names.find if told.get("finder") == "names" else None,
    )  # fmt: skip


def filled(pattern: str, words: Mapping[str, str]) -> str:
    """The regular expression that a pattern of the files stands for."""
    for name, listed in words.items():
        pattern = pattern.replace(f"<{name}>", listed)
    return pattern.replace(" ", r"(?:\s+)")


def is_phone(words: str) -> bool:
    """Whether it is as long as a phone number of its country; one in use or not."""
    import phonenumbers

    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(words, "GB")))
    except phonenumbers.NumberParseException:
        return False


def is_nhs(words: str) -> bool:
    """Whether the check digit is right (NHS Data Dictionary, NHS NUMBER: modulus 11)."""
    from nhs_number.validate import is_valid

    return bool(is_valid(words))
