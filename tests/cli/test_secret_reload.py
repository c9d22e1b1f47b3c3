"""The secret changes under a server that goes on: nobody is refused, nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest

from api import deployment_secret
from shared.client import Client
from shared.errors import WrenError
from shared.sealing import tokens
from tests.environ import clean_environ
from tests.journeys.served import Served, serving, wait_for
from tests.ordeal import tell

pytestmark = pytest.mark.ordeal

CLIENTS = 2


@contextmanager
def reporters(served: Served) -> Iterator[tuple[list[str], list[str]]]:
    """Clients that open one case after the other: tokens of those acknowledged, and faults."""
    stop, opened, faults = Event(), list[str](), list[str]()

    def go() -> None:
        client = Client(served.url)
        while not stop.is_set():
            token = tokens.new_token()
            body = {
                "case_id": str(uuid4()),
                "token": token,
                "desk": "guardian",
                "excluded": [],
                "content": {"story": "An invented story of a changing secret."},
            }
            try:
                client.open_case("eeast", body)
                opened.append(token)
            except WrenError as error:
                faults.append(type(error).__name__)
            stop.wait(1)

    threads = [Thread(target=go) for _ in range(CLIENTS)]
    for one in threads:
        one.start()
    try:
        yield opened, faults
    finally:
        stop.set()
        for one in threads:
            one.join(60)


def rotate(served: Served, *options: str) -> str:
    environ = clean_environ(
        WREN_DATA=str(served.place / "data"),
        WREN_DATABASE_URL=served.database_url,
        PYTHONPATH=str(Path(__file__).parents[2]),
    )
    done = subprocess.run(
        [sys.executable, "-m", "api", "secret", "rotate", *options],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_works(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    with serving(request, kind, tmp_path / "server") as served:
        with reporters(served) as (opened, faults):
            for step, options in enumerate(((), (), ("--now",)), 1):
                assert f"Step {step} of 3" in rotate(served, *options)
            wait_for(lambda: len(opened) > 5, "no case was opened")
        file = deployment_secret.read(served.place / "data" / "secret")
        client = Client(served.url)
        lost = sum(not comes_back(client, token) for token in opened)
    tell(
        "upkeep",
        f"cases opened while the deployment's secret changed, {kind}",
        tried=len(opened) + len(faults),
        lost=lost + len(faults),
        note="three steps, the server goes on in each",
    )
    assert file.others == ()
    assert (lost, faults) == (0, [])


def comes_back(client: Client, token: str) -> bool:
    try:
        return bool(client.start_session({"token": token}))
    except WrenError:
        return False
