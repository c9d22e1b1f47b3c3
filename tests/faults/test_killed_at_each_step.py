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


def die_at(one: Stepping, step: int) -> bool | None:
    """Kills the server at this step of an act; whether it was stored, and nobody heard.

    None if there were fewer steps: how many there are is not always the same, since a server that
    was just started knows less, and SQLite does not always write as many pages.
    """
    act = one.begin()
    one.server.steps.kill_at(step)
    acknowledged = act.send()
    if acknowledged == len(act.calls):
        assert one.server.steps.go_on()
        act.check()
        one.server.kill()
        one.server.start()
        return None
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
            assert die_at(one, one.steps // 3) is False
            if kind == "postgresql":  # the answer was about to go
                found = (die_at(one, step) for step in range(one.steps, one.steps + 20))
                assert next(unheard for unheard in found if unheard is not False)
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
        found = list[bool | None]()
        while found[-2:] != [None, None]:
            found.append(die_at(one, len(found) + 1))
        reporter.close()
    unheard, tried = found.count(True), len(found) - found.count(None)
    assert unheard
    assert tried >= one.steps - 10
    note = f"{unheard} times it was stored, whole, and nobody heard; sent again, it was there once"
    tell("faults", f"kill -9 at a step of {name} ({kind})", tried=tried, lost=0, note=note)
