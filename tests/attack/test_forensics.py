"""What somebody finds who takes everything: no word, no hour of a reporter, no address.

What a file system or a database tells by itself is named here, and in docs/threats.md.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from api.config import vault_place
from api.worker import Worker
from shared.sealing import tokens
from tests.api import exporting
from tests.attack.forensics import Finding, Seizure
from tests.conftest import BOTH
from tests.evidence.samples import picture
from tests.journeys.marks import CLIENT, Marks
from tests.journeys.searching import execute
from tests.journeys.served import Served, serving
from tests.journeys.traffic import Traffic, over_socket
from tests.journeys.web_traffic import WebTraffic
from tests.ordeal import tell
from tests.service import Service
from tests.standing import Standing

LEFT = {
    ("date of a file", "data/wren.db"): "files carry the time of the last change",
    ("date of a file", "data/wren.db-wal"): "files carry the time of the last change",
    ("date of a file", "data/wren.db-shm"): "files carry the time of the last change",
    ("date of a file", "data"): "when the vault was made",
    ("date of a file", "data/VAULT"): "learns the hour of an upload of that day",
    ("date of a file", "data/VAULT/<id>"): "learns the hour of an upload of that day",
    ("date of a file", "data/VAULT/<id>/<id>"): "learns the hour of an upload of that day",
    ("date of a file", "data/VAULT/deleted"): "learns the hour of an upload of that day",
    ("time", "table heartbeats"): "when a worker was last at work",
}
"""What is found all the same, and the words of docs/threats.md that tell it."""

ONLY_CTIME = "data/VAULT"
"""The vault's dates that programs can set are days."""


def act(traffic: Traffic) -> tuple[float, float]:
    """All that a reporter does by calls, from an address of their own; from when until when."""
    time.sleep(2)  # so that the server's own start is not within
    began = time.time()
    case, other = (tokens.new_token() for _ in range(2))
    for words in (case, other):
        traffic.marks.add_words("token", words)
        opening = {"case_id": str(uuid4()), "token": words, "desk": "guardian",
                   "content": traffic.report()}  # fmt: skip
        traffic.values = {"slug": "eeast"}
        traffic.good("POST", "/organisations/<string:slug>/cases", opening)
    for words in (case, other):
        bearer = traffic.good("POST", "/sessions", {"token": words})["session"]
        traffic.bearers["reporter"] = traffic.mark_session(bearer)
        message = {"id": str(uuid4()), "content": {"text": traffic.mark("message")}}
        traffic.good("POST", "/case/messages", message, "reporter")
        attach(traffic)
        traffic.good("POST", "/case/read", {"number": 1}, "reporter")
        for path in ("/case", "/case/messages", "/case/news", "/case/proof"):
            traffic.good("GET", path, who="reporter")
    traffic.good("DELETE", "/case", who="reporter")
    return began, time.time()


def act_by_pages(traffic: Traffic, database_url: str) -> tuple[float, float]:
    """All that a reporter does in a browser; from when until when. A handler answers meanwhile."""
    time.sleep(2)
    began = time.time()
    WebTraffic(traffic, lambda statement: execute(database_url, statement)).succeed()
    return began, time.time()


def attach(traffic: Traffic) -> None:
    """A picture with a marked name, in a form in parts."""
    edge = b"invented-edge"
    parts = (
        b"".join(b"--%b\r\n" % edge for _ in range(1))
        + b'Content-Disposition: form-data; name="id"\r\n\r\n' + str(uuid4()).encode()
        + b"\r\n--%b\r\n" % edge
        + b'Content-Disposition: form-data; name="file"; filename="%b.png"\r\n\r\n'
        % traffic.mark("file-name").encode()
        + picture("PNG") + b"\r\n--%b--\r\n" % edge
    )  # fmt: skip
    kind = f"multipart/form-data; boundary={edge.decode()}"
    status, found = traffic.call(
        "POST", "/api/v1/case/attachments", parts, traffic.bearers["reporter"], Content_Type=kind
    )
    assert status == 201, found


def seize(served: Served, traffic: Traffic, since: float, until: float) -> list[Finding]:
    """What is found. What was acted on is marked; `until` is a moment after the last act."""
    found = Seizure(served.place, served.database_url, since, until, traffic.marks).findings()
    vault = re.compile(r"data/(wren\.)?vault\b")
    return [replace(one, where=vault.sub("data/VAULT", one.where)) for one in found]


def unexpected(found: list[Finding]) -> list[Finding]:
    """What no word of docs/threats.md tells."""
    return [
        one for one in found
        if (one.kind, one.where) not in LEFT
        or (one.where.startswith(ONLY_CTIME) and one.what != "ctime")
    ]  # fmt: skip


@pytest.mark.ordeal
@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["calls", "pages"])
@pytest.mark.parametrize("kind", BOTH)
def test_it_works(request: pytest.FixtureRequest, kind: str, way: str, tmp_path: Path) -> None:
    with serving(request, kind, tmp_path / "server") as served:
        port = urlsplit(served.url).port or 0
        traffic = Traffic(over_socket(port), served.handlers)
        if way == "calls":
            since, until = act(traffic)
        else:
            since, until = act_by_pages(traffic, served.database_url)
        found = seize(served, traffic, since, until)
    after = seize(served, traffic, since, until)
    # The people of the filled database are told their words by nobody: theirs are marks too.
    assert not unexpected(found), "\n".join(map(str, unexpected(found)))
    assert not unexpected(after), "\n".join(map(str, unexpected(after)))
    note = "what a file system tells by itself: docs/threats.md"
    what = "marked words, hours and addresses in all that is kept"
    tell("attack", what, tried=len(traffic.marks.forms), lost=len(unexpected(found)), note=note)


@pytest.mark.parametrize("what", ["word", "address", "clock", "seconds", "date"])
def test_what_is_there_is_found(tmp_path: Path, what: str, service: Service) -> None:
    now = time.time()
    marks, file = Marks(), tmp_path / "log"
    marks.add("word", "a-word-that-was-said")
    file.write_text({
        "word": "...a-word-that-was-said...", "address": f"{CLIENT} - GET",
        "clock": time.strftime("at %Y-%m-%d %H:%M", time.gmtime(now)), "seconds": str(int(now)),
        "date": "",
    }[what])  # fmt: skip
    found = Seizure(tmp_path, service.database_url, now - 5, now + 5, marks).findings()
    kinds = {one.kind for one in found if one.where in ("file log", "log")}
    wanted = {"clock": "time", "seconds": "time", "date": "date of a file"}.get(what, what)
    assert wanted in kinds


def test_what_is_left_is_told() -> None:
    told = " ".join(Path("docs/threats.md").read_text("utf-8").split())
    for words in LEFT.values():
        assert words in told


def test_the_hour_of_an_upload_goes_in_the_night(sqlite_standing: Standing) -> None:
    """A file system keeps when a file was last changed: each night that is made the night's."""
    with sqlite_standing.lent() as service:
        bearer = service.reporter(service.open_case()[1])
        piece = exporting.attach(service, bearer, picture("PNG"))
        exporting.say(service, bearer, {"attachment": piece})
        root = Path(vault_place(service.database.config))
        before = {path: path.stat() for path in (root, *root.rglob("*"))}
        assert len(before) == 3
        time.sleep(0.05)
        Worker(service.database).run_once()
        for path, then in before.items():
            assert path.stat().st_ctime_ns > then.st_ctime_ns
            assert path.stat().st_mtime_ns == then.st_mtime_ns
