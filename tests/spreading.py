"""How tests are spread over processes: the longest files begin first, and stay together.

Only the canary's tests are spread one by one: each takes as long as many files.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

ALONE = ("journeys/test_canary.py", "journeys/test_canary_web.py")
LONGEST = (
    *ALONE,
    "console/test_look.py",
    "web/test_look.py",
    "web/test_look_languages.py",
    "console/test_guardians_day.py",
    "web/test_language_pages.py",
    "web/test_journey.py",
    "web/test_text_browser.py",
    "mobile/test_deciding.py",
    "mobile/test_look.py",
    "console/test_in_a_browser.py",
    "mobile/test_way.py",
    "mobile/test_window.py",
    "api/test_classification.py",
    "api/test_epochs.py",
    "journeys/test_swagger.py",
)
"""Files that take longest, from the longest on: a worker that began one last would end alone."""


class Spread(LoadFileScheduling):
    """Gives a process whole files, but single tests of `ALONE`."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return nodeid if file.endswith(ALONE) else file


def longest_first(items: list[pytest.Item]) -> None:
    """Puts the longest files first; all else stays in its order."""
    here = Path(__file__).parent
    place = {here / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))
