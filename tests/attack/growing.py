"""Texts on which a regular expression would blow up, made of the expression itself (CWE-1333).

For each pattern a letter of every kind that it tells apart, alone and by twos, and for each repeat
in it what leads there and what is repeated; each many times over, and then something that fits
nowhere.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from tests.attack.steps import Machine, Text, TooManySteps, tree_of

CAP = 6
SHORT, SURE = 16, 48
"""How often a piece stands in the shortest of three texts: to suspect a growth, and to be sure."""
MOST_LETTERS = 12
"""Up to so many letters are tried by twos too."""
LETTERS = string.printable + "\0\x7f\x85\u00e9\u0130\u0301\u0663\u200b\u200e\u202f\u4e00\ud800"


class Growth:
    """A pattern, and what is tried on it.

    `anchored`: it is only tried where a text begins. `deep`: by twos too, and with more ends.
    """

    def __init__(self, pattern: re.Pattern[Any], *, anchored: bool, deep: bool) -> None:
        self.pattern, self.anchored, self.deep = pattern, anchored, deep
        self.machine = Machine(pattern, CAP)
        self._tree = tree_of(pattern)
        self._bytes = isinstance(pattern.pattern, bytes)
        chars = list({id(one): one for one in self.machine.chars}.values())
        kinds: dict[tuple[bool, ...], Text] = {}
        for letter in self._known():
            kinds.setdefault(tuple(one.match(letter) is not None for one in chars), letter)
        self.letters = list(kinds.values())
        self.wrong = kinds[min(kinds, key=sum)]
        """What fits least."""

    def _known(self) -> Iterator[Text]:
        if self._bytes:
            yield from (bytes([one]) for one in range(256))
            return
        said = str(self.pattern.pattern)
        yield from dict.fromkeys(LETTERS + said + said.swapcase())

    def attacks(self) -> Iterator[tuple[Text, Text]]:
        """What stands at the beginning, and what is repeated after it."""
        nothing: Text = b"" if self._bytes else ""
        yield from ((nothing, one) for one in self.letters)
        if self.deep and len(self.letters) <= MOST_LETTERS:
            yield from ((nothing, a + b) for a, b in product(self.letters, repeat=2))  # type: ignore[operator]
        yield from self._loops(self._tree.data, nothing)

    def _loops(self, items: Sequence[Any], before: Any) -> Iterator[tuple[Text, Text]]:
        for at, (name, value) in enumerate(items):
            kind = str(name)
            lead = before + self._sample(items[:at], 0) if at else before
            if kind.endswith("REPEAT"):
                inner = value[2].data
                if value[1] is not None and value[1] > 1:
                    for turn in range(4 if self.deep else 1):
                        body = self._sample(inner, turn)
                        if body:
                            yield lead, body
                            if self.deep:
                                yield before[:0], lead + body
                yield from self._loops(inner, lead)
            elif kind == "BRANCH":
                for one in value[1]:
                    yield from self._loops(one.data, lead)
            elif kind == "SUBPATTERN":
                yield from self._loops(value[3].data, lead)
            elif kind.startswith("ASSERT"):
                yield from self._loops(value[1].data, lead)

    def _sample(self, items: Sequence[Any], turn: int) -> Any:
        """Something that these match; another one by each `turn`."""
        found: Any = b"" if self._bytes else ""
        for name, value in items:
            kind = str(name)
            if kind.endswith("REPEAT"):
                found += self._sample(value[2].data, turn) * max(1, min(value[0], CAP))
            elif kind == "BRANCH":
                found += self._sample(value[1][turn % len(value[1])].data, turn)
            elif kind == "SUBPATTERN":
                found += self._sample(value[3].data, turn)
            elif kind == "ASSERT" and value[0] < 0:
                found += self._sample(value[1].data, turn)
            elif kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
                found += self._letter(name, value, turn)
        return found

    def _letter(self, name: Any, value: Any, turn: int) -> Any:
        if str(name) == "LITERAL":
            return bytes([value]) if self._bytes else chr(value)
        one = self.machine.alone(name, value, self.pattern.flags)
        fitting = [letter for letter in self.letters if one.match(letter)]
        return fitting[turn % len(fitting)] if fitting else self.letters[0]

    def ends(self) -> Iterator[Any]:
        """What fits nowhere."""
        yield self.wrong
        if self.deep:
            yield (b"\n" if self._bytes else "\n") + self.wrong  # type: ignore[operator]

    def texts(self, repeats: int) -> Iterator[Any]:
        """All attacks, with so many repeats."""
        for (lead, body), end in product(self.attacks(), self.ends()):
            yield lead + body * repeats + end  # type: ignore[operator]

    def found(self) -> str:
        """On what it takes the square of a text's length, or more; nothing if on none."""
        for (lead, body), end in product(dict.fromkeys(self.attacks()), self.ends()):
            if self._bends(lead, body, end, SHORT) and self._bends(lead, body, end, SURE):
                return f"{lead!r} + {body!r} * n + {end!r}"
        return ""

    def _bends(self, lead: Any, body: Any, end: Any, repeats: int) -> bool:
        """Whether steps grow faster than the text.

        Each doubling of it adds twice the steps that the one before added, and no more.
        """
        try:
            one, two, four = (
                self._steps(lead + body * (repeats * by) + end) for by in (1, 2, 4)
            )  # fmt: skip
        except TooManySteps:
            return True
        return (four - two) - 2 * (two - one) > repeats * repeats / 4

    def _steps(self, text: Text) -> int:
        self.machine.steps = 0
        self.machine.fullmatch(text)
        if self.anchored:
            self.machine.match(text)
        else:
            for _ in self.machine.finditer(text):
                pass
        return self.machine.steps
