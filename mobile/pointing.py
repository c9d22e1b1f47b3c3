"""Could this point at you? What in a text may show who wrote it, and why. No Kivy here.

The rules are data (`mobile/data/pointing/*.toml`, read when first needed). They know English
wording; numbers are found in any language. They never stop anybody: a page shows what they
found, and says what they can't know. Nothing leaves the phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
