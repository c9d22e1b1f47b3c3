"""The server is killed (SIGKILL) at each step of what reporters do.

What was acknowledged is there afterwards; what was not is there whole or not at all, and sent
again it is there once.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.acts import ACTS, Act, Reporter
from tests.faults.mortal import Mortal, mortal, stored
from tests.ordeal import tell

MANY = 1_000_000


def count(server: Mortal, reporter: Reporter, name: str) -> tuple[int, list[Counter[str]]]:
    """How many steps an act has, and what each of its calls adds to what is stored."""
    act = reporter.act(name)
    before, added = stored(server.database_url), []
    server.steps.left = MANY
    for call in act.calls:
        call()
        after = stored(server.database_url)
        added.append(after - before)
        before = after
    steps, server.steps.left = MANY - server.steps.left, 0
    act.check()
    return steps, added


def die(
    server: Mortal, reporter: Reporter, name: str, step: int, added: list[Counter[str]]
) -> str:
    """Kills the server at this step of an act. Whether the call was lost, or stored unheard."""
    act, before = reporter.act(name), stored(server.database_url)
    server.steps.left = step
    acknowledged = act.send()
    if server.steps.left > 0:  # it had fewer steps this time
        server.steps.left = 0
        act.check()
        return "went on"
    server.ended()
    server.start()
    at = f"{name}, step {step}: {server.steps.last}"
    there = stored(server.database_url) - before
    heard = sum(added[:acknowledged], Counter[str]())
    whole = heard + added[acknowledged] if acknowledged < len(added) else heard
    assert there in (heard, whole), at
    _check_chunks(reporter, act, acknowledged, at)
    assert act.send() == len(act.calls), at
    assert stored(server.database_url) - before == sum(added, Counter[str]()), at
    act.check()
    return "stored unheard" if there == whole != heard else "absent"


def _check_chunks(reporter: Reporter, act: Act, acknowledged: int, at: str) -> None:
    if act.staged is not None and acknowledged:
        have = set(range(min(acknowledged - 1, act.chunks)))
        assert have <= reporter.stored_chunks(act.staged), at


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_is_there_or_not(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    with mortal(request, kind, tmp_path) as server:
        server.start()
        reporter = Reporter(server.url)
        for name in ("a sealed report", "a readable message", "an upload"):
            steps, added = count(server, reporter, name)
            assert steps > 5
            for step in (steps // 3, steps - 2):
                assert die(server, reporter, name, step, added) != "went on"
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
        steps, added = count(server, reporter, name)
        came_of_it = Counter(
            die(server, reporter, name, step, added) for step in range(1, steps + 1)
        )
        reporter.close()
    note = (
        f"{came_of_it['stored unheard']} were stored though nobody heard, whole; sent again, once"
    )
    tell("faults", f"kill -9 at a step of {name} ({kind})", tried=steps, lost=0, note=note)
