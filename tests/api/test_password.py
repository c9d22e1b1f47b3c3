"""A new password: by the present one and a code; keys, authenticator and words stay."""

from __future__ import annotations

from typing import Any

import pytest

from api.config import ACCOUNT_SESSION
from api.rules import sessions, stretching
from tests.api.checks import at_once, check_problem, nothing_stored, refused
from tests.api.newcomers import (
    TRIES,
    account,
    as_shown,
    audited,
    no_luck,
    sign_in,
    signing_in,
)
from tests.service import Service


def body(service: Service, **fields: str) -> dict[str, Any]:
    """What handler-1 sends now."""
    who = service.handlers["handler-1"]
    return {"password": who.password, "code": service.code()} | fields


def test_it_works(service: Service) -> None:
    reference, _ = service.open_case()
    before, bearer, other = account(service, "handler-1"), service.handler(), service.handler()
    answer = service.post("/password", body(service), bearer)
    assert answer.status_code == 201
    assert set(answer.get_json()) == {"password"}
    password = answer.get_json()["password"]
    assert len(password.split()) == 6
    after = account(service, "handler-1")
    assert before is not None
    assert after is not None
    for name in ("seal_key", "sign_key", "recovery_seed"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.salt != before.salt
    assert audited(service)[-1] == ("password_changed", before.id, {})
    assert service.get("/account", bearer).status_code == 200, "this session goes on"
    refused(service, "GET", "/account", bearer=other, status=401, code="sign_in")

    shown = as_shown(service, "handler-1")
    old = signing_in(service, shown)
    check_problem(service.post("/sign-in", old), 401, "wrong_sign_in")
    bearer = sign_in(service, shown | {"password": password})
    seen = service.get(f"/cases/{reference}", bearer).get_json()
    assert seen["report"]["content"]["story"] == "An invented story about a group chat."


def test_the_recovery_words_stay(service: Service) -> None:
    assert service.post("/password", body(service), service.handler()).status_code == 201
    sent = {"username": "handler-1", "recovery": service.handlers["handler-1"].recovery}
    assert service.post("/recovery", sent).status_code == 201


def test_again_until_the_words_please(service: Service) -> None:
    bearer, sent = service.handler(), body(service)
    first = service.post("/password", sent, bearer).get_json()["password"]
    # The code was used: it counts as such under the new password too.
    again = body(service, password=first)
    check_problem(service.post("/password", again, bearer), 401, "wrong_sign_in")
    service.clock.now += 30
    second = service.post("/password", body(service, password=first), bearer)
    assert second.status_code == 201
    assert second.get_json()["password"] != first


def test_twice_at_once(service: Service) -> None:
    call = ("POST", "/password", body(service), service.handler())
    assert sorted(one.status_code for one in at_once(service, [call] * 2)) == [201, 401]


def test_wrong(service: Service) -> None:
    bearer, other = service.handler(), service.handlers["handler-2"]
    for wrong in (
        {"password": other.password},
        {"password": ""},
        {"code": service.code("handler-2")},
        {"code": service.code(at=service.clock.now - 60)},
    ):
        answer = service.post("/password", body(service, **wrong), bearer)
        check_problem(answer, 401, "wrong_sign_in")
    right = signing_in(service, as_shown(service, "handler-1"))
    assert service.post("/sign-in", right).status_code == 201, "the old password stays"


def test_fields_that_do_not_fit(service: Service) -> None:
    bearer = service.handler()
    for name, value in (("code", "12345"), ("password", "x" * 401), ("username", "handler-1")):
        sent = body(service) | {name: value}
        told = refused(service, "POST", "/password", sent, bearer, status=422, code="invalid")
        assert set(told["errors"]) == {"_unknown" if name == "username" else name}


def test_a_session_that_can_not_open(service: Service) -> None:
    who = service.handlers["handler-1"].id
    bearer = service.database.write(
        lambda db: sessions.start(db, "account", who, ACCOUNT_SESSION)
    )["session"]
    sent = body(service)
    refused(service, "POST", "/password", sent, bearer, status=403, code="not_allowed")


def test_strangers_do_not_delay_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    bearer, real = service.handler(), stretching.password
    monkeypatch.setattr(stretching, "password", lambda _text, _salt: bytes(32))
    wrong = signing_in(service, as_shown(service, "handler-1"), password="wrong")
    no_luck(monkeypatch)
    for _ in range(TRIES):
        service.post("/sign-in", wrong)
    check_problem(service.post("/sign-in", wrong), 429, "slow_down")
    for _ in range(TRIES):
        check_problem(service.post("/password", body(service), bearer), 401, "wrong_sign_in")
    with nothing_stored(service):
        check_problem(service.post("/password", body(service), bearer), 429, "slow_down")
    monkeypatch.setattr(stretching, "password", real)
    service.clock.now += 1
    assert service.post("/password", body(service), bearer).status_code == 201
