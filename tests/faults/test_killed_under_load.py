"""The server is killed at any moment while several people write; it goes on within moments."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.faults.busy import busy
from tests.faults.mortal import mortal
from tests.ordeal import tell


def kills(request: pytest.FixtureRequest, place: Path, kind: str, count: int) -> tuple[int, int]:
    """Kills it so often; acts that were acknowledged, and tries that were not.

    Every second time the main process alone is killed: its worker ends by itself.
    """
    chance = random.Random(count)
    with mortal(request, kind, place) as server:
        server.start()
        with busy(server.url) as people:
            for at in range(count):
                people.wait_for(3)
                time.sleep(chance.uniform(0, 0.2))
                server.kill(only_main=bool(at % 2))
                server.start()
            people.wait_for(3)
        return people.check(), people.tries


@pytest.mark.ordeal
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_there(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    assert kills(request, tmp_path, kind, 2)[0] >= 9


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_however_often_it_is_killed(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    done, tries = kills(request, tmp_path, kind, 40)
    note = f"killed 40 times while four people wrote; {tries} calls were cut off and repeated"
    tell("faults", f"acknowledged while it was killed ({kind})", tried=done, lost=0, note=note)
