"""A file in clear is on no disk: not while it is read, cleaned and sealed, nor after it."""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from api.config import MAX_BODY
from api.rules import cleaning, workshop
from shared import filetypes
from shared.sealing import tokens
from tests import need
from tests.evidence import samples
from tests.journeys.served import Served, serving

MARK = b"Wren-mark-of-a-file-in-clear-7f3a"
TEXT = (MARK + b" said to me\n") * 40_000


def reporter(served: Served) -> dict[str, str]:
    """Opens a case at the served process; the headers of its reporter."""
    url, token = f"{served.url}/api/v1", tokens.new_token()
    body = {
        "case_id": str(uuid4()),
        "token": token,
        "desk": "guardian",
        "excluded": [],
        "content": {"story": "An invented story about a group chat."},
    }
    answer = requests.post(f"{url}/organisations/eeast/cases", json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    answer = requests.post(f"{url}/sessions", json={"token": token}, timeout=60)
    return {"Authorization": f"Bearer {answer.json()['session']}"}


def opened(processes: set[int]) -> set[str]:
    """The files that these processes have open, those that have no name any more too."""
    found = set()
    for process in processes:
        try:
            entries = list(Path(f"/proc/{process}/fd").iterdir())
        except OSError:
            continue
        for entry in entries:
            try:
                found.add(os.readlink(entry))
            except OSError:
                continue
    return found


def family(process: int) -> set[int]:
    """A process and those that it started."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    children = {int(one) for task in tasks for one in task.read_text().split()}
    return {process}.union(*(family(child) for child in children))


def test_it_works(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        headers, seen, done = reporter(served), set[str](), threading.Event()
        processes = family(served.process.pid)

        def watch() -> None:
            while not done.wait(0.002):
                seen.update(opened(processes))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            file = {"file": ("chat.txt", TEXT)}
            answer = requests.post(
                f"{served.url}/api/v1/case/attachments",
                data={"id": str(uuid4())}, files=file, headers=headers, timeout=60,
            )  # fmt: skip
            attachment = answer.json()["id"]
            where = f"{served.url}/api/v1/case/attachments/{attachment}"
            for _ in range(100):  # until it was looked at in the moment that it is open
                got = requests.get(where, headers=headers, timeout=60)
                if any("memfd:wren" in one for one in list(seen)):
                    break
        finally:
            done.set()
            watcher.join()
        assert got.content == TEXT
        assert any("memfd:wren" in one for one in seen), seen
        written = {path for path in served.place.rglob("*") if path.is_file()}
        assert any("vault" in str(path) for path in written), "it was stored nowhere"
        for path in written:
            assert MARK not in path.read_bytes(), path
        allowed = ("/dev/", "/memfd:", "/proc/", "/sys/", "socket:", "pipe:", "anon_inode:")
        ours = (str(served.place / "data"), str(served.place / "out"), sys.prefix)
        disk = {one for one in seen if one.startswith("/") and not one.startswith(allowed + ours)}
        assert not {one for one in disk if "(deleted)" in one or one.startswith("/tmp")}, disk


@pytest.mark.parametrize("how", ["bwrap", "unshare"])
def test_programs_work_in_memory_without_a_network(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    need.apart(how)
    monkeypatch.setattr(workshop, "apartness", lambda: how)
    with workshop.alone("test") as folder:
        assert workshop.in_memory(folder)
        script = "ls /sys/class/net > net 2>/dev/null; cat /proc/net/dev > dev; ls $1 > seen"
        words = ["sh", "-c", script, "sh", str(Path(__file__).parent)]
        workshop.run(words, folder, 20)
        names = {
            line.split(":")[0].strip()
            for line in (folder / "dev").read_text().splitlines()
            if ":" in line
        }
        assert names <= {"lo"}
        assert bool((folder / "seen").read_text()) is (how == "unshare")
    assert not folder.exists()


@pytest.mark.parametrize("how", ["unshare", ""])
def test_files_are_cleaned_where_there_is_no_bubblewrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how:
        need.apart(how)
    need.program("mat2")
    need.program("ffmpeg")
    monkeypatch.setattr(workshop, "apartness", lambda: how)
    data = (samples.png(tmp_path), samples.pdf(tmp_path), samples.recording(tmp_path, "mp3"))
    for one in data:
        with workshop.memory_file() as file:
            file.write(one)
            done = cleaning.clean(file, filetypes.kind_of(file))
            with done.file:
                assert done.cleaned
                assert samples.MARK.encode() not in done.file.read()


@pytest.mark.ordeal
def test_a_form_over_the_limit_is_refused_before_it_is_sent(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        headers = reporter(served)
        for length, kind, path in (
            (51 * 1024 * 1024, "multipart/form-data; boundary=x", "attachments"),
            (MAX_BODY + 1, "application/json", "messages"),
        ):
            line = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=30)
            line.putrequest("POST", f"/api/v1/case/{path}")
            told = headers | {"Content-Type": kind, "Content-Length": str(length)}
            for name, value in told.items():
                line.putheader(name, value)
            # Not a byte of the body is sent: the answer comes for its length alone.
            line.endheaders()
            answer = line.getresponse()
            body = json.loads(answer.read())
            line.close()
            assert (answer.status, body["code"]) == (413, "too_large")
        assert requests.get(f"{served.url}/api/v1/case", headers=headers, timeout=30).ok
        assert not list(served.place.rglob("*.vault/*/*"))
