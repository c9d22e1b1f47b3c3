"""Handlers' replies: to the reporter, from those who read the case, and from nobody else."""

from __future__ import annotations

from uuid import uuid4

import pytest

from api.rules import opening
from shared.schemas.base import read
from shared.schemas.messages import Receipt as ReceiptSchema
from shared.sealing import epochs
from shared.sealing.encoding import REPORTER, unb64
from tests.api import sealed
from tests.api.checks import (
    MARK,
    UNKNOWN,
    at_once,
    nothing_stored,
    outsiders_refused,
    refused,
    text,
)
from tests.api.test_reporter_messages import texts, thread
from tests.service import Service


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    path = f"/cases/{reference}/messages"
    answer = service.post(path, text("An invented reply."), service.handler())
    assert answer.status_code == 201
    found = answer.get_json()
    assert found["number"] == 2
    assert read(ReceiptSchema(), found["receipt"])["day"]
    bearer = service.reporter(token)
    seen = thread(service, "/case/messages", bearer)
    assert texts(seen) == [None, "An invented reply."]
    assert seen[1]["author"] == f"handler:{service.handlers['handler-1'].id}"
    assert service.get("/case", bearer).get_json()["unread"] == 1
    assert thread(service, path, service.handler("handler-2")) == thread(
        service, path, service.handler()
    )


def test_sealed(service: Service) -> None:
    reference, token = sealed.open_case(service)
    path, bearer = f"/cases/{reference}/messages", sealed.handler(service)
    case = sealed.by_handler(service, reference, bearer)
    body = sealed.write(case, "An invented reply, sealed.")
    assert service.post(path, body, bearer).status_code == 201
    seen = thread(service, "/case/messages", service.reporter(token))
    assert texts(seen) == [None, "An invented reply, sealed."]
    assert seen[1]["sealed"] == body["sealed"]


def test_outsiders_neither_read_nor_reply(service: Service) -> None:
    reference, _ = service.open_case()
    outsiders_refused(service, "GET", "/cases/{}/messages", reference)
    outsiders_refused(service, "POST", "/cases/{}/messages", reference, text())
    bearer = sealed.handler(service)
    body = sealed.write(sealed.by_handler(service, reference, bearer))
    outsiders_refused(service, "POST", "/cases/{}/messages", reference, body)


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    reference, _ = service.open_case()
    path, opens, seals = (
        f"/cases/{reference}/messages",
        service.handler(),
        sealed.handler(service),
    )
    case = sealed.by_handler(service, reference, seals)
    for bearer, body in ((opens, text()), (seals, sealed.write(case, seq=2))):
        first = service.post(path, body, bearer)
        with nothing_stored(service):
            again = service.post(path, body, bearer)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.data == first.data


def test_another_body_under_the_same_id_is_a_conflict(service: Service) -> None:
    reference, _ = service.open_case()
    path, opens, seals = (
        f"/cases/{reference}/messages",
        service.handler(),
        sealed.handler(service),
    )
    case = sealed.by_handler(service, reference, seals)
    readable, closed = text(), sealed.write(case, seq=2)
    service.post(path, readable, opens)
    service.post(path, closed, seals)
    colleague = service.handler("handler-2")
    for bearer, body in (
        (opens, text() | {"id": readable["id"]} | {"content": {"text": "Something else."}}),
        (opens, text() | {"id": closed["id"]}),
        (seals, sealed.write(case, seq=3) | {"id": closed["id"]}),
        (colleague, readable),
        (colleague, closed),
    ):
        refused(service, "POST", path, body, bearer, status=409, code="conflict")


def test_two_at_the_same_time_are_one(service: Service) -> None:
    reference, token = service.open_case()
    path, opens, seals = (
        f"/cases/{reference}/messages",
        service.handler(),
        sealed.handler(service),
    )
    case = sealed.by_handler(service, reference, seals)
    for bearer, body in ((opens, text()), (seals, sealed.write(case, seq=2))):
        one, two = at_once(service, [("POST", path, body, bearer)] * 2)
        assert sorted((one.status_code, two.status_code)) == [200, 201]
        assert one.data == two.data
    assert len(thread(service, "/case/messages", service.reporter(token))) == 3


def test_both_handlers_and_the_reporter_in_order(service: Service) -> None:
    reference, token = service.open_case()
    path, reporter = f"/cases/{reference}/messages", service.reporter(token)
    one, two = service.handler("handler-1"), service.handler("handler-2")
    for at, (to, bearer) in enumerate(
        [(path, one), (path, two), ("/case/messages", reporter), (path, one)]
    ):
        assert service.post(to, text(f"Part {at}"), bearer).status_code == 201
    seen = thread(service, "/case/messages", reporter)
    assert texts(seen) == [None, "Part 0", "Part 1", "Part 2", "Part 3"]
    assert texts(thread(service, path, two)) == texts(seen)
    for found in (seen, thread(service, path, one)):
        assert not [message for message in found if "problem" in message]


def test_a_message_sealed_by_another_is_shown_as_forged(service: Service) -> None:
    reference, token = service.open_case()
    seals = sealed.handler(service, "handler-1")
    case = sealed.by_handler(service, reference, seals)
    body = sealed.write(case, "Signed by one, sent as the other")
    # It is stored under its sender; what it says of its author is what readers check.
    sent = service.post(f"/cases/{reference}/messages", body, sealed.handler(service, "handler-2"))
    assert sent.status_code == 201
    seen = thread(service, "/case/messages", service.reporter(token))[1]
    assert seen["author"] == f"handler:{service.handlers['handler-2'].id}"
    assert "content" not in seen
    assert seen["problem"]["code"] == "bad_signature"


def grant(service: Service, reference: str) -> None:
    """A new epoch for the same readers, stored as a later issue's call will store it."""
    bearer = sealed.handler(service)
    case = sealed.by_handler(service, reference, bearer)
    newest = case.grant(case.records[epochs.MESSAGES][-1].readers)
    service.database.write(lambda db: opening.store_epoch(db, case.case_id, newest))
    assert REPORTER in newest.readers


def test_a_message_for_the_epoch_before_is_refused(service: Service) -> None:
    reference, token = sealed.open_case(service)
    path, handler = f"/cases/{reference}/messages", sealed.handler(service)
    reporter = sealed.reporter(service, token)
    sent = sealed.write(sealed.by_handler(service, reference, handler), "Sent before")
    late = sealed.write(sealed.by_handler(service, reference, handler), "Sent too late", 2)
    mine = sealed.write(sealed.by_reporter(service, token, reporter), "Too late too", 2)
    first = service.post(path, sent, handler)
    grant(service, reference)
    for to, body, bearer in ((path, late, handler), ("/case/messages", mine, reporter)):
        told = refused(service, "POST", to, body, bearer, status=409, code="epoch_changed")
        assert "seal the message again" in told["detail"]
    again = service.post(path, sent, handler)
    assert (again.status_code, again.data) == (200, first.data)
    anew = sealed.write(sealed.by_handler(service, reference, handler), "Sealed again", 2)
    assert service.post(path, anew, handler).status_code == 201
    seen = thread(service, "/case/messages", service.reporter(token))
    assert texts(seen) == [None, "Sent before", "Sealed again"]
    assert service.post(path, text("By a readable call"), service.handler()).status_code == 201


def test_bad_fields_are_named(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    path, bearer = f"/cases/{reference}/messages", service.handler()
    for what, (body, name) in {
        "too long": (text("x" * 25_000), "content"),
        "lone surrogate": (text(f"{MARK}\ud800"), "content"),
        "control character": (text(f"{MARK}\x00"), "content"),
        "urgent is the reporter's": (text(urgent=True), "_unknown"),
        "unknown field": (text() | {MARK: 1}, "_unknown"),
        "id a number": (text() | {"id": 7}, "id"),
        "neither form": ({"id": str(uuid4())}, "content"),
    }.items():
        with subtests.test(what):
            told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
            assert set(told["errors"]) == {name}


def test_an_envelope_for_another_case(service: Service) -> None:
    (one, _), (two, _) = sealed.open_case(service), sealed.open_case(service)
    bearer = sealed.handler(service)
    body = sealed.write(sealed.by_handler(service, two, bearer))
    path = f"/cases/{one}/messages"
    refused(service, "POST", path, body, bearer, status=422, code="wrong_key")
    short = body | {"sealed": {"envelope": body["sealed"]["envelope"][:80]}}
    refused(service, "POST", path, short, bearer, status=422, code="invalid")
    assert len(unb64(body["sealed"]["envelope"])) == 4096 + 58


def test_a_case_that_is_not_there(service: Service) -> None:
    bearer = service.handler()
    for reference in (UNKNOWN, MARK, "%00", str(uuid4())):
        path = f"/cases/{reference}/messages"
        refused(service, "POST", path, text(), bearer, status=404, code="not_found")
        refused(service, "GET", path, bearer=bearer, status=404, code="not_found")


def test_a_reporters_bearer_is_not_taken(service: Service) -> None:
    reference, token = service.open_case()
    path, bearer = f"/cases/{reference}/messages", service.reporter(token)
    refused(service, "GET", path, bearer=bearer, status=401, code="sign_in")
    refused(service, "POST", path, text(), bearer, status=401, code="sign_in")


def test_a_session_that_seals_sends_no_content(service: Service) -> None:
    reference, _ = service.open_case()
    path, bearer = f"/cases/{reference}/messages", sealed.handler(service)
    refused(service, "POST", path, text(), bearer, status=403, code="not_allowed")
