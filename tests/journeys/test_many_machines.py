"""Nothing is kept in a process: each request may go to another machine than the one before.

Two machines with two workers each have one PostgreSQL, and their attachments in S3 or on a disk
that both have. Every route is called with success, request by request at the one and the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pyotp
import pytest
import requests

from shared.sealing.tokens import new_token
from tests.api import test_vault_s3 as s3
from tests.journeys.console_traffic import ConsoleTraffic
from tests.journeys.machines import ROOT, another
from tests.journeys.mails import outside
from tests.journeys.people import STEP
from tests.journeys.searching import execute
from tests.journeys.served import Served, serving, wait_for
from tests.journeys.test_canary import count_earlier, give_up, make_key
from tests.journeys.traffic import ALWAYS_REFUSED, Send, Traffic, over_socket, routes
from tests.journeys.web_traffic import WebTraffic
from tests.ordeal import tell

pytestmark = pytest.mark.timeout(900)

WORKERS = ("--workers", "2")


@contextmanager
def two(
    request: pytest.FixtureRequest, place: Path, **settings: str
) -> Iterator[tuple[Served, Served]]:
    """Two machines that have nothing in common but the database, the vault and the secret."""
    with (
        serving(request, "postgresql", place, *WORKERS, **settings) as one,
        another(one, ROOT, *WORKERS, **settings) as other,
    ):
        yield one, other


def in_turn(*machines: Served) -> Send:
    """Sends each request to another machine than the one before."""
    ways = cycle([over_socket(urlsplit(one.url).port or 0) for one in machines])

    def send(
        method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes, bytes]:
        return next(ways)(method, path, headers, body)

    return send


@pytest.mark.ordeal
def test_it_works(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    vault = str(tmp_path / "vault")
    with (
        two(request, tmp_path / "server", WREN_VAULT=vault) as machines,
        requests.Session() as http,
    ):
        http.trust_env = False
        turn = cycle(machines)

        def call(method: str, path: str, expected: int, **more: Any) -> Any:
            url = f"{next(turn).url}/api/v1{path}"
            answer = http.request(method, url, timeout=120, **more)
            assert answer.status_code == expected, answer.text
            return answer.json() if answer.content else None

        words, slug = new_token(), "/organisations/eeast"
        body = {"case_id": str(uuid4()), "token": words, "desk": "guardian"}
        body["content"] = {"story": "An invented story."}
        reference = call("POST", f"{slug}/cases", 201, json=body)["reference"]
        assert call("POST", f"{slug}/cases", 200, json=body)["reference"] == reference
        me = bearing(call("POST", "/sessions", 201, json={"token": words}))
        attached = {"id": str(uuid4()), "kind": "message", "uncleaned": "true"}
        file = {"file": ("invented.txt", b"An invented text.")}
        call("POST", "/case/attachments", 201, data=attached, files=file, headers=me)
        told = {"text": "Beside it.", "attachments": [attached["id"]]}
        call("POST", "/case/messages", 201, json={"id": str(uuid4()), "content": told}, headers=me)
        who = machines[0].handlers["handler-1"]
        signing = {"username": "handler-1", "password": who.password}
        signing["code"] = pyotp.TOTP(who.totp_secret).now()
        staff = bearing(call("POST", "/sign-in", 201, json=signing))
        assert len(call("GET", f"/cases/{reference}/messages", 200, headers=staff)["items"]) == 2
        call("DELETE", "/session", 204, headers=staff)
        call("GET", f"/cases/{reference}", 401, headers=staff)


def bearing(begun: Mapping[str, str]) -> dict[str, str]:
    """The headers of a session."""
    return {"Authorization": f"Bearer {begun['session']}"}


@pytest.mark.ordeal
def test_every_page_and_call(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = s3.start(tmp_path / "moto.log")
    try:
        s3.settings(monkeypatch, storage.url)
        with (
            outside(tmp_path / "outside") as told,
            two(
                request, tmp_path / "server", **told.settings, WREN_VAULT=storage.bucket()
            ) as machines,
        ):
            traffic = everything(machines, told.code)
    finally:
        s3.end(storage)
    missing = set(routes()) - traffic.succeeded - ALWAYS_REFUSED
    assert not missing
    tell(
        "scale",
        "pages and calls, each request at another of two machines (PostgreSQL, S3)",
        tried=len(traffic.succeeded),
        lost=0,
    )


def everything(machines: tuple[Served, Served], code: Callable[[str], str]) -> Traffic:
    """Goes through every route, with success."""
    url = machines[0].database_url
    people = machines[0].handlers
    # First, since what is done in the console changes what reporters may attach.
    web = Traffic(in_turn(*machines), people)
    WebTraffic(web, lambda statement: execute(url, statement)).succeed()
    # A handler's code is taken once.
    step = time.time() // STEP
    wait_for(lambda: time.time() // STEP > step, "the half minute does not end")
    traffic = Traffic(in_turn(*machines), people, code_sent=code, succeeded=web.succeeded)
    console = ConsoleTraffic(traffic, lambda: make_key(url))
    count_earlier(url)
    give_up(url)
    traffic.succeed()
    console.succeed()
    traffic.call("GET", "/api/v1/openapi.json")
    console.sign_out()
    traffic.sign_out()
    assert 500 not in traffic.statuses | web.statuses
    return traffic
