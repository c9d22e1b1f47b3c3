"""One server to an SQLite file; and none of its processes outlives the one that was started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from api import alone
from api.config import ConfigError
from tests.environ import clean_environ
from tests.journeys.served import Served, answers, end, serving, wait_for
from tests.postgres import free_port


def start(served: Served, port: int) -> subprocess.Popen[bytes]:
    """Another server with the same settings."""
    data = served.place / "data"
    return subprocess.Popen(
        [sys.executable, "-m", "api", "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=Path(__file__).parents[2],
        env=clean_environ(WREN_DATA=str(data), WREN_DATABASE_URL=served.database_url),
    )


@pytest.mark.ordeal
def test_the_second_is_refused(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        with start(served, free_port()) as second:
            said, _ = second.communicate(timeout=120)
        assert second.returncode == 1
        assert said.decode().startswith("Error: Another wren serve uses this database.")
        assert answers(served)


@pytest.mark.ordeal
def test_a_new_one_takes_the_place_of_one_that_was_killed(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        family = psutil.Process(served.process.pid).children(recursive=True)
        assert family
        served.process.send_signal(signal.SIGKILL)
        served.process.wait()
        wait_for(lambda: not any(one.is_running() for one in family), "its worker goes on")
        with start(served, int(served.url.rpartition(":")[2])) as second:
            assert second.stdout is not None
            new = Served(served.url, served.database_url, served.place, {}, second)
            wait_for(lambda: answers(new), "the new server does not answer")
            end(second)


def test_postgresql_has_many(tmp_path: Path) -> None:
    assert alone.lock_file("postgresql://wren@127.0.0.1/wren") is None
    place = f"sqlite:///{tmp_path / 'wren.db'}"
    file = alone.lock_file(place)
    assert file is not None
    assert file.parent == tmp_path
    alone.hold("postgresql://wren@127.0.0.1/wren")
    assert not list(tmp_path.iterdir())


def test_it_waits_for_what_is_about_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alone, "PATIENCE", 0.1)
    place = tmp_path / "wren.db"
    script = (
        f"from api import alone; alone.hold('sqlite:///{place}'); print('held', flush=True); "
        "input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ConfigError):
            alone.hold(f"sqlite:///{place}")
        monkeypatch.setattr(alone, "PATIENCE", 60.0)
        other.kill()
        alone.hold(f"sqlite:///{place}")
