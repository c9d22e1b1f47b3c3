"""64 people report at the same moment, and each writes again: none fails, is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pyotp
import pytest
import requests

from shared.client import Client
from shared.conversation import ReporterCase, prepare_report, send_report
from shared.handling import HandlerSession
from shared.sealing.tokens import new_token
from tests.journeys.served import Served, serving

PEOPLE = 64


def sealed(served: Served, number: int, ready: Barrier) -> str:
    """A report and a message by a client that seals; each is sent twice, as on a bad line."""
    client, token = Client(served.url, answer=120), new_token()
    directory, roster = client.organisation("eeast"), client.roster("eeast")
    content = {"story": f"Invented story {number}."}
    report = prepare_report(directory, roster, token, "guardian", (), content)
    ready.wait()
    opened = send_report(client, "eeast", roster, report)
    assert send_report(client, "eeast", roster, report) == opened
    case = ReporterCase.sign_in(client, token, directory)
    case.refresh()
    assert [one.problem for one in case.thread()] == [None]
    message = case.prepare(f"Invented message {number}.")
    assert case.send(message) == case.send(message)
    client.close()
    return str(opened["reference"])


def readable(served: Served, number: int, ready: Barrier) -> str:
    """The same by plain calls."""
    with requests.Session() as http:
        http.trust_env = False

        def post(path: str, body: Any, expected: int, **more: Any) -> Any:
            answer = http.post(f"{served.url}/api/v1{path}", json=body, timeout=120, **more)
            assert answer.status_code == expected, answer.text
            return answer.json()

        token = new_token()
        content = {"story": f"Invented story {number}."}
        case = {"case_id": str(uuid4()), "token": token, "desk": "guardian", "content": content}
        ready.wait()
        opened = post("/organisations/eeast/cases", case, 201)
        assert post("/organisations/eeast/cases", case, 200) == opened
        session = post("/sessions", {"token": token}, 201)["session"]
        signed_in = {"headers": {"Authorization": f"Bearer {session}"}}
        message = {"id": str(uuid4()), "content": {"text": f"Invented message {number}."}}
        stored = post("/case/messages", message, 201, **signed_in)
        assert stored["number"] == 2
        assert post("/case/messages", message, 200, **signed_in) == stored
        return str(opened["reference"])


def inbox(client: Client, bearer: str) -> list[str]:
    """All references of the inbox, page by page."""
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = client.cases(bearer, limit="50", **after)
        found += [one["reference"] for one in page["items"]]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


@pytest.mark.ordeal
@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 1), ("postgresql", 2)])
def test_it_works(request: pytest.FixtureRequest, kind: str, workers: int, tmp_path: Path) -> None:
    ways: tuple[Callable[[Served, int, Barrier], str], ...] = (sealed, readable)
    with serving(request, kind, tmp_path / "server", "--workers", str(workers)) as served:
        ready = Barrier(PEOPLE, timeout=60)
        with ThreadPoolExecutor(PEOPLE) as people:
            given = [
                people.submit(ways[number % 2], served, number, ready) for number in range(PEOPLE)
            ]
            references = [one.result() for one in given]
        assert len(set(references)) == PEOPLE

        client, one = Client(served.url), served.handlers["handler-1"]
        handler = HandlerSession.sign_in(
            client, one.username, one.password, pyotp.TOTP(one.totp_secret).now()
        )
        assert sorted(inbox(client, handler.bearer)) == sorted(references)
        directory = client.organisation("eeast")
        for number, reference in enumerate(references):
            case = handler.case(reference, directory)
            case.refresh()
            thread = case.thread()
            assert [one.problem for one in thread] == [None, None]
            report, message = (one.content or {} for one in thread)
            assert report["story"] == f"Invented story {number}."
            assert message["text"] == f"Invented message {number}."
        client.close()
        assert served.written() == b""
