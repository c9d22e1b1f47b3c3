"""The server is killed (SIGKILL) at each step of what reporters do.

What was acknowledged is there afterwards; what was not is there whole or not at all, and sent
again it is there once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.acts import ACTS, Reporter
from tests.faults.mortal import mortal
from tests.faults.stepping import Stepping
from tests.ordeal import tell


def die_at(one: Stepping, step: int) -> bool:
    """Kills the server at this step of an act; whether it was stored, and nobody heard."""
    act = one.begin()
    one.server.steps.kill_at(step)
    acknowledged = act.send()
    assert acknowledged < len(act.calls)
    one.server.ended()
    one.server.start()
    unheard = one.is_whole(act, acknowledged)
    one.send_again(act)
    return unheard


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_is_there_or_not(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    with mortal(request, kind, tmp_path) as server:
        server.start()
        reporter = Reporter(server.url)
        for name in ("a sealed report", "a readable message", "an upload"):
            one = Stepping(server, reporter, name)
            assert not die_at(one, one.steps // 3)
            assert die_at(one, one.steps)
        reporter.close()


@pytest.mark.ordeal
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_at_each_step(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, name: str
) -> None:
    with mortal(request, kind, tmp_path) as server:
        server.start()
        reporter = Reporter(server.url)
        one = Stepping(server, reporter, name)
        unheard = sum(die_at(one, step) for step in range(1, one.steps))
        reporter.close()
    note = f"{unheard} times it was stored, whole, and nobody heard; sent again, it was there once"
    tell("faults", f"kill -9 at a step of {name} ({kind})", tried=one.steps - 1, lost=0, note=note)
