"""Messages of WhatsApp, from what was pasted or exported, read on the device. No Kivy here.

A parser of our own: those that exist put a dated line that somebody pasted into another person's
mouth, and take `X created group "Nights` for a sender. What can't be known is said: a day's and
a month's order (`sure`), a line that may be quoted (`doubt`). Nothing is guessed of another
app's export: `read` refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice

from mobile.language import later
from mobile.whatsapp_kinds import BEGINS, BY_ADMIN, ENDS, FIXED, SYSTEM, TEXT, kind_of, tells
from mobile.whatsapp_shapes import (
    UNMARKED,
    Day,
    Shape,
    commonest,
    day_in,
    order_of,
    seconds_of,
    shape_of,
)
from shared.errors import WrenError

BACK, INSIDE = "back", "inside"
"""Doubts: the line goes back in time; a dated line of another shape stands inside it."""
NOBODY = -1
OWN = frozenset({"you", "ty", "chi", "du", "vous", "t\u00fa", "voc\u00ea", "tu", "jij", "me"})
"""What a copied message may call the one who copied it."""
LONGEST_NAME = 80
BEGINNING = 200_000
"""Characters in which the shape of the heads is looked for first."""
SLACK, PATIENCE = 60, 50
"""Seconds that a line may come late; and lines after which an earlier time is the true one."""


class NotRead(WrenError):
    """Why nothing was read from what was pasted or opened."""

    code = "not_read"
    title = "Not read"


NOTHING = later("There is nothing in it.")
OTHER_APP = later(
    "This is not from WhatsApp. Wren reads only what WhatsApp exports, or messages that were "
    "copied in it. For another app, take a picture of the screen."
)
NO_HEADS = later(
    "Wren finds no messages of WhatsApp in it. In the chat, press \u201cExport chat\u201d, or "
    "select the messages and copy them."
)


@dataclass(slots=True)
class Line:
    """One message. `day` is None and `clock` -1 (seconds since midnight) where none was said.

    `speaker` is a place in `Chat.speakers`, or NOBODY. `kind` is one of `whatsapp_kinds`.
    """

    day: Day | None
    clock: int
    speaker: int
    text: str = field(repr=False)
    kind: str
    edited: bool = False
    doubt: str = ""


@dataclass
class Chat:
    """What was read. `order` is that of a date's numbers; not `sure`: it has to be asked."""

    lines: list[Line] = field(repr=False)
    speakers: list[str] = field(repr=False)
    order: str = "dmy"
    sure: bool = True

    @property
    def own(self) -> int:
        """The speaker who is called "You"; NOBODY where there is none."""
        named = (at for at, name in enumerate(self.speakers) if name.casefold() in OWN)
        return next(named, NOBODY)


def read(text: str, order: str = "", *, pasted: bool = False) -> Chat:
    """The messages in a text. `order` ("dmy", "mdy") is the answer to a question about it.

    `pasted`: a text without any head is one message then. Raises NotRead.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not text.strip():
        raise NotRead(NOTHING)
    shape = commonest(text[:BEGINNING].split("\n")) or commonest(text.split("\n"))
    if _of_another_app(text):
        raise NotRead(OTHER_APP)
    if shape is None:
        if pasted:
            return Chat([Line(None, -1, NOBODY, text, TEXT)], [])
        raise NotRead(NO_HEADS)
    chat = _Reading("\n" + text, shape, order).chat()
    if not chat.speakers:
        raise NotRead(NO_HEADS)
    return chat


_OTHERS = re.compile(
    r'(?:\{\s*"|<(?:!|\?xml|html)|\[\s*[{\]]|\[LINE\]|\[ ?\d{1,2} \w+ \d{4}'
    r"|.{1,80}, \[\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d|\[[^\]\d]{1,60}\] \[)"
)


def _of_another_app(text: str) -> bool:
    """Whether it begins as an export of Telegram, Messenger, Signal, LINE, Viber or KakaoTalk.

    A copied message may begin with a bracket too, so only what those apps write is taken for it.
    """
    return _OTHERS.match(text.lstrip()) is not None and shape_of(text.partition("\n")[0]) is None


class _Reading:
    """One text that is being read; `text` begins with a line break."""

    def __init__(self, text: str, shape: Shape, order: str) -> None:
        # Before the first head, then in turns: head, day, time (or time, day), what follows.
        self._lead, *found = shape.head().split(text)
        self._heads, self._bodies = found[::4], found[3::4]
        times, dates = found[1::4], found[2::4]
        self._dates, self._times = (dates, times) if shape.time_first else (times, dates)
        changes = [one for one, _same in groupby(self._dates)]
        self._order, self._sure = (order, True) if order else order_of(changes)
        self._clocks = {one: seconds_of(one) for one in set(self._times)}
        self._days = {one: day_in(one, self._order) for one in set(changes)}
        if -1 in self._clocks.values() or None in self._days.values():
            self._join()
        self._names: dict[str, int] = {}
        self._speakers: dict[str, int] = {}

    def _join(self) -> None:
        """A head with a day or a time that there is not belongs to what was said before it."""
        kept: list[list[str]] = []
        lead = [self._lead]
        rows = zip(self._heads, self._dates, self._times, self._bodies, strict=True)
        for head, date, time, body in rows:
            if self._days[date] is not None and self._clocks[time] >= 0:
                kept.append([date, time, body])
            else:
                (kept[-1] if kept else lead).append(head + body)
        self._lead = "".join(lead)
        self._dates, self._times = [one[0] for one in kept], [one[1] for one in kept]
        self._bodies = ["".join(one[2:]) for one in kept]

    def chat(self) -> Chat:
        """What stands in it."""
        lines: list[Line] = []
        if self._lead.strip():
            lines.append(Line(None, -1, NOBODY, self._lead.strip("\n"), TEXT))
        add, names, days, clocks = lines.append, self._names, self._days, self._clocks
        for date, time, rest in zip(self._dates, self._times, self._bodies, strict=True):
            name, colon, said = rest.partition(": ")
            speaker = names.get(name) if colon else None
            if speaker is None:
                speaker, said = self._unknown(rest, name, colon, said)
            kind, edited, doubt = TEXT, False, ""
            if speaker < 0:
                kind, said = SYSTEM, rest.strip("\n")
            elif (
                said[:1] in BEGINS
                or said[-1:] in ENDS
                or said in FIXED
                or "\n" in said
                or said.startswith(BY_ADMIN)
            ):
                kind, text, edited = kind_of(said)
                if "\n" in said and _dated_inside(said):
                    doubt = INSIDE
                said = text
            add(Line(days[date], clocks[time], speaker, said, kind, edited, doubt))
        speakers = list(self._speakers)
        _group_is_nobody(lines, speakers)
        _late(lines)
        return Chat(lines, speakers, self._order, self._sure)

    def _unknown(self, rest: str, name: str, colon: str, said: str) -> tuple[int, str]:
        """The speaker of a name that was not there before, and what was said."""
        if not colon and rest[-1:] == ":":  # nothing was said: a call
            name, colon = rest[:-1], ":"
        return (self._new(name) if colon else NOBODY), said

    def _new(self, name: str) -> int:
        plain = name.translate(UNMARKED).replace("\u00a0", " ").replace("\u202f", " ").strip()
        plain = plain.removeprefix("~").strip()
        if not plain or "\n" in name or len(plain) > LONGEST_NAME or tells(plain):
            self._names[name] = NOBODY
        else:
            self._names[name] = self._speakers.setdefault(plain, len(self._speakers))
        return self._names[name]


def _dated_inside(said: str) -> bool:
    lines: Iterator[str] = islice(said.split("\n"), 1, None)
    return any(shape_of(one) is not None for one in lines if one)


def _group_is_nobody(lines: list[Line], speakers: list[str]) -> None:
    """iOS has the group's name before what WhatsApp tells: who never speaks is no person."""
    speaking = {line.speaker for line in lines if line.kind != SYSTEM}
    kept = [at for at in range(len(speakers)) if at in speaking]
    if len(kept) < len(speakers):
        new = {at: number for number, at in enumerate(kept)}
        for line in lines:
            line.speaker = new.get(line.speaker, NOBODY)
        speakers[:] = [speakers[at] for at in kept]
    for line in lines:
        if line.kind == SYSTEM:
            line.speaker = NOBODY


def _late(lines: list[Line]) -> None:
    """Marks what goes back in time: it may have been pasted into a message as it stands."""
    high, top, late = (0, 0, 0), -1, 0
    for line in lines:
        day, clock = line.day, line.clock
        if day is None:
            continue
        if day > high or (day == high and clock >= top) or _new_year(high, day):
            high, top, late = day, clock, 0
        elif day < high or top - clock > SLACK:
            late += 1
            line.doubt = line.doubt or BACK
            if late >= PATIENCE:
                high, top, late = day, clock, 0


def _new_year(before: Day, day: Day) -> bool:
    """Whether December was followed by January, where no years were said."""
    return day[0] == 0 and before[1] - day[1] > 6
