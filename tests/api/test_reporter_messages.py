"""The reporter's messages: stored once, in order, whichever way they are sealed."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.schemas.base import read
from shared.schemas.messages import Receipt as ReceiptSchema
from shared.sealing import receipt
from shared.sealing.encoding import b64, unb64
from tests.api import sealed
from tests.api.checks import (
    MARK,
    at_once,
    check_problem,
    nothing_stored,
    outsiders_refused,
    refused,
    text,
)
from tests.service import Service

PATH = "/case/messages"
EMOJI = "\N{GRINNING FACE}" * 20_000


def thread(service: Service, path: str, bearer: str) -> list[dict[str, Any]]:
    """All messages of a page."""
    answer = service.get(path, bearer)
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["items"])


def texts(items: list[dict[str, Any]]) -> list[str | None]:
    """What is said in messages."""
    return [one["content"].get("text") for one in items]


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    bearer = service.reporter(token)
    answer = service.post(PATH, text("An invented question."), bearer)
    assert answer.status_code == 201
    assert answer.get_json()["number"] == 2
    for path, who in ((PATH, bearer), (f"/cases/{reference}/messages", service.handler())):
        seen = thread(service, path, who)
        assert texts(seen) == [None, "An invented question."]
        assert [one["number"] for one in seen] == [1, 2]
        assert [one["author"] for one in seen] == ["reporter", "reporter"]
        assert not [one for one in seen if "problem" in one]


def test_sealed(service: Service) -> None:
    reference, token = sealed.open_case(service)
    bearer = sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, bearer)
    body = sealed.write(case, "An invented question, sealed.", 2)
    answer = service.post(PATH, body, bearer)
    assert (answer.status_code, answer.get_json()["number"]) == (201, 2)
    assert [one.get("content") for one in thread(service, PATH, bearer)] == [None, None]
    seen = thread(service, f"/cases/{reference}/messages", service.handler())
    assert texts(seen) == [None, "An invented question, sealed."]
    assert seen[1]["sealed"] == body["sealed"]


def test_both_forms_in_one_thread(service: Service) -> None:
    _, token = service.open_case()
    opens, seals = service.reporter(token), sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, seals)
    service.post(PATH, text("One"), opens)
    service.post(PATH, sealed.write(case, "Two", 3), seals)
    service.post(PATH, text("Three"), opens)
    seen = thread(service, PATH, opens)
    assert texts(seen) == [None, "One", "Two", "Three"]
    assert not [one for one in seen if "problem" in one]
    found = [
        case.read("message", UUID(one["id"]), unb64(one["sealed"]["envelope"])) for one in seen
    ]
    assert [one.seq for one in found] == [1, 2, 3, 4]


def test_outsiders_do_not_see_them(service: Service) -> None:
    reference, token = service.open_case()
    service.post(PATH, text(), service.reporter(token))
    outsiders_refused(service, "GET", "/cases/{}/messages", reference)


def test_the_receipt_holds(service: Service) -> None:
    _, token = service.open_case()
    bearer, body = service.reporter(token), text()
    given = read(ReceiptSchema(), service.post(PATH, body, bearer).get_json()["receipt"])
    receipt.check(
        receipt.Receipt(**given),
        sealed.read_roster(service).newest.receipt_keys,
        UUID(service.get("/case", bearer).get_json()["case_id"]),
        UUID(body["id"]),
        unb64(thread(service, PATH, bearer)[1]["sealed"]["envelope"]),
        "eeast",
    )


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    _, token = service.open_case()
    opens, seals = service.reporter(token), sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, seals)
    for bearer, body in ((opens, text()), (seals, sealed.write(case, seq=3))):
        first = service.post(PATH, body, bearer)
        with nothing_stored(service):
            again = service.post(PATH, body, bearer)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.data == first.data
    # What the service sealed can be sent again sealed, and the other way round.
    stored = thread(service, PATH, opens)
    for one in stored[1:]:
        for form in ({"sealed": one["sealed"]}, {"content": {"text": one["content"]["text"]}}):
            answer = service.post(PATH, {"id": one["id"], **form}, opens)
            assert (answer.status_code, answer.get_json()["number"]) == (200, one["number"])


def test_another_body_under_the_same_id_is_a_conflict(service: Service) -> None:
    reference, token = service.open_case()
    opens, seals = service.reporter(token), sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, seals)
    readable, closed = text(), sealed.write(case, seq=3)
    report = thread(service, PATH, opens)[0]["id"]
    service.post(PATH, readable, opens)
    service.post(PATH, closed, seals)
    other = sealed.write(case, "Something else, invented.", 4)["sealed"]
    for bearer, body in (
        (opens, readable | {"content": {"text": "Something else, invented."}}),
        (opens, text() | {"id": closed["id"]}),
        (opens, text() | {"id": report}),
        (seals, closed | {"sealed": other}),
        (seals, {"id": readable["id"], "sealed": other}),
    ):
        refused(service, "POST", PATH, body, bearer, status=409, code="conflict")
    # Nor can a handler take the id: it is unique within the case.
    path = f"/cases/{reference}/messages"
    bearer = service.handler()
    refused(service, "POST", path, readable, bearer, status=409, code="conflict")


def test_an_id_is_of_its_case(service: Service) -> None:
    body = text()
    for _ in range(2):
        _, token = service.open_case()
        assert service.post(PATH, body, service.reporter(token)).status_code == 201


def test_two_at_the_same_time_are_one(service: Service) -> None:
    _, token = service.open_case()
    opens, seals = service.reporter(token), sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, seals)
    for bearer, body in ((opens, text()), (seals, sealed.write(case, seq=3))):
        before = len(thread(service, PATH, opens))
        one, two = at_once(service, [("POST", PATH, body, bearer)] * 2)
        assert sorted((one.status_code, two.status_code)) == [200, 201]
        assert one.data == two.data
        assert len(thread(service, PATH, opens)) == before + 1


def test_different_ones_at_the_same_time_are_all_there(service: Service) -> None:
    reference, token = service.open_case()
    bearer, handler = service.reporter(token), service.handler()
    calls = [("POST", PATH, text(f"By the reporter {at}"), bearer) for at in range(3)]
    path = f"/cases/{reference}/messages"
    calls += [("POST", path, text(f"By the handler {at}"), handler) for at in range(3)]
    answers = at_once(service, [(*one,) for one in calls])
    assert {answer.status_code for answer in answers} == {201}
    seen = thread(service, PATH, bearer)
    assert [one["number"] for one in seen] == list(range(1, 8))
    assert set(texts(seen)[1:]) == {one[2]["content"]["text"] for one in calls}
    assert not [one for one in seen if "problem" in one]


def test_twenty_thousand_emoji(service: Service) -> None:
    _, token = service.open_case()
    opens, seals = service.reporter(token), sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, seals)
    assert service.post(PATH, text(EMOJI), opens).status_code == 201
    assert service.post(PATH, sealed.write(case, EMOJI, 3), seals).status_code == 201
    assert texts(thread(service, PATH, opens)) == [None, EMOJI, EMOJI]


def test_bad_fields_are_named(service: Service, subtests: pytest.Subtests) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    right = text()
    bad: dict[str, tuple[Any, set[str]]] = {
        "too long": (text("x" * 25_000), {"content"}),
        "empty": (text(""), {"content"}),
        "control character": (text(f"{MARK}\x07"), {"content"}),
        "lone surrogate": (text(f"{MARK}\udfff"), {"content"}),
        "a number": (right | {"content": {"text": 12345678}}, {"content"}),
        "text itself": (right | {"content": MARK}, {"content"}),
        "no text": (right | {"content": {}}, {"content"}),
        "unknown field": (right | {MARK: MARK}, {"_unknown"}),
        "unknown field inside": (
            right | {"content": {"text": "Hello", MARK: MARK}},
            {"content"},
        ),
        "unknown attachment": (
            right | {"content": {"text": "Hello", "attachments": [str(uuid4())]}},
            {"content"},
        ),
        "attachments a string": (
            right | {"content": {"text": "Hello", "attachments": MARK}},
            {"content"},
        ),
        "id a number": (right | {"id": 1}, {"id"}),
        "id in capitals": (right | {"id": str(uuid4()).upper()}, {"id"}),
        "no id": ({"content": {"text": "Hello"}}, {"id"}),
        "neither form": ({"id": str(uuid4())}, {"content"}),
        "both forms": (right | {"sealed": {"envelope": b64(bytes(4154))}}, {"content"}),
        "urgent 1": (right | {"urgent": 1}, {"urgent"}),
        "urgent yes": (right | {"urgent": "yes"}, {"urgent"}),
        "a list": ([MARK], {"_schema"}),
        "sealed a string": ({"id": str(uuid4()), "sealed": MARK}, {"sealed"}),
        "cut short": (
            {"id": str(uuid4()), "sealed": {"envelope": b64(bytes(4153))}},
            {"sealed"},
        ),
        "not base64url": ({"id": str(uuid4()), "sealed": {"envelope": MARK}}, {"sealed"}),
    }
    for what, (body, errors) in bad.items():
        with subtests.test(what):
            told = refused(service, "POST", PATH, body, bearer, status=422, code="invalid")
            assert set(told["errors"]) == errors


def test_envelopes_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    _, token = sealed.open_case(service)
    _, other_token = sealed.open_case(service)
    bearer, other_bearer = (sealed.reporter(service, one) for one in (token, other_token))
    right = sealed.write(sealed.by_reporter(service, token, bearer), seq=2)
    other = sealed.write(sealed.by_reporter(service, other_token, other_bearer), seq=2)
    envelope = unb64(right["sealed"]["envelope"])
    for what, (sent, code) in {
        "for another case": (unb64(other["sealed"]["envelope"]), "wrong_key"),
        "for nobody": (envelope[:2] + bytes(8) + envelope[10:], "wrong_key"),
        "another version": (b"\2" + envelope[1:], "unknown_version"),
        "another suite": (b"\1\2" + envelope[2:], "unknown_version"),
    }.items():
        with subtests.test(what):
            body = right | {"sealed": {"envelope": b64(sent)}}
            refused(service, "POST", PATH, body, bearer, status=422, code=code)
    assert service.post(PATH, right, bearer).status_code == 201


def test_what_can_not_be_opened_is_shown_as_such(service: Service) -> None:
    reference, token = service.open_case()
    seals, opens = sealed.reporter(service, token), service.reporter(token)
    body = sealed.write(sealed.by_reporter(service, token, seals), seq=2)
    # Sealed for another message id: the service can't see it, every reader does.
    moved = body | {"id": str(uuid4())}
    assert service.post(PATH, moved, seals).status_code == 201
    for path, bearer in ((PATH, opens), (f"/cases/{reference}/messages", service.handler())):
        seen = thread(service, path, bearer)
        assert "content" in seen[0]
        assert "content" not in seen[1]
        assert seen[1]["problem"]["code"] == "damaged"
    repeat = text() | {"id": moved["id"]}
    refused(service, "POST", PATH, repeat, opens, status=409, code="conflict")
    # It does not stand in the way of what comes after.
    assert service.post(PATH, text("Afterwards"), opens).status_code == 201
    last = thread(service, PATH, opens)[2]
    assert (last["content"]["text"], "problem" in last) == ("Afterwards", False)


def test_a_gap_is_shown(service: Service) -> None:
    _, token = service.open_case()
    seals, opens = sealed.reporter(service, token), service.reporter(token)
    case = sealed.by_reporter(service, token, seals)
    assert service.post(PATH, sealed.write(case, "Third of two", 3), seals).status_code == 201
    seen = thread(service, PATH, opens)[1]
    assert seen["problem"]["code"] == "missing_earlier"
    assert seen["content"]["text"] == "Third of two"


def test_a_session_that_seals_sends_no_content(service: Service) -> None:
    _, token = service.open_case()
    bearer = sealed.reporter(service, token)
    told = refused(service, "POST", PATH, text(), bearer, status=403, code="not_allowed")
    assert "sealed" in told["detail"]


def test_pages(service: Service) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    for at in range(2, 6):
        service.post(PATH, text(f"Number {at}"), bearer)
    seen: list[int] = []
    after = ""
    for _ in range(3):
        page = service.get(f"{PATH}?limit=2{after}", bearer).get_json()
        assert not [one for one in page["items"] if "problem" in one]
        seen += [one["number"] for one in page["items"]]
        after = f"&after={page['next']}"
    assert page["next"] is None
    assert seen == [1, 2, 3, 4, 5]
    assert thread(service, f"{PATH}?after=5", bearer) == []


def test_pages_that_are_none(service: Service, subtests: pytest.Subtests) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    for query in (
        "limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1.5", "after=x",
        "after=-1", "after=99999999999", "after=1e3", "after=%00", f"after={'9' * 65}",
        f"{MARK}=1",
    ):  # fmt: skip
        with subtests.test(query):
            path = f"{PATH}?{query}"
            told = refused(service, "GET", path, bearer=bearer, status=422, code="invalid")
            name = query.partition("=")[0]
            assert set(told["errors"]) == {"_unknown" if name == MARK else name}


def test_a_handlers_bearer_is_not_taken(service: Service) -> None:
    bearer = service.handler()
    check_problem(service.get(PATH, bearer), 401, "sign_in")
    refused(service, "POST", PATH, text(), bearer, status=401, code="sign_in")
