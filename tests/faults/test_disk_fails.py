"""The disk is full, read-only or dying from some step on: it is said, and nothing is half there.

The system's own errors are put in the place of SQLite's and the vault's writes, so that this runs
anywhere; `test_full_disk.py` has a disk that is full in earnest.
"""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
import requests

from shared.errors import NoRoom, Unavailable
from tests.faults.acts import ACTS, Reporter
from tests.faults.mortal import mortal
from tests.faults.stepping import Stepping
from tests.ordeal import tell

ERRORS = {"full": errno.ENOSPC, "read-only": errno.EROFS, "dying": errno.EIO}


def fail_at(one: Stepping, step: int, error: int) -> bool:
    """From this step of an act on nothing can be written; whether that was felt."""
    act, acknowledged, told = one.begin(), 0, False
    one.server.steps.fail_at(step, error)
    for call in act.calls:
        try:
            call()
        except (Unavailable, NoRoom):
            told = True
            break
        acknowledged += 1
    # What is stored can be read meanwhile.
    one.reporter.case.refresh()
    one.server.steps.go_on()
    assert told or acknowledged == len(act.calls)
    # Nothing is stored of what was refused.
    assert not one.is_whole(act, acknowledged), one.where
    # No restart is needed.
    one.send_again(act)
    return told


@pytest.mark.ordeal
@pytest.mark.parametrize("what", ERRORS)
def test_it_is_said(request: pytest.FixtureRequest, tmp_path: Path, what: str) -> None:
    with mortal(request, "sqlite", tmp_path) as server:
        server.start()
        reporter = Reporter(server.url)
        for name in ("a sealed report", "a readable message", "an upload"):
            one = Stepping(server, reporter, name)
            assert all(fail_at(one, step, ERRORS[what]) for step in (1, one.steps // 2))
        server.steps.fail_at(1, ERRORS[what])
        answer = requests.post(
            f"{server.url}/api/v1/sessions", json={"token": reporter.token}, timeout=60
        )
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        reporter.close()


@pytest.mark.ordeal
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("what", "each"), [("full", 1), ("read-only", 5), ("dying", 5)])
def test_at_each_step(
    request: pytest.FixtureRequest, tmp_path: Path, what: str, each: int
) -> None:
    tried = felt = 0
    with mortal(request, "sqlite", tmp_path) as server:
        server.start()
        reporter = Reporter(server.url)
        for name in ACTS:
            one = Stepping(server, reporter, name)
            steps = range(1, one.steps, each)
            felt += sum(fail_at(one, step, ERRORS[what]) for step in steps)
            tried += len(steps)
        reporter.close()
    note = f"{felt} calls were refused with 503 or 507; the same again was stored once"
    tell("faults", f"a disk that is {what} from a step on", tried=tried, lost=0, note=note)
