"""What a return asks: sections and rows as data, each version a file of its own.

A return names the version it was made with, and a version that was used is never changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from api.rules.counting import Counts


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a return. `asked` is false for one that the form does not have."""

    section: str
    code: str
    name: str
    count: int
    asked: bool = True


@cache
def versions() -> tuple[Mapping[str, Any], ...]:
    """All versions of the form, oldest first: `version`, `from` (a quarter), `title`,
    `method` (one line) and `sections`.
    """
    found = [
        json.loads(one.read_text("utf-8"))
        for one in files("api").joinpath("data").iterdir()
        if one.name.startswith("return-")
    ]
    return tuple(sorted(found, key=lambda one: (str(one["from"]), str(one["version"]))))


def form_of(quarter: str) -> Mapping[str, Any]:
    """The version for a quarter: the newest that has begun by then, else the oldest there is."""
    known = versions()
    begun = [one for one in known if one["from"] <= quarter]
    return begun[-1] if begun else known[0]


def fill(
    form: Mapping[str, Any], counts: Counts, names: Mapping[str, Mapping[str, str]]
) -> list[Row]:
    """Every row of the form with its count; what has no row of the form follows its section.

    So an element that was retired, or a professional group of the organisation's own, is never
    left out without a word. A row that is the `rest` takes the cases that no other row of its
    section has. `names` are those of values that the form does not know, by field.
    """
    rows: list[Row] = []
    for section in form["sections"]:
        found = list(_section(section, counts, names))
        rest = next((one["code"] for one in section["rows"] if one.get("rest")), None)
        if rest is not None:
            others = sum(one.count for one in found if one.code != rest)
            left = max(counts["case"]["opened"] - others, 0)
            found = [
                one if one.code != rest else Row(one.section, one.code, one.name, left)
                for one in found
            ]
        rows += found
    return rows


def _section(
    section: Mapping[str, Any], counts: Counts, names: Mapping[str, Mapping[str, str]]
) -> Iterator[Row]:
    code, field, placed = section["code"], section["field"], set[str]()
    for one in section["rows"]:
        count = sum(counts[one.get("field", field)][value] for value in one["values"])
        placed.update(one["values"])
        yield Row(code, one["code"], one["name"], count)
    if section["whole"]:
        for value in sorted(set(counts[field]) - placed):
            name = names.get(field, {}).get(value, value)
            yield Row(code, value, name, counts[field][value], asked=False)
