"""`python -m tests.web.accessibility`: tries every page, and writes what the statement says.

It runs the tests of each way (`WAYS`) and axe on every page, in every language and at every
width, and writes `api/data/accessibility.json`. A fault that stays is described there under
`known`, by hand; the command keeps it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from api.web.language import LANGUAGES
from tests import need, standing
from tests.console.screen import browser
from tests.template import filled
from tests.web.samples import SCENES, pages
from tests.web.screen import Place, faults, listening

FILE = Path(__file__).parents[2] / "api" / "data" / "accessibility.json"

WAYS: Mapping[str, str] = {
    "axe": "test_look.py::test_it_works",
    "narrow": "test_look_languages.py::test_it_works",
    "spacing": "test_look.py::test_it_works",
    "targets": "test_look.py::test_it_works",
    "forced-colours": "test_look.py::test_colours_that_the_device_forces",
    "keyboard": "test_keyboard.py",
    "no-script": "test_language_pages.py::test_it_works",
    "text-browser": "test_text_browser.py",
}
"""Which tests try the pages in which way."""

VIEWS = ((320, "dark"), (390, "light"), (1280, "light"), (1280, "dark"))


def axe_version() -> str:
    """The version of axe-core that is brought along."""
    found = re.search(r"axe v(\d+\.\d+\.\d+)", Axe().axe_script)
    assert found is not None
    return found[1]


def look(started: Browser) -> tuple[set[str], list[str]]:
    """The routes of all pages, and all that axe finds on them."""
    seen: set[str] = set()
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="wren-accessibility-") as where:
        _, handlers = filled(f"sqlite:///{where}/template.db")
        kept = standing.on_sqlite(Path(where) / "template.db", handlers, Path(where) / "wren.db")
        for language in LANGUAGES:
            for scene in SCENES:
                with kept.lent() as service, listening(service) as at:
                    place = Place(service, started, at, language)
                    for name in scene(place):
                        place.note()
                        for width, scheme in VIEWS:
                            found += [f"{name}, {language}, {width}, {scheme}: {one}"
                                      for one in faults(place, scheme, width=width)]  # fmt: skip
                    place.close()
                    seen |= place.seen & pages(service)
        kept.service.close()
    return seen, found


def main() -> int:
    """Tries, writes, and names what was found; 1 if a way failed."""
    tests = sorted({str(Path(__file__).parent / one) for one in WAYS.values()})
    quiet = "ignore::pytest.PytestAssertRewriteWarning"  # these modules were imported to get here
    if pytest.main(["-q", "-p", "no:cacheprovider", "-W", quiet, *tests]) != 0:
        return 1
    with browser(need.program("chromium")) as started:
        seen, found = look(started)
        chromium = started.version
    lynx = subprocess.run(["lynx", "-version"], check=True, capture_output=True, text=True).stdout
    before: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    tools = {"axe-core": axe_version(), "Chromium": chromium,
             "Lynx": lynx.split("Version ")[1].split()[0]}  # fmt: skip
    made = {
        "day": str(date.today()),
        "ways": list(WAYS),
        "tools": [{"name": name, "version": one} for name, one in tools.items()],
        "pages": sorted(seen),
        "violations": len(found),
        "known": before["known"],
    }
    FILE.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print("\n".join([*found, f"{len(seen)} pages, {len(found)} faults"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
