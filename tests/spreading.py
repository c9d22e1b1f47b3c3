"""How tests are spread over processes: the longest files begin first, and stay together.

Only the tests of the canary and of some faults are spread one by one: each takes as long as
many files.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

ALONE = (
    "journeys/test_canary.py",
    "journeys/test_canary_web.py",
    "faults/test_killed_at_each_step.py",
    "faults/test_line.py",
    "faults/test_disk_fails.py",
)
LONGEST = (
    *ALONE,
    # Of the ordeal.
    "journeys/test_floods.py",
    "journeys/test_openapi.py",
    "web/test_look_languages.py",
    "web/test_look.py",
    "web/test_language_pages.py",
    "console/test_look.py",
    "api/test_migration_killed.py",
    # Of both.
    "mobile/test_way.py",
    "mobile/test_lock.py",
    "mobile/test_lock_holds.py",
    "mobile/test_cases.py",
    "mobile/test_evidence.py",
    "mobile/test_window.py",
    "mobile/test_exit.py",
    "mobile/test_settings.py",
    "mobile/test_conversation.py",
    "mobile/test_languages.py",
    "mobile/test_picking.py",
    "mobile/test_deciding.py",
    "evidence/test_hostile_files.py",
    "web/test_journey.py",
    "attack/test_walk.py",
    "console/test_guardians_day.py",
    "cli/test_demo.py",
)
"""Files that take longest, from the longest on: a worker that began one last would end alone."""


class Spread(LoadFileScheduling):
    """Gives a process whole files, but single tests of `ALONE` that are tried in several ways."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return nodeid if file.endswith(ALONE) and "[" in nodeid else file


def longest_first(items: list[pytest.Item]) -> None:
    """Puts the longest files first; all else stays in its order."""
    here = Path(__file__).parent
    place = {here / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))
