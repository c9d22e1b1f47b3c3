"""A guardian's day by calls alone, over a real socket: from a new case to the check afterwards.

And the same day as it looks to a handler whom the reporter left out: it did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import WrongSignIn
from shared.sealing import proof
from tests.conftest import QUICKLY
from tests.journeys.people import sign_in
from tests.journeys.served import Served, serving
from tests.journeys.test_report_and_back import Plain

STORY = "This story is invented. Jokes about one of us in a group chat, after each shift."
OTHER = "This story is invented too. The same group chat, and somebody else."
NOBODY = "EEA-0000000000"
PURPOSE = "To look into the group chat, invented"


@pytest.fixture(params=QUICKLY)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """`wren serve` as it is deployed."""
    with serving(request, request.param, tmp_path / "server") as running:
        yield running


@pytest.fixture
def line(served: Served) -> Iterator[Callable[[], Plain]]:
    """Plain calls, as `curl` makes them; each is another device."""
    made: list[Plain] = []

    def make() -> Plain:
        made.append(Plain(served.url))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


def handler(served: Served, line: Callable[[], Plain], name: str) -> Plain:
    """Somebody who has signed in with password and TOTP."""
    one, made = served.handlers[name], line()
    form = {"username": one.username, "password": one.password}

    def enter(code: str) -> dict[str, Any]:
        form["code"] = code
        answer = made.http.post(f"{made.url}/sign-in", json=form, timeout=30)
        if answer.status_code == 401:
            raise WrongSignIn
        return dict(answer.json())

    session = sign_in({"totp_secret": one.totp_secret}, enter)
    # That code was used: it works once.
    made.call("POST", "/sign-in", form, 401)
    made.use(session)
    return made


def report(
    line: Callable[[], Plain], story: str, excluded: tuple[str, ...] = ()
) -> tuple[str, str, Plain]:
    """A report: its reference, its words, and the reporter come back with them."""
    staff = line()
    token = staff.call("POST", "/tokens", expected=201)["token"]
    body = {
        "case_id": str(uuid4()),
        "token": token,
        "desk": "guardian",
        "excluded": list(excluded),
        "content": {"story": story, "concerns": ["bullying"]},
    }
    reference = staff.call("POST", "/organisations/eeast/cases", body, 201)["reference"]
    staff.use(staff.call("POST", "/sessions", {"token": token}, 201))
    return reference, token, staff


def written(**content: Any) -> dict[str, Any]:
    """A request that may be repeated, with what it says."""
    return {"id": str(uuid4()), "content": content}


def view(one: Plain, open_case: str, hidden: str) -> dict[str, Any]:
    """All that a handler can find: lists, counts, audit, search, links, figures."""
    queries = (
        "", "?status=new", "?status=closed", "?overdue=true", "?overdue=false", "?due=soon",
        "?due=overdue", "?due=checks", "?assigned=me", "?assigned=nobody", "?desk=guardian",
        "?desk=senior-manager", "?organisation=eeast", "?limit=1",
    )  # fmt: skip
    found = {query: one.call("GET", f"/cases{query}") for query in queries}
    for words in ("group chat", "invented", "shift", PURPOSE, hidden, hidden[4:], "a"):
        found[words] = one.call("POST", "/search", {"text": words})
    for path in (
        f"/cases/{open_case}", f"/cases/{open_case}/links", f"/cases/{open_case}/notes",
        f"/cases/{open_case}/messages", f"/cases/{open_case}/epochs",
        "/audit?organisation=eeast&limit=200", f"/audit?organisation=eeast&case={open_case}",
        "/statistics?organisation=eeast", "/organisations/eeast/newcomers",
    ):  # fmt: skip
        found[path] = one.call("GET", path)
    answer = one.http.get(f"{one.url}/audit.csv?organisation=eeast", timeout=30)
    assert answer.status_code == 200
    found["csv"] = [row for row in answer.text.splitlines() if "audit_exported" not in row]
    for path in ("/audit?organisation=eeast&limit=200",):
        found[path]["items"] = [
            row for row in found[path]["items"] if row["act"] != "audit_exported"
        ]
    return found


CALLS = (
    ("GET", ""), ("GET", "/status"), ("GET", "/messages"), ("POST", "/messages"),
    ("PATCH", ""), ("GET", "/notes"), ("POST", "/notes"), ("GET", "/classification"),
    ("GET", "/links"), ("GET", "/epochs"), ("GET", "/consents"), ("GET", "/draft"),
)  # fmt: skip


def test_it_works(served: Served, line: Callable[[], Plain]) -> None:
    guardian, left_out, adviser = (
        handler(served, line, name) for name in ("handler-1", "handler-2", "handler-3")
    )
    me, two, three = (str(served.handlers[name].id) for name in
                      ("handler-1", "handler-2", "handler-3"))  # fmt: skip
    other, _, _ = report(line, OTHER)
    for one in (guardian, left_out):
        one.call("GET", f"/cases/{other}")
    before = view(left_out, other, NOBODY)

    # A new case, from which a colleague is left out.
    reference, token, reporter = report(line, STORY, (two,))
    case = f"/cases/{reference}"
    items = guardian.call("GET", "/cases?status=new")["items"]
    assert [one["reference"] for one in items] == [reference, other]
    found = guardian.call("GET", case)
    assert found["report"]["content"]["story"] == STORY
    assert found["acknowledge_by"] > found["opened_on"]
    assert guardian.call("PATCH", case, {"status": "acknowledged"})["acknowledged_on"]
    guardian.call("PATCH", case, {"assigned_to": me, "urgent": True})
    reply = {"text": "Thank you. Are you safe at work?"}
    guardian.call("POST", f"{case}/messages", written(**reply), 201)
    assert guardian.call("GET", "/cases?assigned=me")["items"][0]["reference"] == reference

    # Consent, for one named person, until a day; granted, and let in by it.
    asked = written(handlers=[three], role="Adviser", purpose=PURPOSE,
                    until=str(date.today() + timedelta(days=30)))  # fmt: skip
    guardian.call("POST", f"{case}/readers", {"handler": three}, 403)
    guardian.call("POST", f"{case}/consents", asked, 201)
    thread = reporter.call("GET", "/case/messages")["items"]
    assert thread[-1]["content"]["purpose"] == PURPOSE
    granted = written(request=asked["id"], granted=True)
    reporter.call("POST", "/case/consents", granted, 201)
    guardian.call("POST", f"{case}/readers", {"handler": three, "consent": granted["id"]})
    assert adviser.call("GET", case)["report"]["content"]["story"] == STORY
    names = [one["display_name"] for one in reporter.call("GET", "/case")["handlers"]]
    assert sorted(names) == ["handler-1", "handler-3"]

    # What stays with the handlers.
    guardian.call("POST", f"{case}/notes", written(text="Rang the union, invented."), 201)
    notes = adviser.call("GET", f"{case}/notes")["items"]
    assert [one["content"]["text"] for one in notes] == ["Rang the union, invented."]
    content = {"national": "2026", "local": 0, "elements": ["bullying_harassment"]}
    guardian.call("PUT", f"{case}/classification", written(**content), 201)
    guardian.call("POST", f"{case}/links", {"reference": other})
    assert guardian.call("GET", case)["links"] == [other]
    found = guardian.call("POST", "/search", {"text": "group chat"})["items"]
    assert [one["reference"] for one in found] == [reference, other]
    guardian.call("PUT", f"{case}/draft", {"content": {"text": "I have spoken"}})
    assert guardian.call("GET", f"{case}/draft")["content"]["text"] == "I have spoken"

    # Feedback, the end, the closing question, and the check afterwards.
    told = {"text": "I have spoken with them. It has stopped."}
    guardian.call("POST", f"{case}/messages", written(**told), 201)
    guardian.call("PATCH", case, {"feedback_given": True, "status": "in_progress"})
    closed = guardian.call("PATCH", case, {"status": "closed", "outcome": "action-taken"})
    assert [one["months"] for one in closed["checks"]] == [3, 6, 12]
    now = guardian.call("GET", f"{case}/classification")["current"]["content"]
    assert now["outcome"] == "action-taken"
    answer = written(comment="It helped, invented.") | {"answer": "yes"}
    reporter.call("POST", "/case/feedback", answer, 201)
    assert reporter.call("GET", "/case")["answered"] is True
    last = guardian.call("GET", f"{case}/messages")["items"][-1]
    assert (last["content"]["answer"], last.get("problem")) == ("yes", None)
    check = written(text="Asked in the thread: none.") | {"months": 3}
    guardian.call("POST", f"{case}/checks", check, 201)
    assert guardian.call("GET", case)["checks"][0]["done_on"] == str(date.today())
    assert proof.verify(reporter.call("GET", "/case/proof"), None, token).holds
    acts = guardian.call("GET", f"/audit?organisation=eeast&case={reference}&limit=200")["items"]
    assert {one["act"] for one in acts} >= {
        "case_opened", "case_changed", "message_sent", "consent_asked", "reader_added",
        "note_written", "classified", "cases_linked", "detriment_checked",
    }  # fmt: skip

    # To the colleague who was left out nothing of all this has happened.
    after = view(left_out, other, reference)
    for name, shown in before.items():
        now_shown = after[{NOBODY: reference, NOBODY[4:]: reference[4:]}.get(name, name)]
        assert now_shown == shown, name
    for method, path in CALLS:
        body = None if method == "GET" else written(text="Anything")
        if method == "PATCH":
            body = {"status": "acknowledged"}
        there = left_out.call(method, f"{case}{path}", body, 404)
        assert there == left_out.call(method, f"/cases/{NOBODY}{path}", body, 404)
    left_out.call("GET", f"/audit?organisation=eeast&case={reference}", expected=404)
    link = {"reference": reference}
    refusal = left_out.call("POST", f"/cases/{other}/links", link, 422)
    assert refusal == left_out.call("POST", f"/cases/{other}/links", {"reference": NOBODY}, 422)
    for one in (guardian, left_out, adviser, reporter):
        one.call("DELETE", "/session", expected=204)
    guardian.call("GET", "/cases", expected=401)
