"""A guardian's whole work by hand, in Swagger UI, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from playwright.sync_api import Browser

from shared.client import Client
from shared.conversation import ReporterCase, prepare_report, send_report
from shared.sealing.tokens import new_token
from tests.journeys.browser import Docs, opened
from tests.journeys.served import serving

PICTURES = Path("var/pictures")
STORY = "This story is invented. Somebody mocks a colleague in a group chat after each shift."


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    with serving(request, "sqlite", tmp_path_factory.mktemp("swagger") / "server") as served:
        yield served


@pytest.fixture
def docs(server: Any, chromium: Browser) -> Iterator[Docs]:
    with opened(chromium, server.url) as docs:
        yield docs


def report(url: str) -> tuple[Client, str, str]:
    """A report sealed by a client; the client, the reference and the words."""
    client, token = Client(url), new_token()
    directory, roster = client.organisation("eeast"), client.roster("eeast")
    content = {"story": STORY, "concerns": ["bullying"]}
    sealed = prepare_report(directory, roster, token, "guardian", (), content)
    return client, send_report(client, "eeast", roster, sealed)["reference"], token


def sign_in(docs: Docs, server: Any) -> str:
    one = server.handlers["handler-1"]
    form = docs.example("post", "/sign-in")
    form |= {"password": one.password, "code": pyotp.TOTP(one.totp_secret).now()}
    status, answer = docs.execute("post", "/sign-in", form)
    assert status == 201, answer
    docs.authorize(answer["session"])
    return str(answer["session"])


def picture(docs: Docs, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    docs.page.screenshot(path=PICTURES / f"swagger-{name}.png", full_page=True)


@pytest.mark.ordeal
def test_it_works(docs: Docs, server: Any) -> None:
    client, reference, token = report(server.url)
    picture(docs, "page")
    session = sign_in(docs, server)
    picture(docs, "signed-in")

    status, inbox = docs.execute("get", "/cases")
    assert (status, inbox["items"][0]["reference"]) == (200, reference)

    status, case = docs.execute("get", "/cases/{reference}", reference=reference)
    assert (status, case["report"]["content"]["story"]) == (200, STORY)
    docs.call("get", "/cases/{reference}").screenshot(path=PICTURES / "swagger-case.png")

    body = docs.example("post", "/cases/{reference}/messages")
    status, stored = docs.execute("post", "/cases/{reference}/messages", body, reference=reference)
    assert (status, stored["number"]) == (201, 2)

    back = ReporterCase.sign_in(client, token, client.organisation("eeast"))
    back.refresh()
    thread = back.thread()
    assert [one.problem for one in thread] == [None, None]
    assert thread[1].content is not None
    assert thread[1].content["text"] == body["content"]["text"]

    status, _ = docs.execute("delete", "/session")
    assert status == 204
    status, refusal = docs.execute("get", "/cases")
    assert (status, refusal["code"]) == (401, "sign_in")
    picture(docs, "signed-out")
    refused = requests.get(
        f"{server.url}/api/v1/cases", headers={"Authorization": f"Bearer {session}"}, timeout=10
    )
    assert refused.status_code == 401
    assert docs.hosts == {"127.0.0.1"}
    assert docs.complaints == []


@pytest.mark.ordeal
def test_the_example_of_a_reply_can_be_sent_twice(docs: Docs, server: Any) -> None:
    _, reference, _ = report(server.url)
    with requests.Session() as http:
        http.trust_env = False
        one = server.handlers["handler-2"]
        code = pyotp.TOTP(one.totp_secret).now()
        form = {"username": one.username, "password": one.password, "code": code}
        answer = http.post(f"{server.url}/api/v1/sign-in", json=form, timeout=10)
    docs.authorize(answer.json()["session"])
    for number in (2, 3):
        body = docs.example("post", "/cases/{reference}/messages")
        status, stored = docs.execute(
            "post", "/cases/{reference}/messages", body, reference=reference
        )
        assert (status, stored["number"]) == (201, number)


@pytest.mark.ordeal
def test_a_report_by_the_examples_is_taken(docs: Docs) -> None:
    status, words = docs.execute("post", "/tokens")
    assert status == 201
    body = docs.example("post", "/organisations/{slug}/cases") | {"token": words["token"]}
    status, made = docs.execute("post", "/organisations/{slug}/cases", body, slug="eeast")
    assert (status, made["reference"][:4]) == (201, "EEA-")
    form = docs.example("post", "/sessions") | {"token": words["token"]}
    status, session = docs.execute("post", "/sessions", form)
    assert (status, session["can_open"]) == (201, True)
    docs.authorize(session["session"])
    status, thread = docs.execute("get", "/case/messages")
    assert (status, thread["items"][0]["content"]["story"]) == (200, body["content"]["story"])


@pytest.mark.ordeal
def test_a_reload_forgets_the_session(docs: Docs, server: Any) -> None:
    docs.authorize("wa_anything")
    assert docs.page.locator(".auth-wrapper .authorize.locked").count() == 1
    docs.page.reload()
    docs.page.locator(".opblock").first.wait_for()
    assert docs.page.locator(".auth-wrapper .authorize.unlocked").count() == 1
    kept = docs.page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert "wa_anything" not in kept


@pytest.mark.ordeal
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(server: Any, chromium: Browser, width: int) -> None:
    with opened(chromium, server.url, width) as docs:
        docs.call("post", "/organisations/{slug}/cases")
        wide = docs.page.evaluate("document.documentElement.scrollWidth")
        PICTURES.mkdir(parents=True, exist_ok=True)
        docs.page.screenshot(path=PICTURES / f"swagger-{width}.png")
        assert wide <= width
