"""A case's status: changed by its handlers, seen by the reporter."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from sqlalchemy import update

from api.models.case import Case
from api.rules.changing import ALLOWED
from tests.api import sealed
from tests.api.checks import MARK, at_once, nothing_stored, outsiders_refused, refused
from tests.service import Service

STATUSES = ("new", "acknowledged", "in_progress", "awaiting_reporter", "closed")


def change(service: Service, reference: str, status: Any, bearer: str) -> Any:
    """The answer to a change."""
    return service.call("PATCH", f"/cases/{reference}", {"status": status}, bearer)


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    reporter, bearer = service.reporter(token), service.handler()
    assert service.get("/case", reporter).get_json()["status"] == "new"
    for status in ("acknowledged", "in_progress", "awaiting_reporter", "closed", "in_progress"):
        answer = change(service, reference, status, bearer)
        assert answer.status_code == 200
        assert answer.get_json()["status"] == status
        assert answer.get_json() == service.get(f"/cases/{reference}", bearer).get_json()
        assert service.get("/case", reporter).get_json()["status"] == status


def test_outsiders_change_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    outsiders_refused(service, "PATCH", "/cases/{}", reference, {"status": "closed"})


def test_the_same_again_is_no_fault(service: Service) -> None:
    reference, _ = service.open_case()
    bearer = service.handler()
    first = change(service, reference, "acknowledged", bearer)
    with nothing_stored(service):
        again = change(service, reference, "acknowledged", bearer)
    assert (again.status_code, again.data) == (200, first.data)


def test_every_step(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    bearer = service.handler()
    for before, after in product(STATUSES, STATUSES):
        if before == after:
            continue
        with subtests.test(f"{before} to {after}"):
            put = update(Case).where(Case.reference == reference).values(status=before)
            service.database.write(lambda db, put=put: db.execute(put))
            if after in ALLOWED[before]:
                assert change(service, reference, after, bearer).status_code == 200
            else:
                path, body = f"/cases/{reference}", {"status": after}
                refused(service, "PATCH", path, body, bearer, status=409, code="wrong_status")


def test_no_case_becomes_new_again() -> None:
    assert set(ALLOWED) == set(STATUSES)
    assert all("new" not in steps for steps in ALLOWED.values())


def test_two_at_the_same_time(service: Service) -> None:
    reference, _ = service.open_case()
    path = f"/cases/{reference}"
    answers = at_once(
        service,
        [
            ("PATCH", path, {"status": "acknowledged"}, service.handler("handler-1")),
            ("PATCH", path, {"status": "acknowledged"}, service.handler("handler-2")),
        ],
    )
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_session_that_seals_changes_it_too(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    answer = change(service, reference, "closed", sealed.handler(service))
    assert answer.status_code == 200
    assert "content" not in answer.get_json()["report"]


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}"
    for what, (body, name) in {
        "another word": ({"status": MARK}, "status"),
        "a number": ({"status": 1}, "status"),
        "null": ({"status": None}, "status"),
        "a list": ({"status": ["closed"]}, "status"),
        "nothing": ({}, "status"),
        "unknown": ({"status": "closed", MARK: MARK}, "_unknown"),
        "no object": ([MARK], "_schema"),
    }.items():
        with subtests.test(what):
            told = refused(service, "PATCH", path, body, bearer, status=422, code="invalid")
            assert name in told["errors"]


def test_a_reporters_bearer_is_not_taken(service: Service) -> None:
    reference, token = service.open_case()
    bearer, body = service.reporter(token), {"status": "closed"}
    refused(service, "PATCH", f"/cases/{reference}", body, bearer, status=401, code="sign_in")
