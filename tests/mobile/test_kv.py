"""The kv files: no text stands bare in them, and no two rules have one name."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from mobile.collecting import kv
from tests.mobile.texts import ROOT

FILES = sorted((ROOT / "mobile").rglob("*.kv"))
SAID = re.compile(r"^\s*(?:title|text|label|hint|about|subtitle|hint_text): (.*)$")
WORDS = re.compile(r"[^\W\d_]{2,} \w|^[A-Z][a-z]{2,}")
NAME = "Wren"


def test_it_works() -> None:
    assert len(FILES) > 30
    assert SAID.match("    text: 'Bare'")
    assert WORDS.search("Bare")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_text_stands_bare(file: Path) -> None:
    with file.open("rb") as opened:
        taken = {text for _line, _name, text, _notes in kv(opened, (), (), {})}
    for line in file.read_text("utf-8").splitlines():
        found = SAID.match(line)
        for quoted in re.findall(r"'(?:[^'\\]|\\.)*'", found[1]) if found else ():
            text = ast.literal_eval(quoted)
            assert text in taken or text == NAME or not WORDS.search(text), line


def test_no_two_rules_have_one_name() -> None:
    """Kivy would apply both to widgets of either class."""
    rules = [re.findall(r"(?m)^<-?(\w+)>:", file.read_text("utf-8")) for file in FILES]
    names = Counter(name for found in rules for name in found)
    assert [name for name, times in names.items() if times > 1] == []
