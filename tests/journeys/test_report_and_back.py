"""The main journey: a report, the handler's reply, the return with the words, the answer.

Three times, against the served demo: by a client that seals, by plain readable calls, and by
the phone's own code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from mobile.organisation import Organisation
from mobile.outbox import Answers, Outbox
from mobile.store import Memory
from shared.client import Client
from shared.conversation import ReporterCase, prepare_report, send_report
from shared.errors import SignIn, UnknownToken, WrongSignIn
from shared.handling import HandlerSession
from shared.sealing import proof
from shared.sealing.tokens import new_token
from tests.journeys.people import sign_in

STORY = "This story is invented. Jokes about one of us in a group chat, after each shift. 🐦"
REPLY = "Thank you for telling me. Are you safe at work?"
ANSWER = "Yes. Only the chat worries me."


@pytest.fixture
def new_client(demo: dict[str, Any]) -> Iterator[Callable[[], Client]]:
    """Clients of the demo; each is another device."""
    made: list[Client] = []

    def make() -> Client:
        made.append(Client(demo["url"]))
        return made[-1]

    yield make
    for one in made:
        one.close()


def handler(demo: dict[str, Any], client: Client, at: int) -> HandlerSession:
    one = demo["handlers"][at]
    return sign_in(
        one, lambda code: HandlerSession.sign_in(client, one["username"], one["password"], code)
    )


def texts(thread: Any) -> list[str]:
    """What each message says; nothing may be wrong with any."""
    assert [one.problem for one in thread] == [None] * len(thread)
    return [one.content.get("story") or one.content["text"] for one in thread]


def test_by_a_client_that_seals(demo: dict[str, Any], new_client: Callable[[], Client]) -> None:
    phone, token = new_client(), new_token()
    directory, roster = phone.organisation("eeast"), phone.roster("eeast")
    left_out = UUID(demo["handlers"][1]["id"])
    content = {"story": STORY, "concerns": ["bullying"], "channel": "whatsapp-group"}
    report = prepare_report(directory, roster, token, "guardian", {left_out}, content)
    reference = send_report(phone, "eeast", roster, report)["reference"]

    guardian = handler(demo, new_client(), 0)
    inbox = guardian.client.cases(guardian.bearer)["items"]
    assert reference in [one["reference"] for one in inbox]
    seen = guardian.case(reference, directory)
    assert [str(one["id"]) for one in seen.refresh()["handlers"]] == [str(guardian.handler_id)]
    [first] = seen.thread()
    assert texts([first]) == [STORY]
    assert (first.content or {})["excluded"] == [str(left_out)]
    seen.send(seen.prepare(REPLY))
    assert seen.change(status="acknowledged")["status"] == "acknowledged"

    # Another device: it knows the address and the words, nothing else.
    elsewhere = new_client()
    back = ReporterCase.sign_in(elsewhere, token, elsewhere.organisation("eeast"))
    found = back.refresh()
    assert (found["status"], found["unread"]) == ("acknowledged", 1)
    assert texts(back.thread()) == [STORY, REPLY]
    assert back.read(2) == 0
    back.send(back.prepare(ANSWER))
    assert texts(seen.thread()) == [STORY, REPLY, ANSWER]

    checked = proof.verify(json.loads(json.dumps(back.proof())), roster.fingerprint, token)
    assert checked.holds
    assert [one.message.body for one in checked.items[1:] if one.message] == [
        {"text": REPLY},
        {"text": ANSWER},
    ]
    back.sign_out()
    with pytest.raises(SignIn):
        elsewhere.case(back._bearer)


def test_outsiders_find_nothing(demo: dict[str, Any], new_client: Callable[[], Client]) -> None:
    phone, token = new_client(), new_token()
    directory, roster = phone.organisation("eeast"), phone.roster("eeast")
    report = prepare_report(directory, roster, token, "guardian", (), {"story": STORY})
    reference = send_report(phone, "eeast", roster, report)["reference"]
    manager = handler(demo, phone, 2)
    assert reference not in [
        one["reference"] for one in phone.cases(manager.bearer, limit="200")["items"]
    ]
    with pytest.raises(UnknownToken):
        ReporterCase.sign_in(phone, new_token(), directory)


class Plain:
    """Plain calls, as `curl` makes them."""

    def __init__(self, url: str) -> None:
        self.url, self.http = f"{url}/api/v1", requests.Session()
        self.http.trust_env = False

    def call(self, method: str, path: str, body: Any = None, expected: int = 200) -> Any:
        answer = self.http.request(method, self.url + path, json=body, timeout=30)
        assert answer.status_code == expected, answer.text
        return answer.json() if answer.content else None

    def use(self, session: dict[str, Any]) -> None:
        self.http.headers["Authorization"] = f"Bearer {session['session']}"


@pytest.fixture
def plain(demo: dict[str, Any]) -> Iterator[Callable[[], Plain]]:
    made: list[Plain] = []

    def make() -> Plain:
        made.append(Plain(demo["url"]))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


def said(page: dict[str, Any]) -> list[str]:
    assert [one.get("problem") for one in page["items"]] == [None] * len(page["items"])
    contents = [one["content"] for one in page["items"]]
    return [one.get("story") or one["text"] for one in contents]


def test_by_plain_readable_calls(demo: dict[str, Any], plain: Callable[[], Plain]) -> None:
    staff = plain()
    token = staff.call("POST", "/tokens", expected=201)["token"]
    directory = staff.call("GET", "/organisations/eeast")
    desk = directory["desks"][0]["slug"]
    body = {
        "case_id": str(uuid4()),
        "token": token,
        "desk": desk,
        "content": {"story": STORY, "channel": directory["channels"][0]["code"]},
    }
    reference = staff.call("POST", "/organisations/eeast/cases", body, 201)["reference"]

    guardian, one = plain(), demo["handlers"][1]

    def enter(code: str) -> dict[str, Any]:
        form = {"username": one["username"], "password": one["password"], "code": code}
        answer = guardian.http.post(f"{guardian.url}/sign-in", json=form, timeout=30)
        if answer.status_code == 401:
            raise WrongSignIn
        return dict(answer.json())

    guardian.use(sign_in(one, enter))
    inbox = guardian.call("GET", "/cases?status=new&limit=200")["items"]
    assert reference in [case["reference"] for case in inbox]
    assert guardian.call("GET", f"/cases/{reference}")["report"]["content"]["story"] == STORY
    reply = {"id": str(uuid4()), "content": {"text": REPLY}}
    guardian.call("POST", f"/cases/{reference}/messages", reply, 201)
    guardian.call("PATCH", f"/cases/{reference}", {"status": "in_progress"})

    library = plain()
    library.use(library.call("POST", "/sessions", {"token": token.upper()}, 201))
    assert library.call("GET", "/case")["unread"] == 1
    assert said(library.call("GET", "/case/messages")) == [STORY, REPLY]
    assert library.call("POST", "/case/read", {"number": 2})["unread"] == 0
    answer = {"id": str(uuid4()), "content": {"text": ANSWER}}
    library.call("POST", "/case/messages", answer, 201)
    assert said(guardian.call("GET", f"/cases/{reference}/messages")) == [STORY, REPLY, ANSWER]
    assert proof.verify(library.call("GET", "/case/proof"), None, token).holds
    for one_of_them in (library, guardian):
        one_of_them.call("DELETE", "/session", expected=204)
    library.call("GET", "/case", expected=401)


def test_by_the_phones_own_code(
    demo: dict[str, Any], plain: Callable[[], Plain], new_client: Callable[[], Client]
) -> None:
    address = f"{demo['url']}/o/{demo['organisation']}"
    phone = Outbox(Memory(), Organisation(address), Organisation)
    directory = phone.organisation.connect()
    readers = phone.organisation.readers("guardian")
    assert [name for _, name in readers] == ["handler-1", "handler-2"]
    report = {"story": STORY, "concerns": ["harassment"], "wanted": "That it stops"}
    phone.put_report(Answers("guardian", frozenset({readers[1][0]}), False, report))
    (opened,) = phone.send_due()
    assert opened.state == "sent"

    guardian = handler(demo, new_client(), 0)
    seen = guardian.case(opened.case, directory)
    seen.refresh()
    assert texts(seen.thread()) == [STORY]
    seen.send(seen.prepare(REPLY))

    talk = Outbox(Memory(), Organisation(address), Organisation).open(opened.words.upper())
    view = talk.view()
    assert view.reference == opened.case
    assert view.readers == ("handler-1",)
    assert [(one.author, one.warning) for one in view.items] == [("You", ""), ("handler-1", "")]
    assert STORY in view.items[0].text
    assert view.items[1].text == REPLY
    talk.write(ANSWER)
    assert [one.state for one in talk.flush().items] == ["sent", "sent", "sent"]
    assert talk.unsent() == 0
    assert texts(seen.thread()) == [STORY, REPLY, ANSWER]
    talk.sign_out()
