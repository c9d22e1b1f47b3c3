"""How accessible these pages are: a statement that is made of what was tried, not of promises.

`python -m tests.web.accessibility` tries every page and writes `api/data/accessibility.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from flask import Response
from flask_babel import lazy_gettext as _l

from api.web.pages import web
from api.web.showing import show

WAYS = {
    "axe": _l("by axe, a program that looks for faults, on every page, by day and night colours"),
    "narrow": _l("enlarged four times, and as narrow as the smallest phone"),
    "spacing": _l("with wider spaces between letters, words and lines"),
    "forced-colours": _l("with colours that the device forces"),
    "keyboard": _l("with the keyboard alone, from the first page to the last"),
    "no-script": _l("without JavaScript"),
    "text-browser": _l("in a browser that shows text alone"),
    "targets": _l("for the size of everything that is pressed"),
}
"""How pages are tried: each has a test of its own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried last: on which day, in which ways, with what, and what was found.

    `tools` has names and versions, `pages` the addresses' patterns, `known` a sentence for
    each fault that is known and not mended.
    """

    day: date
    ways: tuple[str, ...]
    tools: tuple[tuple[str, str], ...]
    pages: tuple[str, ...]
    violations: int
    known: tuple[str, ...]


@cache
def tried() -> Tried:
    """What `api/data/accessibility.json` says."""
    found: dict[str, Any] = json.loads(
        files("api").joinpath("data", "accessibility.json").read_text("utf-8")
    )
    return Tried(
        date.fromisoformat(found["day"]),
        tuple(found["ways"]),
        tuple((one["name"], one["version"]) for one in found["tools"]),
        tuple(found["pages"]),
        found["violations"],
        tuple(found["known"]),
    )


@web.opened("/accessibility")
def accessibility() -> Response:
    """The statement."""
    return show("accessibility.html", tried=tried(), ways=WAYS)
