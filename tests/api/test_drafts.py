"""Replies not sent yet: sealed for their author alone, one for each case."""

from __future__ import annotations

from typing import Any

import pytest

from shared.sealing.encoding import b64, exact_json
from shared.sealing.keyring import seal_draft
from tests.api import sealed
from tests.api.checks import (
    MARK,
    counts,
    nothing_stored,
    outsiders_refused,
    refused,
    stored,
)
from tests.api.handling import case_row, new_keys
from tests.service import Service


def put(service: Service, reference: str, words: str, name: str = "handler-1") -> Any:
    """The answer to keeping a draft."""
    body = {"content": {"text": words}}
    answer = service.call("PUT", f"/cases/{reference}/draft", body, service.handler(name))
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def draft(service: Service, reference: str, name: str = "handler-1") -> Any:
    """What is kept for this handler."""
    return service.get(f"/cases/{reference}/draft", service.handler(name)).get_json()


NONE = {"sealed": None}


def test_it_works(service: Service) -> None:
    reference, _ = service.open_case()
    assert draft(service, reference) == NONE
    kept = put(service, reference, f"Thank you for {MARK}")
    assert kept == draft(service, reference)
    assert kept["content"] == {"text": f"Thank you for {MARK}"}
    assert MARK not in repr(stored(service))
    # Another handler of the same case gets none, and has their own.
    assert draft(service, reference, "handler-2") == NONE
    put(service, reference, "Theirs", "handler-2")
    assert draft(service, reference)["content"]["text"] == f"Thank you for {MARK}"
    put(service, reference, "In its place")
    assert draft(service, reference)["content"]["text"] == "In its place"
    assert counts(service)["drafts"] == 2
    bearer, path = service.handler(), f"/cases/{reference}/draft"
    assert service.call("DELETE", path, bearer=bearer).status_code == 204
    assert draft(service, reference) == NONE
    assert draft(service, reference, "handler-2")["content"]["text"] == "Theirs"
    with nothing_stored(service):
        assert service.call("DELETE", path, bearer=bearer).status_code == 204


def test_outsiders_keep_none(service: Service) -> None:
    reference, _ = service.open_case()
    body = {"content": {"text": "An invented draft."}}
    outsiders_refused(service, "PUT", "/cases/{}/draft", reference, body)
    outsiders_refused(service, "GET", "/cases/{}/draft", reference)
    outsiders_refused(service, "DELETE", "/cases/{}/draft", reference)


def test_an_empty_one_takes_it_away(service: Service) -> None:
    reference, _ = service.open_case()
    put(service, reference, "An invented draft.")
    assert put(service, reference, " \n ") == NONE
    assert counts(service)["drafts"] == 0


def test_each_case_has_its_own(service: Service) -> None:
    (one, _), (other, _) = (service.open_case() for _ in range(2))
    put(service, one, "Of the one")
    assert draft(service, other) == NONE
    put(service, other, "Of the other")
    assert draft(service, one)["content"]["text"] == "Of the one"


def test_with_new_keys_it_is_shown_as_none(service: Service) -> None:
    reference, _ = service.open_case()
    put(service, reference, "Before the loss", "handler-2")
    new_keys(service, "handler-2")
    assert "content" not in draft(service, reference, "handler-2")
    put(service, reference, "After it", "handler-2")
    assert draft(service, reference, "handler-2")["content"]["text"] == "After it"


def test_sealed(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    who, case = service.handlers["handler-1"], case_row(service, reference)
    text = exact_json({"text": "Sealed by a program"})
    closed = b64(seal_draft(who.keyring, who.id, case.id, text))
    bearer, path = sealed.handler(service), f"/cases/{reference}/draft"
    assert service.get(path, bearer).get_json() == NONE
    answer = service.call("PUT", path, {"sealed": closed}, bearer)
    assert answer.get_json() == service.get(path, bearer).get_json() == {"sealed": closed}
    assert draft(service, reference)["content"]["text"] == "Sealed by a program"
    body = {"content": {"text": "Readable"}}
    refused(service, "PUT", path, body, bearer, status=403, code="not_allowed")
    # Moved to another case, or put in another's place, it opens no more.
    other, _ = sealed.open_case(service)
    service.call("PUT", f"/cases/{other}/draft", {"sealed": closed}, bearer)
    assert "content" not in draft(service, other)
    two = sealed.handler(service, "handler-2")
    service.call("PUT", path, {"sealed": closed}, two)
    assert "content" not in draft(service, reference, "handler-2")


def test_what_a_program_sealed_badly(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    who, case = service.handlers["handler-1"], case_row(service, reference)
    bearer, path = sealed.handler(service), f"/cases/{reference}/draft"
    for text in (b"no object", b"[]", b"{}", b'{"text": 7}', b"\xff\xfe"):
        closed = b64(seal_draft(who.keyring, who.id, case.id, text))
        assert service.call("PUT", path, {"sealed": closed}, bearer).status_code == 200
        assert service.get(path, service.handler()).status_code == 200


def test_it_goes_with_the_case(service: Service) -> None:
    reference, token = service.open_case()
    put(service, reference, "An invented draft.")
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    assert counts(service)["drafts"] == 0


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}/draft"
    for what, (body, name) in {
        "nothing": ({}, "content"),
        "both": ({"content": {"text": "x"}, "sealed": b64(bytes(40))}, "content"),
        "too long": ({"content": {"text": "x" * 20_001}}, "content"),
        "a control character": ({"content": {"text": f"{MARK}\0"}}, "content"),
        "no text": ({"content": {}}, "content"),
        "too short to be sealed": ({"sealed": b64(bytes(27))}, "sealed"),
        "sealed, too long": ({"sealed": b64(bytes(200_001))}, "sealed"),
        "no base64": ({"sealed": MARK + "=="}, "sealed"),
        "unknown": ({"content": {"text": "x"}, MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            told = refused(service, "PUT", path, body, bearer, status=422, code="invalid")
            assert name in told["errors"]
