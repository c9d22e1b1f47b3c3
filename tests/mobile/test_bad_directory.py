"""What a hostile service may put into a directory: it is refused, not shown and not kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mobile.guide import BROKEN, Guide
from mobile.kept import Kept
from shared.client import _read
from shared.errors import NotWren, WrenError
from shared.line import Answer
from shared.schemas import base, organisations
from shared.thread import today
from tests.mobile import samples

ADDRESS = "https://wren.example/o/eeast"
HALF = "An invented \ud800 name"
Change = Callable[[dict[str, Any]], Any]


def sent() -> dict[str, Any]:
    """A directory as it comes over the line."""
    found = deepcopy(dict(samples.DIRECTORY))
    for one in (*found["contacts"], *found["guidance"]):
        one["checked_on"] = "2026-11-27"
    return dict(json.loads(json.dumps(found, default=lambda _salt: "A" * 22)))


def test_it_works() -> None:
    found = base.read(organisations.Organisation(), sent())
    assert found["name"] == samples.DIRECTORY["name"]
    assert today(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(name=HALF),
        lambda one: one["guidance"][0].update(title=HALF),
        lambda one: one["guidance"][0].update(text=HALF),
        lambda one: one["contacts"][0].update(value=HALF),
        lambda one: one["desks"][0].update(name=HALF),
        lambda one: one.update(release=["07:00", HALF]),
    ],
)
def test_half_a_character_is_refused(change: Change) -> None:
    directory = sent()
    change(directory)
    with pytest.raises(NotWren):
        base.read(organisations.Organisation(), directory)


@pytest.mark.parametrize(
    "zone", ["Nowhere/Else", "", "Europe", "/etc/passwd", "../../etc/passwd", "a\x00b", HALF]
)
def test_a_time_zone_that_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(NotWren):
        base.read(organisations.Organisation(), {**sent(), "time_zone": zone})


def test_a_refusal_with_half_a_character_says_its_own_sentence() -> None:
    said = {"code": "conflict", "detail": HALF, "errors": {"text": [HALF]}}
    with pytest.raises(WrenError) as refused:
        _read(Answer(409, {}, json.dumps(said).encode()), None)
    assert refused.value.code == "conflict"
    assert refused.value.detail == refused.value.default
    assert not refused.value.errors


def test_what_was_kept_of_such_a_directory_is_not_read(tmp_path: Path) -> None:
    guide = Guide(tmp_path)
    directory = {**sent(), "name": HALF}
    guide.keep(ADDRESS, Kept("eeast", directory, (), (), date(2026, 11, 27)))
    again = Guide(tmp_path)
    assert (again.organisations, again.trouble) == ({}, BROKEN)
