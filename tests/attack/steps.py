"""Counts the steps that a regular expression takes, as Python's engine goes about it.

A backtracking machine for what `re` parses: what it counts depends on no clock, so that texts of
some dozen characters tell how a pattern grows. It says of each text what `re` says of it; that is
tested beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

PARSER: Any = import_module("re._parser")
COMPILER: Any = import_module("re._compiler")

MOST = 1_000_000
"""Steps after which a machine gives up."""
WIDE = 1000
"""A repeat of so many is taken for one without end."""

Registers = tuple[int, ...]
Text = str | bytes


class TooManySteps(Exception):
    """It took more than `MOST`."""


def tree_of(pattern: re.Pattern[Any]) -> Any:
    """What `re` parses."""
    return PARSER.parse(pattern.pattern, pattern.flags & ~re.DEBUG)


@dataclass
class Machine:
    """A pattern as a program. `cap`: a repeat with an end counts as one of at most so many.

    So a bound of hundreds, which is a constant, isn't taken for a growth.
    """

    pattern: re.Pattern[Any]
    cap: int = WIDE
    steps: int = 0
    program: list[tuple[Any, ...]] = field(default_factory=list)
    chars: list[re.Pattern[Any]] = field(default_factory=list)
    """What reads one character each."""

    def __post_init__(self) -> None:
        self._marks = 2 * (self.pattern.groups + 1)
        tree = tree_of(self.pattern)
        self._add(tree.data, self.pattern.flags)
        self.program.append(("end",))

    # --- the program ---

    def _add(self, items: Sequence[Any], flags: int) -> None:
        for name, value in items:
            getattr(self, f"_{str(name).lower()}", self._one)(name, value, flags)

    def _one(self, name: Any, value: Any, flags: int) -> None:
        """A character, of whatever kind."""
        if str(name) not in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            raise ValueError(f"{name} is in no pattern of ours, and its steps are not counted")
        alone = self.alone(name, value, flags)
        self.chars.append(alone)
        self.program.append(("char", alone, {}))

    def alone(self, name: Any, value: Any, flags: int) -> re.Pattern[Any]:
        state = PARSER.State()
        state.flags = flags
        made: re.Pattern[Any] = COMPILER.compile(
            PARSER.SubPattern(state, [(name, value)]), flags & ~re.DEBUG
        )
        return made

    def _at(self, name: Any, value: Any, flags: int) -> None:
        self.program.append(("at", self.alone(name, value, flags)))

    def _branch(self, _name: Any, value: Any, flags: int) -> None:
        leaps = []
        for at, items in enumerate(value[1]):
            last = at == len(value[1]) - 1
            split = self._hole() if not last else -1
            self._add(items.data, flags)
            if not last:
                leaps.append(self._hole())
                self.program[split] = ("split", split + 1, len(self.program))
        for one in leaps:
            self.program[one] = ("to", len(self.program))

    def _subpattern(self, _name: Any, value: Any, flags: int) -> None:
        group, more, fewer, items = value
        if group is not None:
            self.program.append(("save", 2 * group))
        self._add(items.data, (flags | more) & ~fewer)
        if group is not None:
            self.program.append(("save", 2 * group + 1))

    def _max_repeat(self, _name: Any, value: Any, flags: int, *, lazy: bool = False) -> None:
        least, most, items = value
        endless = most is PARSER.MAXREPEAT or most > WIDE
        if not endless:
            most = min(most, max(1, self.cap))
        least = min(least, self.cap)
        for _ in range(least):
            self._add(items.data, flags)
        if endless:
            empty, mark = items.getwidth()[0] == 0, self._marks
            split = self._hole()
            if empty:
                self._marks += 1
                self.program.append(("save", mark))
            self._add(items.data, flags)
            if empty:
                self.program.append(("moved", mark))
            self.program.append(("to", split))
            self._split(split, len(self.program), lazy)
        else:
            splits = []
            for _ in range(most - least):
                splits.append(self._hole())
                self._add(items.data, flags)
            for one in splits:
                self._split(one, len(self.program), lazy)

    def _min_repeat(self, name: Any, value: Any, flags: int) -> None:
        self._max_repeat(name, value, flags, lazy=True)

    def _split(self, at: int, over: int, lazy: bool) -> None:
        self.program[at] = ("split", over, at + 1) if lazy else ("split", at + 1, over)

    def _possessive_repeat(self, name: Any, value: Any, flags: int) -> None:
        self._once(lambda: self._max_repeat(name, value, flags))

    def _atomic_group(self, _name: Any, value: Any, flags: int) -> None:
        self._once(lambda: self._add(value.data, flags))

    def _once(self, add: Callable[[], None]) -> None:
        """What is gone through once, and never again in another way."""
        hole = self._hole()
        add()
        self.program.append(("end",))
        self.program[hole] = ("once", len(self.program))

    def _groupref(self, _name: Any, value: Any, flags: int) -> None:
        self.program.append(("again", value, bool(flags & re.IGNORECASE)))

    def _assert(self, _name: Any, value: Any, flags: int, *, wanted: bool = True) -> None:
        direction, items = value
        look = self._hole()
        self._add(items.data, flags)
        self.program.append(("end",))
        back = items.getwidth()[0] if direction < 0 else 0
        self.program[look] = ("look", len(self.program), wanted, back)

    def _assert_not(self, name: Any, value: Any, flags: int) -> None:
        self._assert(name, value, flags, wanted=False)

    def _hole(self) -> int:
        self.program.append(())
        return len(self.program) - 1

    # --- its run ---

    def fullmatch(self, text: Text) -> tuple[int, int] | None:
        """The span of a match from the first to the last character."""
        end = self._run(text, 0, 0, self._none(), whole=True)
        return None if end is None else (0, end)

    def match(self, text: Text) -> tuple[int, int] | None:
        """The span of a match at the beginning."""
        end = self._run(text, 0, 0, self._none())
        return None if end is None else (0, end)

    def finditer(self, text: Text) -> Iterator[tuple[int, int]]:
        """The spans of all matches, as `re.finditer` gives them."""
        at, empty_at = 0, -1
        while at <= len(text):
            end = self._run(text, 0, at, self._none(), other=empty_at)
            if end is None:
                at += 1
                continue
            yield at, end
            empty_at, at = (end if end == at else -1), end

    def _none(self) -> Registers:
        return (-1,) * self._marks

    def _run(
        self, text: Text, begin: int, at: int, registers: Registers, *, whole: bool = False,
        other: int = -1,
    ) -> int | None:  # fmt: skip
        """Where a match from `at` ends; not an empty one at `other`. Raises `TooManySteps`."""
        left = [(begin, at, registers)]
        first, size, program = at, len(text), self.program
        while left:
            line, at, registers = left.pop()
            while True:
                self.steps += 1
                if self.steps > MOST:
                    raise TooManySteps
                now = program[line]
                kind = now[0]
                if kind == "char":
                    if at >= size:
                        break
                    one = text[at : at + 1]
                    known = now[2].get(one)
                    if known is None:
                        known = now[2][one] = now[1].match(one) is not None
                    if not known:
                        break
                    at, line = at + 1, line + 1
                elif kind == "split":
                    left.append((now[2], at, registers))
                    line = now[1]
                elif kind == "to":
                    line = now[1]
                elif kind == "save":
                    registers = (*registers[: now[1]], at, *registers[now[1] + 1 :])
                    line += 1
                elif kind == "moved":
                    if registers[now[1]] == at:
                        break
                    line += 1
                elif kind == "at":
                    if now[1].match(text, at) is None:
                        break
                    line += 1
                elif kind == "again":
                    start, end = registers[2 * now[1] : 2 * now[1] + 2]
                    said, there = text[start:end], text[at : at + end - start]
                    same = said.lower() == there.lower() if now[2] else said == there
                    if min(start, end) < 0 or not same:
                        break
                    at, line = at + end - start, line + 1
                elif kind == "once":
                    end = self._run(text, line + 1, at, registers)
                    if end is None:
                        break
                    at, line = end, now[1]
                elif kind == "look":
                    begins = at - now[3]
                    seen = begins >= 0 and (
                        self._run(text, line + 1, begins, registers) is not None
                    )
                    if seen != now[2]:
                        break
                    line = now[1]
                elif (whole and at != size) or (at == first == other):
                    break
                else:
                    return at
        return None
