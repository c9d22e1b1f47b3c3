"""One's own sessions: listed by day, ended one by one; others' are not there."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from sqlalchemy import select

from api.models.account import SignedIn
from shared.sealing.encoding import b64, sha256, unb64
from tests.api.checks import check_problem, nothing_stored, refused
from tests.api.newcomers import DAY, audited
from tests.service import Service


def listed(service: Service, bearer: str) -> list[dict[str, object]]:
    answer = service.get("/sessions", bearer)
    assert answer.status_code == 200
    assert answer.get_json()["next"] is None
    return list(answer.get_json()["items"])


def test_it_works(service: Service) -> None:
    one, two = service.handler(), service.handler()
    service.handler("handler-2")
    _, token = service.open_case()
    service.reporter(token)
    found = listed(service, one)
    today = datetime.fromtimestamp(service.clock.now, UTC).date().isoformat()
    assert [set(item) for item in found] == [{"id", "began_on", "this"}] * 2
    assert {item["began_on"] for item in found} == {today}
    assert sorted(item["this"] for item in found) == [False, True]  # type: ignore[type-var]
    other = next(item["id"] for item in found if not item["this"])
    answer = service.call("DELETE", f"/sessions/{other}", bearer=one)
    assert (answer.status_code, answer.data) == (204, b"")
    refused(service, "GET", "/sessions", bearer=two, status=401, code="sign_in")
    assert [item["this"] for item in listed(service, one)] == [True]
    assert audited(service)[-1] == ("session_ended", service.handlers["handler-1"].id, {})


def test_the_one_that_asks(service: Service) -> None:
    bearer = service.handler()
    [item] = listed(service, bearer)
    assert service.call("DELETE", f"/sessions/{item['id']}", bearer=bearer).status_code == 204
    refused(service, "GET", "/sessions", bearer=bearer, status=401, code="sign_in")


def test_others_are_not_there(service: Service) -> None:
    for name in ("handler-1", "handler-3", "handler-5", "administrator-1"):
        bearer = service.handler("handler-2")
        theirs = listed(service, service.handler(name))[0]["id"]
        path = f"/sessions/{theirs}"
        refused(service, "DELETE", path, bearer=bearer, status=404, code="not_found")
    _, token = service.open_case()
    reporter = service.reporter(token)
    short = sha256(sha256(unb64(reporter.removeprefix("wr_")))).hex()[:16]
    path = f"/sessions/{short}"
    refused(service, "DELETE", path, bearer=service.handler(), status=404, code="not_found")
    for path in ("/sessions/0000000000000000", "/sessions/x", f"/sessions/{'f' * 300}"):
        refused(service, "DELETE", path, bearer=service.handler(), status=404, code="not_found")


def test_old_ones_are_not_listed(service: Service) -> None:
    service.handler()
    service.clock.now += DAY
    bearer = service.handler()
    assert len(listed(service, bearer)) == 2
    service.clock.now += DAY
    assert len(listed(service, service.handler())) == 2


def test_an_id_opens_nothing(service: Service) -> None:
    bearer = service.handler()
    [item] = listed(service, bearer)
    assert str(item["id"]) not in bearer
    refused(service, "GET", "/cases", bearer=f"wa_{item['id']}", status=401, code="sign_in")


def test_a_stolen_table_opens_nothing(service: Service) -> None:
    reference, token = service.open_case()
    service.reporter(token)
    for name in ("handler-1", "administrator-1"):
        service.handler(name)
    with service.database.read() as db:
        rows = db.scalars(select(SignedIn)).all()
    assert len(rows) == 3
    for row in rows:
        parts = [row.hash, row.sealed[:32], row.sealed[-32:], sha256(row.hash), os.urandom(32)]
        for secret in parts:
            for prefix, path in (("wa_", f"/cases/{reference}"), ("wr_", "/case")):
                with nothing_stored(service):
                    answer = service.get(path, prefix + b64(secret))
                check_problem(answer, 401, "sign_in")
