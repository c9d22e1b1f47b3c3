"""Signing out: the session is gone, for reporters and handlers."""

from __future__ import annotations

from sqlalchemy import select

from api.models.account import SignedIn
from tests.api.checks import refused
from tests.service import Service


def test_it_works(service: Service) -> None:
    _, token = service.open_case()
    for bearer, path in ((service.reporter(token), "/case"), (service.handler(), "/cases")):
        assert service.get(path, bearer).status_code == 200
        answer = service.call("DELETE", "/session", bearer=bearer)
        assert (answer.status_code, answer.data) == (204, b"")
        refused(service, "GET", path, bearer=bearer, status=401, code="sign_in")
        refused(service, "DELETE", "/session", bearer=bearer, status=401, code="sign_in")
    with service.database.read() as db:
        assert db.scalars(select(SignedIn)).all() == []


def test_others_stay_signed_in(service: Service) -> None:
    _, token = service.open_case()
    one, two = service.reporter(token), service.reporter(token)
    handler = service.handler()
    service.call("DELETE", "/session", bearer=one)
    assert service.get("/case", two).status_code == 200
    assert service.get("/cases", handler).status_code == 200


def test_without_a_session(service: Service) -> None:
    refused(service, "DELETE", "/session", status=401, code="sign_in")
