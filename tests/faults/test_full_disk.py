"""A disk that is full in earnest, and one that is read-only: a small one of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from api.logs import log
from api.vault_disk import RESERVE
from shared.errors import NoRoom, Unavailable
from tests.environ import clean_environ
from tests.faults.acts import Reporter
from tests.faults.mortal import Mortal, mortal, stored
from tests.journeys.served import wait_for
from tests.ordeal import tell
from tests.postgres import free_port

ROOM = RESERVE + 40 * 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk. Only root may mount one, and not in every container."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "tmpfs", str(place)]
    if os.geteuid() or _run(*mounted):
        pytest.skip("the system does not let this user mount a disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _run(*command: str) -> int:
    return subprocess.run(command, check=False, capture_output=True).returncode


@contextmanager
def served_from(
    disk: Path, request: pytest.FixtureRequest, place: Path
) -> Iterator[tuple[Mortal, Reporter]]:
    """A server whose database and vault lie on this disk; what it says goes elsewhere."""
    (place / "server").mkdir()
    (place / "server" / "data").symlink_to(disk)
    with mortal(request, "sqlite", place / "server") as server:
        server.start()
        reporter = Reporter(server.url)
        yield server, reporter
        reporter.close()


def fill(disk: Path, leave: int) -> None:
    """Takes all of the disk but so many bytes."""
    room = os.statvfs(disk)
    size = room.f_bavail * room.f_frsize - leave
    if size > 0:
        with (disk / "filled").open("ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), size)


def until_full(disk: Path, reporter: Reporter) -> int:
    """Writes until it is refused; how much was acknowledged. What was refused is stored later."""
    fill(disk, 300_000)
    before = stored(_url(disk))
    done, refused = 0, False
    while not refused:
        act = reporter.act("a sealed message")
        try:
            act.calls[0]()
        except Unavailable:
            refused = True
        else:
            act.check()
            done += 1
    assert done
    assert (stored(_url(disk)) - before)["messages"] == done
    # Reading goes on: the case, its thread, and the pages.
    reporter.case.refresh()
    reporter.case.thread()
    assert requests.get(f"{reporter.url}/o/eeast", timeout=60).status_code == 200
    answer = requests.post(
        f"{reporter.url}/api/v1/sessions", json={"token": reporter.token}, timeout=60
    )
    # A session is a small row: there may be room for it where there was none for a message.
    assert answer.status_code == 201 or (
        (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    )
    (disk / "filled").unlink()
    act.calls[0]()
    act.check()
    return done + 1


def _url(disk: Path) -> str:
    return f"sqlite:///{disk / 'wren.db'}"


@pytest.mark.ordeal
def test_what_was_acknowledged_is_there(
    request: pytest.FixtureRequest, tmp_path: Path, disk: Path
) -> None:
    with served_from(disk, request, tmp_path) as (_, reporter):
        until_full(disk, reporter)
        reporter.sign_in_anew()


@pytest.mark.ordeal
def test_attachments_leave_room_for_words(
    request: pytest.FixtureRequest, tmp_path: Path, disk: Path
) -> None:
    with served_from(disk, request, tmp_path) as (_, reporter):
        upload = reporter.act("an upload")
        upload.calls[0]()
        fill(disk, RESERVE // 2)
        with pytest.raises(NoRoom):
            upload.calls[1]()
        words = reporter.act("a sealed message")
        words.calls[0]()
        words.check()
        (disk / "filled").unlink()
        for call in upload.calls[:-1]:
            call()


@pytest.mark.ordeal
def test_killed_on_a_full_disk(request: pytest.FixtureRequest, tmp_path: Path, disk: Path) -> None:
    with served_from(disk, request, tmp_path) as (server, reporter):
        act = reporter.act("a sealed message")
        act.calls[0]()
        act.check()
        fill(disk, 0)
        server.kill()
        with suppress(Unavailable):
            server.start()
            reporter.case.refresh()
        (disk / "filled").unlink()
        reporter.sign_in_anew()
        act.check()


@pytest.mark.ordeal
def test_a_disk_that_is_read_only(
    request: pytest.FixtureRequest, tmp_path: Path, disk: Path
) -> None:
    with served_from(disk, request, tmp_path) as (server, reporter):
        act = reporter.act("a sealed message")
        act.calls[0]()
        act.check()
        server.kill()
        readonly = ("mount", "-o", "remount,ro", str(disk))
        wait_for(lambda: not _run(*readonly), "a process still writes there")
        refused = subprocess.run(
            [sys.executable, "-m", "api", "serve", "--port", str(free_port())],
            check=False,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            env=clean_environ(WREN_DATA=str(disk)),
            timeout=120,
        )
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert "read-only" in refused.stderr.lower()
        assert not _run("mount", "-o", "remount,rw", str(disk))
        server.start()
        reporter.sign_in_anew()
        act.check()


def test_a_log_that_takes_no_more_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    full = open("/dev/full", "w")  # noqa: SIM115 - closing it fails too
    monkeypatch.setattr(sys, "stderr", full)
    log.error("fault", type="OperationalError")
    with suppress(OSError):
        full.close()


@pytest.mark.ordeal
@pytest.mark.timeout(600)
def test_full_again_and_again(request: pytest.FixtureRequest, tmp_path: Path, disk: Path) -> None:
    with served_from(disk, request, tmp_path) as (_, reporter):
        done = sum(until_full(disk, reporter) for _ in range(10))
        reporter.sign_in_anew()
    note = "filled to the last byte ten times; what was refused was stored once there was room"
    tell("faults", "messages on a disk that fills up", tried=done, lost=0, note=note)
