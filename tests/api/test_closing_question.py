"""The closing question: asked when a case is closed, answered once, counted at the release."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.api import clients, sealed
from tests.api.checks import MARK, at_once, check_problem, nothing_stored, refused
from tests.api.handling import acts, at, by_hours, change, tally
from tests.service import Service

PATH = "/case/feedback"


def answering(answer: str = "yes", comment: str = "It helped, invented.") -> dict[str, Any]:
    """A readable answer."""
    return {"id": str(uuid4()), "answer": answer, "content": {"comment": comment}}


def closed(service: Service, **more: Any) -> tuple[str, str]:
    """A case that was closed: its reference and token."""
    reference, token = service.open_case(**more)
    change(service, reference, status="closed")
    return reference, token


def answers(service: Service) -> dict[str, int]:
    """What is counted of answers."""
    return {value: count for (field, value), count in tally(service).items()
            if field == "speak_up_again"}  # fmt: skip


@pytest.mark.parametrize("answer", ["yes", "no", "maybe", "dont_know"])
def test_it_works(service: Service, answer: str) -> None:
    reference, token = closed(service)
    bearer = service.reporter(token)
    assert service.get("/case", bearer).get_json()["answered"] is False
    stored = service.post(PATH, answering(answer), bearer)
    assert stored.status_code == 201, stored.text
    assert stored.get_json()["number"] == 2
    assert service.get("/case", bearer).get_json()["answered"] is True
    assert answers(service) == {answer: 1}
    shown = service.get(f"/cases/{reference}/messages", service.handler()).get_json()["items"]
    content = shown[-1]["content"]
    assert (content["type"], content["answer"]) == ("feedback", answer)
    assert content["comment"] == "It helped, invented."
    assert "problem" not in shown[-1]
    # It is the reporter's act: no entry of the audit tells of it.
    assert [act for act, _ in acts(service, reference)] == ["case_changed"]


def test_only_when_it_is_closed(service: Service) -> None:
    reference, token = service.open_case()
    bearer = service.reporter(token)
    for status in (None, "acknowledged", "in_progress", "awaiting_reporter"):
        if status:
            change(service, reference, status=status)
        refused(service, "POST", PATH, answering(), bearer, status=409, code="wrong_status")
    assert answers(service) == {}


def test_only_once(service: Service) -> None:
    reference, token = closed(service)
    bearer, body = service.reporter(token), answering()
    first = service.post(PATH, body, bearer)
    with nothing_stored(service):
        again = service.post(PATH, body, bearer)
    assert (again.status_code, again.data) == (200, first.data)
    refused(service, "POST", PATH, answering("no"), bearer, status=409, code="conflict")
    other = body | {"answer": "no"}
    refused(service, "POST", PATH, other, bearer, status=409, code="conflict")
    # A repeat is known when the case has been opened again, too.
    change(service, reference, status="in_progress")
    assert service.post(PATH, body, bearer).status_code == 200
    refused(service, "POST", PATH, answering("no"), bearer, status=409, code="wrong_status")
    change(service, reference, status="closed")
    refused(service, "POST", PATH, answering("no"), bearer, status=409, code="conflict")
    assert answers(service) == {"yes": 1}


def test_two_at_the_same_time(service: Service) -> None:
    _, token = closed(service)
    bearer = service.reporter(token)
    calls = [("POST", PATH, answering(answer), bearer) for answer in ("yes", "no")]
    assert sorted(one.status_code for one in at_once(service, calls)) == [201, 409]
    assert sum(answers(service).values()) == 1


def test_by_hours_it_counts_at_the_release(service: Service) -> None:
    by_hours(service)
    reference, token = closed(service, urgent=True)
    assert service.post(PATH, answering(), service.reporter(token)).status_code == 201
    path = f"/cases/{reference}/messages"
    assert len(service.get(path, service.handler()).get_json()["items"]) == 1
    assert answers(service) == {}
    at(service, "2026-01-15 12:59:59")
    service.get("/cases", service.handler())
    assert answers(service) == {}
    at(service, "2026-01-15 13:00")
    assert len(service.get(path, service.handler()).get_json()["items"]) == 2
    assert answers(service) == {"yes": 1}
    service.get("/cases", service.handler())
    assert answers(service) == {"yes": 1}


def test_sealed(service: Service) -> None:
    reference, token = sealed.open_case(service)
    change(service, reference, sealed.handler(service), status="closed")
    mine = clients.reporter(service, token)
    mine.send(mine.answer_closing("maybe", "Sealed, invented."))
    assert answers(service) == {"maybe": 1}
    shown = service.get(f"/cases/{reference}/messages", service.handler()).get_json()["items"]
    assert shown[-1]["content"]["comment"] == "Sealed, invented."
    bearer = sealed.reporter(service, token)
    refused(service, "POST", PATH, answering(), bearer, status=409, code="conflict")
    other, token = sealed.open_case(service)
    change(service, other, status="closed")
    bearer = sealed.reporter(service, token)
    refused(service, "POST", PATH, answering(), bearer, status=403, code="not_allowed")


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    _, token = closed(service)
    bearer = service.reporter(token)
    for what, (body, name) in {
        "no answer": (answering() | {"answer": None}, "answer"),
        "another answer": (answering(MARK), "answer"),
        "the answer in capitals": (answering("YES"), "answer"),
        "true": (answering() | {"answer": True}, "answer"),
        "a comment too long": (answering(comment="c" * 2001), "content"),
        "a control character": (answering(comment=f"{MARK}\0"), "content"),
        "no form": ({"id": str(uuid4()), "answer": "yes"}, "content"),
        "unknown": (answering() | {MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            with nothing_stored(service):
                told = check_problem(service.post(PATH, body, bearer), 422, "invalid")
            assert name in told["errors"]
    assert service.post(PATH, answering(comment=""), bearer).status_code == 201


def test_a_handlers_bearer_is_not_taken(service: Service) -> None:
    check_problem(service.post(PATH, answering(), service.handler()), 401, "sign_in")
