"""Regular expressions that blow up (CWE-1333): each of ours, on repeats that grow.

Steps are counted, not seconds: `steps.py` goes about a text as `re` does, which is tested too.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from api.console import inbox
from api.rules import identifying
from mobile import pointing, pointing_rules, whatsapp_shapes, whatsapp_text
from shared import filetypes
from shared.schemas import work
from tests.attack.growing import Growth
from tests.attack.patterns import Found, Noted, all_patterns, imported
from tests.attack.steps import Machine, TooManySteps
from tests.mobile.test_whatsapp import SHAPES
from tests.ordeal import tell

NAMES = ["Kim Invented", "Kim", "Kim Kim Kim", "a.b*", "--", "(x+)+y"]


def heads() -> list[re.Pattern[str]]:
    """The pattern of each shape of a head."""
    found = [whatsapp_shapes.shape_of(head) for head, *_ in SHAPES.values()]
    return [one.head() for one in found if one is not None]


MADE = {
    "api/console/inbox.py": (1, lambda: list(inbox.marked("Invented.", NAMES))),
    "api/rules/identifying.py": (1, identifying._known.__wrapped__),
    "shared/filetypes.py": (1, lambda: [one for one, _why in filetypes._REFUSED]),
    "shared/schemas/work.py": (1, lambda: work._hex(32, "")),
    "mobile/naming.py": (1, pointing_rules.rules.__wrapped__),
    "mobile/pointing.py": (1, lambda: pointing.look("Invented.", NAMES)),
    "mobile/pointing_rules.py": (3, pointing_rules.rules.__wrapped__),
    "mobile/whatsapp_shapes.py": (1, heads),
    "mobile/whatsapp_text.py": (1, lambda: [whatsapp_text._words(NAMES)]),
}
"""What only functions put together: how many calls of a file, and what makes them run."""


def only_there(one: Noted) -> bool:
    """How a file begins; what a rule passes over, and the words that it begins with."""
    rules = pointing_rules.rules()
    words = {one.passed for one in rules.all} | {one.begins for one in rules.all} | {rules._any}
    return one[1] in words | {start for start, _why in filetypes._REFUSED}


@cache
def patterns() -> list[Found]:
    return all_patterns(MADE, only_there)


BOUNDED = {
    r"[ _-]*\d[\d _.:-]*\d": "the end alone of a file's name is looked at",
    r"[ _-]*\.[A-Za-z][A-Za-z0-9]{0,4}$": "the end alone of a file's name is looked at",
}
"""What takes the square of a text's length, and why it gets none that is long.

tests/attack/test_long_names.py keeps it so.
"""


@pytest.mark.ordeal
@pytest.mark.timeout(900)
def test_it_works() -> None:
    """None takes more than twice the steps for twice the text."""
    found = patterns()
    assert len(found) > 150
    grown = {
        (one.path, one.pattern.pattern): told
        for one in found
        if (told := Growth(one.pattern, anchored=one.anchored, deep=True).found())
    }
    bad = {one: told for one, told in grown.items() if one[1] not in BOUNDED}
    tell("attack", "regular expressions, on repeats that grow", tried=len(found), lost=len(bad),
         note=f"{len(grown) - len(bad)} get no long text")  # fmt: skip
    assert bad == {}
    assert {text for _, text in grown} == set(BOUNDED), "one of these grows no more"


def test_heads_of_whatsapp() -> None:
    """What is made of somebody else's text, and looked for in all of it."""
    assert len(heads()) == len(SHAPES)
    for one in dict.fromkeys(heads()):
        assert Growth(one, anchored=False, deep=False).found() == ""


@pytest.mark.ordeal
def test_none_is_compiled_under_another_name() -> None:
    """So that every use of a pattern is seen."""
    assert list(imported()) == []


BAD = {
    r"(a+)+b": True, r"(a|a)*b": True, r"(a|aa)+$": True, r"(?:x\w*)*y": True,
    r"(\s*,?\s*)*;": True,
    r"a+!b": False, r" +x": False, r"\w+@": False, r"[ab]*a[ab]*c": True,
    r"(?:foo|fo+)*z": True, r"\d+\.?\d+x": True, r"^(?:.*,)*z": True, r"(?i:K+)k*x": True,
    r"(?<=a)b*b*c": False, r"(['\"]).*\1!": False, rb"\x00*\x00*\x01": True, r"(?=a*b)a": False,
}  # fmt: skip
"""What blows up; some where it is looked for alone, not where a text begins."""


SOON = (r"a+!b", r"\d+\.?\d+x", r"(?<=a)b*b*c", r"(?=a*b)a")
"""Those that are tried in every run."""


@pytest.mark.parametrize(
    "pattern",
    [one if one in SOON else pytest.param(one, marks=pytest.mark.ordeal) for one in BAD],
)
def test_what_blows_up_is_found(pattern: str | bytes) -> None:
    compiled: re.Pattern[Any] = re.compile(pattern)
    assert Growth(compiled, anchored=False, deep=True).found() != ""
    assert bool(Growth(compiled, anchored=True, deep=True).found()) == BAD[pattern]


@pytest.mark.parametrize("pattern", [
    r"a+", r"\w+", r"[ab]*c?", r"(?>a+)b", r"a++!b", r"a{1,300}b{1,300}c", r"(?:ab)+", r"\ba*\b",
    r"(\d\d)-\1", r"^a*b*c*$", rb"\xff[\x00-\x7f]*",
])  # fmt: skip
def test_what_grows_with_the_text_is_not(pattern: str | bytes) -> None:
    found = Growth(re.compile(pattern), anchored=True, deep=True).found()
    assert found == ""


def agrees(pattern: re.Pattern[Any]) -> int:
    """Fails unless the machine finds in each attack what `re` does. How many there were.

    Those are left out on which it gives up.
    """
    machine, tried = Machine(pattern), 0
    for text in Growth(pattern, anchored=False, deep=False).texts(5):
        machine.steps = 0
        try:
            found = machine.fullmatch(text), machine.match(text), list(machine.finditer(text))
        except TooManySteps:
            continue
        whole, first = pattern.fullmatch(text), pattern.match(text)
        spans = [one.span() for one in pattern.finditer(text)]
        assert found == (whole and whole.span(), first and first.span(), spans), (pattern, text)
        tried += 1
    return tried


def test_the_machine_goes_about_as_re_does() -> None:
    mine = (
        *BAD, r"(?:a|b)??c|", r"(a*)*b|a", r"x*?y", r"(?!a)\w", r"(?<!-)\b\w{2,4}\b", r"(?s:.)$|^",
        r"(?:(?:a|ab)(?:c|bcd))+", r"(?m)^\s*$", r"a{2,3}+a", r"(a)|b\1?",
    )  # fmt: skip
    tried = sum(agrees(re.compile(one)) for one in mine)
    assert tried > 100


@pytest.mark.ordeal
@pytest.mark.timeout(600)
def test_it_does_so_with_all_of_ours() -> None:
    assert sum(agrees(one.pattern) for one in patterns()) > 3_000
