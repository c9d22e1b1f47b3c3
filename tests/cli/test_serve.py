"""`wren serve`: what it refuses, and how it ends."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from api import cli, config
from api import serving as server
from tests.cli.conftest import Deployment
from tests.journeys.served import answers, serving, wait_for


def test_it_works(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        family = [served.process.pid, *(one.pid for one in _children(served.process.pid))]
        assert len(family) > 1
        out = served.place / "out"
        wait_for(lambda: out.read_bytes() == served.says_where, "it does not say where it is")
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(timeout=20) == 0
        wait_for(lambda: not any(map(psutil.pid_exists, family)), "a process was left")
        assert served.written() == b""


def _children(process: int) -> list[psutil.Process]:
    return list(psutil.Process(process).children(recursive=True))


@pytest.mark.ordeal
def test_a_worker_that_dies_comes_again(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        before = {one.pid for one in _children(served.process.pid)}
        for one in _children(served.process.pid):
            one.kill()
        wait_for(
            lambda: (
                {one.pid for one in _children(served.process.pid)} - before and answers(served)
            ),
            "no worker came again",
        )


@pytest.mark.ordeal
def test_one_that_dies_again_and_again_ends_the_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        main, seen = served.process, set[int]()

        def has_ended() -> bool:
            with suppress(psutil.NoSuchProcess):
                for one in _children(main.pid):
                    seen.add(one.pid)
                    one.kill()
            return main.poll() is not None

        wait_for(has_ended, "it goes on")
        assert main.returncode == 1, "a service manager sees that it failed"
        wait_for(lambda: not any(map(psutil.pid_exists, seen)), "a process was left")


def test_sqlite_takes_one_worker(deployment: Deployment) -> None:
    said = deployment.refused("serve", "--workers", "2")
    assert said == "SQLite has one writer: use one worker, or PostgreSQL."


def test_more_workers_than_cores_on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    found = config.Config("postgresql://wren@postgres.example/wren", bytes(32))
    started = list[int]()
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(config, "from_env", lambda: found)
    monkeypatch.setattr(server, "check_tables", lambda _: None)
    monkeypatch.setattr(
        server, "serve", lambda _host, _port, workers, _ready: started.append(workers)
    )
    done = CliRunner().invoke(cli.main, ["serve", "--port", "0", "--workers", "2"])
    assert (done.output, started) == ("", [2])


def test_a_port_that_is_taken(deployment: Deployment) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in (("serve",), ("demo", "--no-app", "--data", str(deployment.place / "x"))):
            said = deployment.refused(*command, "--port", port)
            assert said.startswith(f"Port {port} of 127.0.0.1 can't be used (")
            assert said.endswith("Give another: --port, or make run PORT=8090.")
    assert not (deployment.place / "x").exists()


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_what_is_no_port(deployment: Deployment, port: str) -> None:
    assert deployment.refused("serve", "--port", port) == "A port is a number from 0 to 65535."


def test_a_host_that_is_not_here(deployment: Deployment) -> None:
    assert "192.0.2.1" in deployment.refused("serve", "--host", "192.0.2.1", "--port", "0")


def test_before_init(empty: Deployment) -> None:
    empty.wren("init")
    (empty.place / "wren.db").unlink()
    said = empty.refused("serve", "--port", "0")
    assert said == "The tables are missing or of another version. Run: wren init"


def test_without_its_database(deployment: Deployment) -> None:
    url = "postgresql://wren@127.0.0.1:9/wren"
    said = deployment.refused("serve", "--port", "0", DATABASE_URL=url)
    assert said.startswith("The database can't be used")
