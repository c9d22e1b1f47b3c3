"""Bodies that can't be read: not JSON, not said to be JSON, or too big to read at all."""

from __future__ import annotations

import io
import json

import pytest

from api.config import MAX_BODY
from tests.api.checks import MARK, check_problem, nothing_stored, snapshot
from tests.service import Service

JSON = "application/json"


def targets(service: Service) -> list[tuple[str, str, str | None]]:
    """Every call that takes a body, with a bearer that it takes."""
    reference, token = service.open_case()
    reporter, handler = service.reporter(token), service.handler()
    return [
        ("POST", "/organisations/eeast/cases", None),
        ("POST", "/sessions", None),
        ("POST", "/sign-in", None),
        ("POST", "/case/messages", reporter),
        ("POST", "/case/read", reporter),
        ("PATCH", f"/cases/{reference}", handler),
        ("POST", f"/cases/{reference}/messages", handler),
        ("POST", "/organisations/eeast/roster", handler),
    ]


def test_it_works(service: Service) -> None:
    body, _ = service.report()
    spaced = b" \n\t" + json.dumps(body, indent=4).encode() + b"\n"
    for data, kind in ((spaced, JSON), (spaced, "Application/JSON; charset=utf-8")):
        answer = service.http.post(
            "/api/v1/organisations/eeast/cases", data=data, content_type=kind
        )
        assert answer.status_code in (200, 201)


NOT_JSON = {
    "nothing": b"",
    "words": MARK.encode(),
    "cut short": b'{"token": "' + MARK.encode(),
    "two values": b"{} {}",
    "a comma too many": b'{"token": "x",}',
    "a form": f"token={MARK}".encode(),
    "single quotes": b"{'token': 'x'}",
    "not UTF-8": b'{"token": "\xff\xfe"}',
    "Latin-1": f'{{"token": "{MARK} \xe9"}}'.encode("latin-1"),
    "UTF-16": json.dumps({"token": MARK}).encode("utf-16"),
    "a raw half character": b'{"token": "\xed\xa0\xbd"}',
    "a raw line break in a string": b'{"token": "a\nb"}',
    "very deep": b'{"token": ' + b"[" * 100_000,
    "a very long number": b'{"number": ' + b"9" * 10_000 + b"}",
}


def test_what_is_not_json(service: Service, subtests: pytest.Subtests) -> None:
    for method, path, bearer in targets(service):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        before = snapshot(service)
        for what, data in NOT_JSON.items():
            with subtests.test(f"{path}: {what}"):
                answer = service.http.open(
                    f"/api/v1{path}",
                    method=method,
                    data=data,
                    content_type=JSON,
                    headers=headers,
                )
                told = check_problem(answer, 400, "bad_request")
                assert told["detail"] == "Send JSON in UTF-8."
        assert snapshot(service) == before


def test_what_is_not_said_to_be_json(service: Service, subtests: pytest.Subtests) -> None:
    for method, path, bearer in targets(service):
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        before = snapshot(service)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                     "application/json-seq", "text/json", MARK, None):  # fmt: skip
            with subtests.test(f"{path}: {kind}"):
                answer = service.http.open(
                    f"/api/v1{path}",
                    method=method,
                    data=json.dumps({"token": MARK}).encode(),
                    content_type=kind,
                    headers=headers,
                )
                told = check_problem(answer, 415, "wrong_type")
                assert "application/json" in told["detail"]
        assert snapshot(service) == before


class Flow(io.RawIOBase):
    """A body without end that counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Gives spaces, as many as are asked for."""
        self.taken += len(buffer)
        assert self.taken < 4 * MAX_BODY, "it is read on and on"
        buffer[:] = b" " * len(buffer)
        return len(buffer)


def test_too_big_by_its_own_word_is_not_read(service: Service) -> None:
    for method, path, bearer in targets(service):
        flow = Flow()
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        with nothing_stored(service):
            answer = service.http.open(
                f"/api/v1{path}",
                method=method,
                content_type=JSON,
                headers=headers,
                environ_overrides={"wsgi.input": flow, "CONTENT_LENGTH": str(MAX_BODY + 1)},
            )
        told = check_problem(answer, 413, "too_large")
        assert "Nothing was stored" in told["detail"]
        assert flow.taken == 0


def test_too_big_without_a_word_is_not_read_whole(service: Service) -> None:
    for method, path, bearer in targets(service):
        flow = Flow()
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        with nothing_stored(service):
            answer = service.http.open(
                f"/api/v1{path}",
                method=method,
                content_type=JSON,
                headers={**headers, "Transfer-Encoding": "chunked"},
                environ_overrides={"wsgi.input": flow, "wsgi.input_terminated": True},
            )
        check_problem(answer, 413, "too_large")
        assert MAX_BODY // 2 < flow.taken <= MAX_BODY + 128 * 1024


def test_a_body_that_does_not_tell_its_length(service: Service) -> None:
    body, _ = service.report()
    data = json.dumps(body).encode()
    for sent, status in ((data, 201), (data + b" " * MAX_BODY, 413)):
        answer = service.http.post(
            "/api/v1/organisations/eeast/cases",
            content_type=JSON,
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input": io.BytesIO(sent), "wsgi.input_terminated": True},
        )
        assert answer.status_code == status, answer.text


def test_as_big_as_allowed(service: Service) -> None:
    body, _ = service.report()
    data = json.dumps(body).encode()
    padded = data + b" " * (MAX_BODY - len(data))
    path = "/api/v1/organisations/eeast/cases"
    assert service.http.post(path, data=padded, content_type=JSON).status_code == 201
    answer = service.http.post(path, data=padded + b" ", content_type=JSON)
    check_problem(answer, 413, "too_large")


def test_who_is_not_signed_in_is_told_that_first(service: Service) -> None:
    answer = service.http.post(
        "/api/v1/case/messages", data=MARK.encode(), content_type="text/plain"
    )
    check_problem(answer, 401, "sign_in")
