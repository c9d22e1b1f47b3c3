"""How WhatsApp writes the head of a message: one shape for a whole export. No Kivy here.

A phone writes every head in the same way, by its own language, so the shape that most lines have
is that of the export. A line of another shape is part of a message: somebody pasted it there.
The shapes come from exports and pastes of Android, iOS and the web, in several languages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

MARKS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Marks of direction: they show nothing, and stand in heads too."""
UNMARKED = str.maketrans(dict.fromkeys(MARKS))
_M, _S = f"[{MARKS}]{{0,4}}", "[ \t\u00a0\u2009\u202f]"
"""Marks at one place of a head, of which there are two at most; and what is a space in one."""
_DATE = rf"\d{{1,4}}(?P<sep>[./-]){_S}?\d{{1,2}}(?:(?P=sep){_S}?(?P<third>\d{{2,4}}))?\.?"
_HALF = rf"[AaPp]\.?{_S}?[Mm]\.?|\u0635|\u0645"
_EARLY = "\u4e0a\u5348|\u4e0b\u5348|\uc624\uc804|\uc624\ud6c4|\u5348\u524d|\u5348\u5f8c"
_TIME = (
    rf"(?P<early>(?:{_EARLY}){_S}?)?\d{{1,2}}(?P<colon>[:.])\d{{2}}(?P<seconds>(?P=colon)\d{{2}})?"
    rf"(?P<half>{_S}?(?:{_HALF}))?"
)
_BETWEEN = rf"[,\u060c]?{_S}{{1,2}}(?:(?:\u00e0|klo|kl\.|um|o){_S})?"
_DATED = re.compile(
    rf"(?P<open>\[?)(?P<date>{_DATE})(?P<between>{_BETWEEN}){_TIME}"
    rf"(?P<end>\]|{_S}[-\u2013]{_S}|:{_S})"
)
_TIMED = re.compile(rf"(?P<open>\[){_TIME}(?P<between>{_BETWEEN})(?P<date>{_DATE})(?P<end>\])")
VOTES = 500
"""Heads that are looked at to know the shape."""


@dataclass(frozen=True)
class Shape:
    """One way to write a head. `numbers`: how many a date has; `year_first`: by its length."""

    time_first: bool
    sep: str
    numbers: int
    year_first: bool
    between: str
    colon: str
    seconds: bool
    half: bool
    early: bool
    end: str
    marked: bool

    def head(self) -> re.Pattern[str]:
        """Finds the heads in a text that begins with a line break; groups: the whole, day, time.

        The last two the other way round with `time_first`.
        """
        mark = _M if self.marked else ""
        first = r"\d{4}" if self.year_first else r"\d{1,2}"
        step = f"{mark}{re.escape(self.sep)}{_S}?"
        numbers = [first, *[rf"\d{{1,{2 if self.year_first else 4}}}"] * (self.numbers - 1)]
        day = f"({step.join(numbers)}{mark}\\.?)"
        clock = rf"\d{{1,2}}{mark}{re.escape(self.colon)}\d{{2}}"
        clock += rf"{re.escape(self.colon)}\d{{2}}" if self.seconds else ""
        clock = (rf"(?:{_EARLY}){_S}?" if self.early else "") + clock
        clock += rf"{mark}{_S}?{mark}(?:{_HALF})" if self.half else ""
        parts = (f"({clock})", day) if self.time_first else (day, f"({clock})")
        opened = r"\[" if self.end == "]" else ""
        end = rf"{mark}{self._end()}"
        body = f"{opened}{mark}{parts[0]}{mark}{self._spaced()}{mark}{parts[1]}{end}"
        return re.compile(f"(\n{_M}{body})")

    def _spaced(self) -> str:
        return "".join(_S if one.isspace() else re.escape(one) for one in self.between)

    def _end(self) -> str:
        if self.end == "]":
            return rf"\]{_S}?"
        return f":{_S}" if self.end == ":" else f"{_S}{self.end}{_S}"


def shape_of(line: str) -> Shape | None:
    """The shape of a line's head; None if it has none."""
    plain = line.translate(UNMARKED) if not line.isascii() else line
    found = _DATED.match(plain) or _TIMED.match(plain)
    if found is None or bool(found["open"]) != (found["end"] == "]"):
        return None
    first = re.match(r"\d+", found["date"])
    return Shape(
        time_first=found.re is _TIMED,
        sep=found["sep"],
        numbers=3 if found["third"] else 2,
        year_first=first is not None and len(first[0]) == 4,
        between=re.sub(r"\s", " ", found["between"]),
        colon=found["colon"],
        seconds=found["seconds"] is not None,
        half=found["half"] is not None,
        early=found["early"] is not None,
        end=found["end"].strip() or found["end"],
        marked=plain[: found.end()] not in line,
    )


def commonest(lines: Iterable[str]) -> Shape | None:
    """The shape that most of the first heads have, the earliest of those; None without heads."""
    found: Counter[Shape] = Counter()
    for line in lines:
        start = line[:1]
        if start == "[" or start in MARKS or start.isdecimal():
            shape = shape_of(line)
            if shape is not None:
                found[shape] += 1
                if found.total() >= VOTES:
                    break
    return found.most_common(1)[0][0] if found else None


# --- numbers ---

_NUMBERS = re.compile(r"\d+")
_LATER_HALF = re.compile("[Pp]|\u0645|\u4e0b|\ud6c4|\u5348\u5f8c")

Day = tuple[int, int, int]
"""Year, month, day; a year of 0 was not said."""
ORDERS = ("dmy", "mdy", "ymd")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def seconds_of(text: str) -> int:
    """Seconds since midnight of a time, with or without the half of the day; -1 for none."""
    hour, minute, *more = map(int, _NUMBERS.findall(text))
    second = more[0] if more else 0
    halved = re.search(rf"{_HALF}|{_EARLY}", text)
    if halved is not None:
        if not 1 <= hour <= 12:
            return -1
        hour = hour % 12 + (12 if _LATER_HALF.search(halved[0]) else 0)
    if hour > 23 or minute > 59 or second > 59:
        return -1
    return hour * 3600 + minute * 60 + second


def day_in(text: str, order: str) -> Day | None:
    """The day that a date is in this order of its numbers; None if there is no such day."""
    numbers = [int(one) for one in _NUMBERS.findall(text)]
    if len(numbers) == 2:
        month, day = numbers if order == "mdy" else reversed(numbers)
        year = 0
    else:
        named = dict(zip(order, numbers, strict=True))
        year, month, day = named["y"], named["m"], named["d"]
        year += 2000 if year < 100 else 0
    return (year, month, day) if 1 <= month <= 12 and 1 <= day <= _LONGEST[month - 1] else None


def order_of(dates: list[str]) -> tuple[str, bool]:
    """The order of a date's numbers, from all dates as they follow each other; is it sure?

    Sure is one that alone makes days of them all, or that alone never goes back in time.
    """
    if any(len(_NUMBERS.findall(one)[0]) == 4 for one in dates):
        return "ymd", True
    found = []
    if all((day := day_in(one, "dmy")) and day[1] == day[2] for one in dates):
        return "dmy", True  # 5/5: either way the same day
    for order in ORDERS:
        days = [day_in(one, order) for one in dates]
        known = [one for one in days if one is not None]
        jumps = sum(later < before for before, later in pairwise(known))
        found.append((len(days) - len(known), jumps, order))
    british, american, year_first = found
    if year_first[0] < min(british[0], american[0]):
        return "ymd", True
    best = min(british, american, key=lambda one: one[:2])
    return best[2], british[:2] != american[:2]
