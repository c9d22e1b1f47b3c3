"""`wren worker`: once, or until it is told to stop; and inside what serves, or apart."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from api.config import Config, from_env
from api.models.base import Database
from api.models.outbox import Chore, Delivery
from tests.cli.conftest import Deployment
from tests.environ import clean_environ
from tests.journeys.served import serving
from tests.service import SECRET
from tests.worker.receiver import put


def works_done(url: str) -> set[str]:
    """The daily works that were done."""
    database = Database(Config(url, SECRET))
    with database.read() as db:
        found = set(db.scalars(select(Chore.name)))
    database.engine.dispose()
    return found


def put_one(url: str) -> None:
    """Something to be delivered, by a webhook that is gone: so it is dropped."""
    database = Database(Config(url, SECRET))
    put(database, "", kind="webhook")
    database.engine.dispose()


def waiting(url: str) -> int:
    """How many rows the outbox has."""
    database = Database(Config(url, SECRET))
    with database.read() as db:
        found = len(db.scalars(select(Delivery.id)).all())
    database.engine.dispose()
    return found


def until(what: object, seconds: float = 60) -> None:
    """Waits until it is so."""
    ends = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_it_works(deployment: Deployment) -> None:
    put_one(deployment.url)
    result = deployment.wren("worker", "--once")
    assert (result.exit_code, result.output) == (0, "")
    assert waiting(deployment.url) == 0
    assert "sweep" in works_done(deployment.url)


@pytest.mark.ordeal
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told(deployment: Deployment, told: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "worker"],
        cwd=Path(__file__).parents[2],
        env=clean_environ(WREN_DATA=str(deployment.place)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    until(lambda: works_done(deployment.url))
    put_one(deployment.url)
    until(lambda: waiting(deployment.url) == 0)
    process.send_signal(told)
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, b"")


def test_before_init(empty: Deployment) -> None:
    empty.wren("init")
    (empty.place / "wren.db").unlink()
    said = empty.refused("worker")
    assert said == "The tables are missing or of another version. Run: wren init"


def test_it_runs_inside_what_serves(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        put_one(served.database_url)
        until(lambda: waiting(served.database_url) == 0)


def test_a_setting_that_is_none(deployment: Deployment) -> None:
    said = deployment.refused("serve", WORKER="elsewhere")
    assert said == "WREN_WORKER: use inside, or apart where wren worker runs by itself."


def test_apart(deployment: Deployment) -> None:
    environ = {"WREN_DATA": str(deployment.place)}
    assert from_env(environ).worker_inside is True
    assert from_env(environ | {"WREN_WORKER": "apart"}).worker_inside is False
