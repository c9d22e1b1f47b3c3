"""Attachments on messages and notes: whole, one's own, once; and what is said of them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from shared.conversation import ReporterCase
from shared.evidence import Piece, pieces
from tests.api import clients
from tests.api.attaching import CHUNK, attached, begin, got, put_all, send, some, stage
from tests.api.checks import at_once, refused
from tests.api.handling import acts
from tests.service import Service

Opened = tuple[Service, ReporterCase, str, str]


@pytest.fixture
def opened(service: Service) -> Opened:
    """A case: the service, the case at its reporter's app, a bearer, the reference."""
    reference, token = service.open_case()
    return service, clients.reporter(service, token), service.reporter(token), reference


def readable(*ids: Any, evidence: Any = None, words: str = "See these.") -> dict[str, Any]:
    """A readable message that names attachments."""
    content = {"text": words, "attachments": [str(one) for one in ids]}
    return {"id": str(uuid4()), "content": content | ({"evidence": evidence} if evidence else {})}


def test_it_works(opened: Opened) -> None:
    service, case, bearer, reference = opened
    one, two = attached(case, some(10)), attached(case, some(20))
    said = [Piece(two.id, "investigation", "messages", "Person A: an invented line.")]
    case.send(case.prepare("See these.", [one.attached, two.attached], said))
    handler = clients.handler(service, reference)
    content = handler.thread()[-1].content
    assert content is not None
    assert content["evidence"] == [said[0].as_body()]
    assert pieces(content) == [Piece(one.id), said[0]]
    read = service.get(f"/cases/{reference}/messages", service.handler()).get_json()["items"][-1]
    assert read["content"] == content
    assert set(read) == {"id", "number", "author", "day", "sealed", "content"}
    handler.send(handler.prepare("I have seen them."))
    assert service.get("/case/messages", bearer).get_json()["items"][1]["content"] == content


def test_readable(opened: Opened) -> None:
    service, case, bearer, reference = opened
    one, two = attached(case, some(10)), attached(case, some(20))
    said = [{"attachment": str(two.id)}]
    body = readable(one.id, two.id, evidence=said)
    assert service.post("/case/messages", body, bearer).status_code == 201
    assert service.post("/case/messages", body, bearer).status_code == 200
    message = clients.handler(service, reference).thread()[-1]
    assert message.attached == (one.attached, two.attached)
    assert message.content is not None
    assert message.content["evidence"] == [
        {"attachment": str(two.id), "sharing": "handler", "source": "file", "transcript": ""}
    ]
    for other in (
        readable(two.id, one.id, evidence=said),  # the order is signed too
        readable(one.id, two.id, evidence=[{"attachment": str(one.id)}]),
        readable(one.id, evidence=None),
        readable(),
    ):
        refused(service, "POST", "/case/messages", other | {"id": body["id"]}, bearer,
                status=409, code="conflict")  # fmt: skip


def test_sealed_again(opened: Opened) -> None:
    service, case, bearer, _ = opened
    one, two = attached(case, some(10)), attached(case, some(20))
    body = case.prepare("See it.", [one.attached]).body
    assert service.post("/case/messages", body, bearer).status_code == 201
    assert service.post("/case/messages", body, bearer).status_code == 200
    for other in ([], [str(two.id)], [str(one.id), str(two.id)]):
        refused(service, "POST", "/case/messages", body | {"attachments": other}, bearer,
                status=409, code="conflict")  # fmt: skip


def test_none_that_is_not_whole(opened: Opened) -> None:
    service, case, bearer, reference = opened
    made = stage(case, some(3 * CHUNK))
    begin(service, "/case", made, bearer)
    sealed = case.prepare("See it.", [made.attached])
    for sent in range(3):
        for body in (sealed.body, readable(made.id)):
            told = refused(service, "POST", "/case/messages", body, bearer, status=409,
                           code="unfinished")  # fmt: skip
            assert "Send its other parts" in told["detail"]
        put_all(service, "/case", made, bearer, [2 - sent])
    case.send(sealed)
    assert got(clients.handler(service, reference), made) == some(3 * CHUNK)


def test_only_ones_own_and_once(opened: Opened) -> None:
    service, case, bearer, reference = opened
    handler = clients.handler(service, reference)
    theirs, used = attached(handler, some(10)), send(case, some(10))
    handler.ready_notes()
    of_notes = attached(handler, some(10), "note")
    other_case = clients.reporter(service, service.open_case()[1])
    elsewhere = attached(other_case, some(10))
    mine = attached(case, some(10))
    staff = service.handler()
    colleague = clients.handler(service, reference, "handler-2")
    wrong = {
        "/case/messages": (bearer, [theirs, used, of_notes, elsewhere]),
        f"/cases/{reference}/messages": (staff, [mine, used, of_notes, elsewhere]),
        f"/cases/{reference}/notes": (staff, [mine, used, theirs, elsewhere]),
    }
    for path, (who, some_of_them) in wrong.items():
        for one in (*[one.id for one in some_of_them], uuid4()):
            told = refused(service, "POST", path, readable(one), who, status=422,
                           code="invalid")  # fmt: skip
            assert list(told["errors"]) == ["content"]
            assert list(told["errors"]["content"]) == ["attachments"]
        for one_ in some_of_them:
            body = colleague.prepare("See it.", [one_.attached]).body
            if path == f"/cases/{reference}/messages":
                told = refused(service, "POST", path, body, staff, status=422, code="invalid")
                assert list(told["errors"]) == ["attachments"]
    refused(service, "POST", f"/cases/{reference}/messages", readable(theirs.id),
            service.handler("handler-2"), status=422, code="invalid")  # fmt: skip
    for path, who, right in (
        ("/case/messages", bearer, mine),
        (f"/cases/{reference}/messages", staff, theirs),
        (f"/cases/{reference}/notes", staff, of_notes),
    ):
        assert service.post(path, readable(right.id), who).status_code == 201


def test_two_messages_at_once(opened: Opened) -> None:
    service, case, bearer, _ = opened
    made = attached(case, some(10))
    calls = [("POST", "/case/messages", readable(made.id), bearer) for _ in range(4)]
    found = sorted(one.status_code for one in at_once(service, calls))
    assert found == [201, 422, 422, 422]


def test_names_that_are_wrong(opened: Opened) -> None:
    service, case, bearer, reference = opened
    made, other = attached(case, some(10)), attached(case, some(10))
    sealed = case.prepare("See it.", [made.attached]).body
    one, two = str(made.id), str(other.id)
    piece = {"attachment": one}
    wrong: dict[str, Any] = {
        "twice": readable(one, one),
        "too many": readable(*(uuid4() for _ in range(21))),
        "no list": {"id": str(uuid4()), "content": {"text": "a", "attachments": one}},
        "no id": readable("x"),
        "both": readable(one) | {"attachments": [one]},
        "sealed twice": sealed | {"attachments": [one, one]},
        "sealed, no id": sealed | {"attachments": ["x"]},
        "said of another": readable(one, evidence=[{"attachment": two}]),
        "said twice": readable(one, evidence=[piece, piece]),
        "said of nothing": readable(evidence=[piece]),
        "sharing": readable(one, evidence=[piece | {"sharing": "everybody"}]),
        "source": readable(one, evidence=[piece | {"source": "told"}]),
        "transcript": readable(one, evidence=[piece | {"transcript": "x" * 5001}]),
        "a number": readable(one, evidence=[piece | {"transcript": 1}]),
        "a field": readable(one, evidence=[piece | {"name": "x"}]),
        "no attachment": readable(one, evidence=[{"sharing": "handler"}]),
    }
    for path, who in (
        ("/case/messages", bearer), (f"/cases/{reference}/messages", service.handler()),
    ):  # fmt: skip
        for name, body in wrong.items():
            told = refused(service, "POST", path, body, who, status=422, code="invalid")
            assert set(told["errors"]) <= {"content", "attachments"}, name
    right = piece | {"sharing": "investigation", "source": "messages", "transcript": "x" * 5000}
    assert (
        service.post("/case/messages", readable(one, evidence=[right]), bearer).status_code == 201
    )


def test_calls_that_take_none(opened: Opened) -> None:
    service, case, _, reference = opened
    made = attached(case, some(10))
    body = {"id": str(uuid4()), "content": {"told": "a", "reason": "b"}}
    body["attachments"] = [str(made.id)]
    told = refused(service, "POST", f"/cases/{reference}/disclosures", body, service.handler(),
                   status=422, code="invalid")  # fmt: skip
    assert list(told["errors"]) == ["_unknown"]


def test_a_case_that_was_withdrawn(opened: Opened) -> None:
    service, _, bearer, reference = opened
    handler = clients.handler(service, reference)
    made, begun = attached(handler, some(10)), stage(handler, some(10))
    hold = {"legal_hold": {"reason": "An invented reason."}}
    assert service.call("PATCH", f"/cases/{reference}", hold, service.handler()).status_code == 200
    assert service.call("DELETE", "/case", bearer=bearer).get_json()["held"]
    path = f"/cases/{reference}"
    answer = service.get(f"{path}/attachments/{made.id}/state", service.handler())
    assert answer.status_code == 200
    for call, body in (("attachments", begun.body), ("messages", readable(made.id))):
        refused(service, "POST", f"{path}/{call}", body, service.handler(), status=403,
                code="not_allowed")  # fmt: skip
    refused(service, "POST", "/case/attachments", begun.body, bearer, status=401, code="sign_in")


def test_what_handlers_attach_is_in_the_audit(opened: Opened) -> None:
    service, case, _, reference = opened
    handler = clients.handler(service, reference)
    made = send(handler, some(10))
    send(case, some(10))
    assert acts(service, reference) == [
        ("attachment_added", {"attachment": str(made.id)}), ("message_sent", {}),
    ]  # fmt: skip
