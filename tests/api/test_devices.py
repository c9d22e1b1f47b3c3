"""Device tokens: a stranger who floods a name can't delay who has signed in here before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, select

from api.models.account import Membership, Position, Throttle
from api.rules import stretching, throttling
from shared.sealing.encoding import b64, unb64
from tests.api.checks import MARK, check_problem, nothing_stored, refused
from tests.api.newcomers import TRIES, as_shown, no_luck, signing_in
from tests.service import Service


def device_of(service: Service, username: str = "handler-1") -> str:
    """The device token of a right sign-in; the next code is a new one."""
    answer = service.post("/sign-in", signing_in(service, as_shown(service, username)))
    service.clock.now += 30
    return str(answer.get_json()["device"])


@contextmanager
def no_stretching(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every password is wrong, and costs nothing: the stretching is not what is looked at."""
    with monkeypatch.context() as patch:
        patch.setattr(stretching, "password", lambda _text, _salt: bytes(32))
        yield


def flood(service: Service, monkeypatch: pytest.MonkeyPatch, device: str | None = None) -> None:
    """So many wrong sign-ins for handler-1 that the next waits; ten make a token worthless."""
    more = {"device": device} if device else {}
    no_luck(monkeypatch)
    with no_stretching(monkeypatch):
        for _ in range(throttling.DEVICE_TRIES if device else TRIES):
            sent = signing_in(service, as_shown(service, "handler-1"), **more)
            check_problem(service.post("/sign-in", sent), 401, "wrong_sign_in")


def test_it_works(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    device = device_of(service)
    flood(service, monkeypatch)
    sent = signing_in(service, as_shown(service, "handler-1"))
    refused(service, "POST", "/sign-in", sent, status=429, code="slow_down")
    answer = service.post("/sign-in", sent | {"device": device})
    assert answer.status_code == 201
    assert answer.get_json()["device"] != device
    # The strangers wait on.
    refused(service, "POST", "/sign-in", sent, status=429, code="slow_down")


def test_each_device_is_counted_by_itself(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = device_of(service), device_of(service)
    flood(service, monkeypatch, one)
    sent = signing_in(service, as_shown(service, "handler-1"))
    with no_stretching(monkeypatch):
        # The tenth wrong try made it worthless: it counts as no token, for the name.
        check_problem(service.post("/sign-in", sent | {"device": one}), 401, "wrong_sign_in")
    with service.database.read() as db:
        found = sorted(one.failures for one in db.scalars(select(Throttle)))
    assert found == [1, 10]
    assert service.post("/sign-in", sent | {"device": two}).status_code == 201


def test_a_worthless_one_waits_with_the_strangers(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = device_of(service)
    flood(service, monkeypatch, device)
    flood(service, monkeypatch)
    sent = signing_in(service, as_shown(service, "handler-1"), device=device)
    refused(service, "POST", "/sign-in", sent, status=429, code="slow_down")
    service.clock.now += 1
    sent = signing_in(service, as_shown(service, "handler-1"), device=device)
    fresh = service.post("/sign-in", sent).get_json()["device"]
    service.clock.now += 30
    flood(service, monkeypatch)
    sent = signing_in(service, as_shown(service, "handler-1"), device=fresh)
    assert service.post("/sign-in", sent).status_code == 201


def test_a_right_sign_in_forgets_the_wrong_ones(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = device_of(service)
    sent = signing_in(service, as_shown(service, "handler-1"), device=device)
    with no_stretching(monkeypatch):
        for _ in range(9):
            check_problem(service.post("/sign-in", sent), 401, "wrong_sign_in")
    assert service.post("/sign-in", sent).status_code == 201
    with service.database.read() as db:
        assert db.scalars(select(Throttle)).all() == []


def test_tokens_that_are_none(
    service: Service, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    right, others = device_of(service), device_of(service, "handler-2")
    flood(service, monkeypatch)
    raw = unb64(right)
    for what, given in {
        "somebody else's": others,
        "a bit": b64(raw[:-1] + bytes([raw[-1] ^ 1])),
        "another nonce": b64(os.urandom(16) + raw[16:]),
        "cut": b64(raw[:16]),
        "longer": b64(raw + b"x"),
        "random": b64(os.urandom(48)),
        "empty": "",
        "a mark": MARK,
    }.items():
        with subtests.test(what):
            sent = signing_in(service, as_shown(service, "handler-1"), device=given)
            refused(service, "POST", "/sign-in", sent, status=429, code="slow_down")
    sent = signing_in(service, as_shown(service, "handler-1"), device=right)
    assert service.post("/sign-in", sent).status_code == 201


def test_fields_that_do_not_fit(service: Service) -> None:
    for given in (7, None, [MARK], "x" * 101):
        sent = signing_in(service, as_shown(service, "handler-1"), device=given)
        told = refused(service, "POST", "/sign-in", sent, status=422, code="invalid")
        assert set(told["errors"]) == {"device"}


def test_an_unknown_name_with_a_token(service: Service) -> None:
    device = device_of(service)
    sent = signing_in(service, as_shown(service, "handler-1"))
    known = service.post("/sign-in", sent | {"password": "wrong", "device": device})
    unknown = service.post("/sign-in", sent | {"username": "nobody-here", "device": device})
    assert known.data == unknown.data
    check_problem(unknown, 401, "wrong_sign_in")


def test_who_belongs_nowhere_any_more(service: Service) -> None:
    who = service.handlers["handler-2"]
    service.database.write(
        lambda db: [
            db.execute(delete(table).where(table.account_id == who.id))
            for table in (Membership, Position)
        ]
    )
    right = signing_in(service, as_shown(service, "handler-2"))
    answer = service.post("/sign-in", right)
    check_problem(answer, 401, "wrong_sign_in")
    wrong = service.post("/sign-in", right | {"password": "wrong"})
    assert answer.data == wrong.data
    sent = {"username": "handler-2", "recovery": who.recovery}
    check_problem(service.post("/recovery", sent), 401, "wrong_sign_in")


def test_the_token_is_not_in_the_database(service: Service) -> None:
    device = device_of(service)
    with nothing_stored(service), service.database.read() as db:
        for table in ("throttles", "sessions", "accounts"):
            rows = db.connection().exec_driver_sql(f"SELECT * FROM {table}").all()
            assert device not in repr(rows)
