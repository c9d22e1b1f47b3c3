"""What the reporter has read: it counts the unread, and handlers don't see it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.checks import MARK, nothing_stored, refused, text
from tests.service import Service


def prepared(service: Service) -> tuple[str, str]:
    """A case with a report, two replies and an answer: its reference and a bearer."""
    reference, token = service.open_case()
    bearer = service.reporter(token)
    for at in range(2):
        service.post(f"/cases/{reference}/messages", text(f"Reply {at}"), service.handler())
    service.post("/case/messages", text("An answer"), bearer)
    return reference, bearer


def read(service: Service, number: Any, bearer: str) -> Any:
    """How many are unread after reading up to a number."""
    answer = service.post("/case/read", {"number": number}, bearer)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["unread"]


def unread(service: Service, bearer: str) -> Any:
    """How many are unread."""
    return service.get("/case", bearer).get_json()["unread"]


def test_it_works(service: Service) -> None:
    _, bearer = prepared(service)
    assert unread(service, bearer) == 2
    assert read(service, 2, bearer) == unread(service, bearer) == 1
    assert read(service, 4, bearer) == unread(service, bearer) == 0


def test_it_never_goes_back(service: Service) -> None:
    _, bearer = prepared(service)
    assert read(service, 3, bearer) == 0
    with nothing_stored(service):
        assert read(service, 0, bearer) == 0


def test_what_is_not_there_yet_is_not_read(service: Service) -> None:
    reference, bearer = prepared(service)
    assert read(service, 1_000_000, bearer) == 0
    service.post(f"/cases/{reference}/messages", text("A late reply"), service.handler())
    assert unread(service, bearer) == 1


def test_handlers_do_not_see_it(service: Service) -> None:
    reference, bearer = prepared(service)
    paths = ("/cases", f"/cases/{reference}", f"/cases/{reference}/messages")
    handler = service.handler()
    before = [service.get(path, handler).data for path in paths]
    read(service, 4, bearer)
    assert [service.get(path, handler).data for path in paths] == before


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    _, bearer = prepared(service)
    for what, (body, name) in {
        "a string": ({"number": "4"}, "number"),
        "a boolean": ({"number": True}, "number"),
        "a fraction": ({"number": 1.5}, "number"),
        "less than none": ({"number": -1}, "number"),
        "too high": ({"number": 10**12}, "number"),
        "null": ({"number": None}, "number"),
        "nothing": ({}, "number"),
        "unknown": ({"number": 1, MARK: MARK}, "_unknown"),
        "no object": ([MARK], "_schema"),
    }.items():
        with subtests.test(what):
            told = refused(service, "POST", "/case/read", body, bearer, status=422, code="invalid")
            assert name in told["errors"]


def test_a_handlers_bearer_is_not_taken(service: Service) -> None:
    bearer, body = service.handler(), {"number": 1}
    refused(service, "POST", "/case/read", body, bearer, status=401, code="sign_in")
