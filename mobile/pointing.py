"""Could this point at you? What in a text may show who wrote it, and why. No Kivy here.

The rules are data (`mobile/data/pointing/*.toml`, read when first needed). They know English
wording; numbers are found in any language. They never stop anybody: a page shows what they
found, and says what they can't know. Nothing leaves the phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mobile.language import _, later
from mobile.naming import Span
from mobile.pointing_rules import NUMBERS, Rule, rules

KINDS: dict[str, str] = {
    "only": later("Only a few were there"), "about": later("Something about you"),
    "shift": later("Your shift"), "crew": later("Somebody close to you"),
    "quote": later("Your own words"), "reader": later("Somebody who reads reports"),
    "name": later("Names"), "staff": later("Staff numbers"), "phone": later("Phone numbers"),
    "email": later("Email addresses"), "time": later("Exact times"), "date": later("Exact days"),
    "callsign": later("Call signs"), "vehicle": later("Vehicles"),
    "incident": later("Jobs and reports by number"), "nhs": later("NHS numbers"),
    "postcode": later("Postcodes"),
}  # fmt: skip
"""What is looked for, in the order of the page: what points at the writer first."""

# One sign for one, so that spans stay: the marks that phones and chats put in.
STRAIGHT = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00a0": " ",
     "\u202f": " ", "\u2009": " ", "\u2013": "-"}
)  # fmt: skip
READER = Rule(
    "reader", "reader",
    later("They read reports. If you spoke with them about this, they may know that it is you."),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """Words of a text, from `start` to before `end`, that may point at somebody."""

    start: int
    end: int
    kind: str
    rule: str
    english: str
    words: str = field(repr=False)

    @property
    def why(self) -> str:
        """Why it may point, and what to write instead, in the language in use."""
        return _(self.english)


def look(text: str, readers: Iterable[str] = ()) -> list[Finding]:
    """What may point at somebody in a text, in its order. `readers`: names of the handlers."""
    taken = {group: bytearray(len(text)) for group in {*KINDS, NUMBERS}}
    found = []
    for rule, (start, end) in _spans(text.translate(STRAIGHT), readers):
        # A name in an email address is told once.
        groups = (rule.group, NUMBERS) if rule.group == "name" else (rule.group,)
        if any(taken[one].find(1, start, end) >= 0 for one in groups):
            continue
        taken[rule.group][start:end] = b"\1" * (end - start)
        found.append(Finding(start, end, rule.kind, rule.id, rule.why, text[start:end]))
    return sorted(found, key=lambda one: (one.start, one.end))


def _spans(text: str, readers: Iterable[str]) -> Iterator[tuple[Rule, Span]]:
    known = [re.escape(name.strip()) for name in readers if len(name.strip()) > 2]
    if known:
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)", re.IGNORECASE)
        for match in pattern.finditer(text):
            yield READER, match.span()
    yield from rules().spans(text)


def of_fields(fields: Mapping[str, str], readers: Iterable[str] = ()) -> dict[str, list[Finding]]:
    """What was found in each of several texts; those without anything are left out."""
    known = list(readers)
    looked = {name: look(text, known) for name, text in fields.items() if text}
    return {name: found for name, found in looked.items() if found}


@dataclass(frozen=True)
class Group:
    """What one field of a report has of one kind, for the same reason."""

    place: str
    kind: str
    english: str
    findings: tuple[Finding, ...] = field(repr=False)

    @property
    def title(self) -> str:
        """What it is, in the language in use."""
        return _(KINDS[self.kind])

    @property
    def why(self) -> str:
        """Why it may point, and what to write instead, in the language in use."""
        return _(self.english)

    @property
    def key(self) -> tuple[str, ...]:
        """The same for the same words in the same field: who left them once is not asked again."""
        return (self.place, self.kind, *sorted({one.words.casefold() for one in self.findings}))


def groups(found: Mapping[str, Sequence[Finding]]) -> list[Group]:
    """Findings by field and reason; within a field what points at the writer comes first."""
    order, listed = list(KINDS), []
    for name, findings in found.items():
        by_why: dict[tuple[int, str], list[Finding]] = {}
        for one in findings:
            by_why.setdefault((order.index(one.kind), one.english), []).append(one)
        for (at, english), ones in sorted(by_why.items(), key=lambda item: item[0]):
            listed.append(Group(name, order[at], english, tuple(ones)))
    return listed


def around(text: str, one: Finding, room: int = 36) -> tuple[str, str, str]:
    """The words with what stands before and after them, cut at words, in one line each."""
    before, after = text[: one.start], text[one.end :]
    if len(before) > room:
        before = "\u2026" + before[-room:].partition(" ")[2]
    if len(after) > room:
        after = after[:room].rpartition(" ")[0].rstrip(".,;: ") + "\u2026"
    return _line(before), _line(one.words), _line(after)


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


FEW: dict[str, tuple[str, str, str, str]] = {
    # code: what is chosen, how it is said, what it means, what a report may say
    "1-2": (
        later("One or two"), "danger",
        later("One or two people could have written this. They are thought of first. Leave out "
              "what only you saw or heard, or talk with somebody outside before you send it."),
        later("One or two people know what this tells."),
    ),
    "3-5": (
        later("Three to five"), "warning",
        later("Three to five people could have written this. Think about leaving out what only "
              "you saw or heard."),
        later("Three to five people know what this tells."),
    ),
    "6-20": (
        later("Six to twenty"), "info",
        later("Six to twenty people could have written this. Somebody can still guess, from what "
              "only you saw or from how you write."),
        later("Six to twenty people know what this tells."),
    ),
    "more": (
        later("More than twenty"), "good",
        later("Many people could have written this. One thing that only you saw can still point "
              "at you."),
        later("More than twenty people know what this tells."),
    ),
    "unknown": (
        later("I don\u2019t know"), "warning",
        later("Then write as if only a few know it. Leave out what only you saw or heard."),
        later("I don\u2019t know how many people know what this tells."),
    ),
}  # fmt: skip
"""How many people know what a report tells. The answer is for its writer and is not sent."""
