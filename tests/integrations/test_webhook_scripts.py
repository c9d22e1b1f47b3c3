"""The case system and the chat notice, run as their pages say, against `wren serve`."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
import standardwebhooks

from api.config import ACCOUNT_SESSION, Config
from api.models.base import Database
from api.rules import sessions
from shared.client import Client
from shared.schemas.integrations import EVENTS, STATUS
from shared.sealing.tokens import new_token
from tests.integrations.as_written import PAGES, blocks, filled_in, run, running
from tests.journeys.served import Served, serving
from tests.postgres import free_port
from tests.receiver import receiving, wait_until
from tests.service import SECRET


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """`wren serve`, with the worker in it, whose webhooks may reach this machine."""
    place = tmp_path_factory.mktemp("integrations") / "server"
    with serving(request, "sqlite", place, WREN_WEBHOOKS_PRIVATE="127.0.0.1") as one:
        yield one


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Client]:
    made = Client(served.url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def bearer(served: Served) -> Callable[[str], str]:
    """Begins a session of somebody."""
    database = Database(Config(served.database_url, SECRET))

    def begin(name: str) -> str:
        who = served.handlers[name]
        begun = database.write(
            lambda db: sessions.start(db, "account", who.id, ACCOUNT_SESSION, who.keyring.seed)
        )
        return str(begun["session"])

    return begin


def report(client: Client) -> tuple[str, str]:
    """Opens a case by readable calls; its reference and words."""
    token = new_token()
    content = {"story": "An invented story about a group chat."}
    body = {"case_id": str(uuid4()), "token": token, "desk": "guardian", "excluded": [],
            "content": content}  # fmt: skip
    return str(client.open_case("eeast", body)["reference"]), token


def hook(client: Client, bearer: str, port: int) -> dict[str, Any]:
    return client.make_webhook(
        {"organisation": "eeast", "name": "Test", "url": f"http://127.0.0.1:{port}/wren",
         "events": list(EVENTS)}, bearer,
    )  # fmt: skip


def listening(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def signed(secret: str, body: bytes, at: datetime | None = None) -> dict[str, str]:
    now, name = at or datetime.now(UTC), str(uuid4())
    signature = standardwebhooks.Webhook(secret).sign(name, now, body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature}  # fmt: skip


def posted(port: int, body: bytes, headers: dict[str, str]) -> int:
    answer = requests.post(f"http://127.0.0.1:{port}/", body, headers=headers, timeout=20)
    return answer.status_code


def test_the_scripts_are_short() -> None:
    for name in ("case_system", "chat_notice"):
        lines = (PAGES / f"{name}.py").read_text("utf-8").splitlines()
        assert len(lines) < 100
        assert f"({name}.py)" in (PAGES / f"{name}.md").read_text("utf-8")


def test_the_case_system(
    client: Client, bearer: Callable[[str], str], served: Served, tmp_path: Path
) -> None:
    administrator, port = bearer("administrator-1"), free_port()
    today = datetime.now(UTC).date()
    key = client.make_api_key(
        {"organisation": "eeast", "name": "Test", "scopes": [STATUS],
         "expires_on": today.isoformat()}, administrator,
    )  # fmt: skip
    made = hook(client, administrator, port)
    set_up, look = blocks("case_system.md")
    database = str(tmp_path / "cases.db")
    values = {"WREN": served.url, "KEY": key["key"], "SECRET": made["secret"],
              "PORT": str(port), "DATABASE": database}  # fmt: skip
    script = filled_in(set_up, values)
    settings = "\n".join(script.splitlines()[:-1])

    def listed() -> list[list[str]]:
        out = run(f"{settings}\n{look}")
        return [line.split("\t") for line in out.splitlines()]

    with running(script):
        wait_until(lambda: listening(port))
        webhook = UUID(str(made["id"]))
        assert client.test_webhook(webhook, administrator) == {"arrived": True, "outcome": "2xx"}
        first, token = report(client)
        second, _ = report(client)
        wait_until(lambda: len(listed()) == 2, 30)
        assert {one[0] for one in listed()} == {first, second}
        change = {"status": "acknowledged"}
        client.change_case(first, change, bearer("handler-1"))
        wait_until(lambda: [first, "eeast", "acknowledged"] in [one[:3] for one in listed()], 30)
        # The case goes, and with the next that is told of it its row.
        client.withdraw(str(client.start_session({"token": token})["session"]))
        body = json.dumps({"event": "case.updated", "reference": first}).encode()
        assert posted(port, body, signed(made["secret"], body)) == 204
        assert [one[0] for one in listed()] == [second]
        # What is not from Wren, or old, or too long.
        other = "whsec_" + "A" * 43 + "="
        assert posted(port, body, signed(other, body)) == 401
        assert posted(port, body, {}) == 401
        long_ago = datetime(2026, 1, 1, tzinfo=UTC)
        assert posted(port, body, signed(made["secret"], body, long_ago)) == 401
        assert posted(port, b" " * 20_000, signed(made["secret"], b" " * 20_000)) == 401
    client.delete_webhook(webhook, administrator)


def test_the_chat_notice(client: Client, bearer: Callable[[str], str]) -> None:
    administrator, port = bearer("administrator-1"), free_port()
    made = hook(client, administrator, port)
    (block,) = blocks("chat_notice.md")
    webhook = UUID(str(made["id"]))
    with receiving(200) as chat:
        values = {"SECRET": made["secret"], "CHAT": chat.url, "PORT": str(port)}
        with running(filled_in(block, values)):
            wait_until(lambda: listening(port))
            assert client.test_webhook(webhook, administrator)["arrived"] is True
            reference, _ = report(client)
            wait_until(lambda: len(chat.got) == 2, 30)
            lines = [json.loads(one) for one in chat.bodies()]
            console = "https://wren.example.nhs.uk/console"
            assert lines[1] == {"text": f"Wren: a new case is in the inbox. {console}"}
            assert reference not in str(lines)
            body = b'{"event": "case.updated"}'
            headers = signed(made["secret"], body)
            assert [posted(port, body, headers) for _ in range(2)] == [204, 204]
            assert len(chat.got) == 3
            chat.answer = 500
            assert posted(port, body, signed(made["secret"], body)) == 503
            assert posted(port, body, {}) == 401
    client.delete_webhook(webhook, administrator)
