"""Handlers signing in with password and a code that works once."""

from __future__ import annotations

from typing import Any

import pytest

from api.rules import stretching
from shared.schemas.base import read
from shared.schemas.sessions import AccountSession
from shared.sealing import stretch
from shared.sealing.keyring import PASSWORD, Keyring, unlock
from tests.api.checks import MARK, at_once, check_problem, nothing_stored, refused
from tests.api.newcomers import TRIES, no_luck
from tests.service import Service


def body(service: Service, handler: str = "handler-1", **fields: Any) -> dict[str, Any]:
    """What this handler sends now."""
    who = service.handlers[handler]
    right = {"username": handler, "password": who.password, "code": service.code(handler)}
    return right | fields


def test_it_works(service: Service) -> None:
    reference, _ = service.open_case()
    answer = service.post("/sign-in", body(service))
    assert answer.status_code == 201
    found = answer.get_json()
    assert set(found) == {"session", "expires_in", "can_open", "keyring", "device"}
    assert (found["expires_in"], found["can_open"]) == (8 * 3600, True)
    seen = service.get(f"/cases/{reference}", found["session"]).get_json()
    assert seen["report"]["content"]["story"] == "An invented story about a group chat."


def test_the_keyring_opens_at_the_client(service: Service) -> None:
    who = service.handlers["handler-2"]
    answer = service.post("/sign-in", body(service, "handler-2")).get_json()
    keys = read(AccountSession(), answer)["keyring"]
    assert keys["handler_id"] == who.id
    stretched = stretch.stretch(who.password.encode(), keys["salt"], stretch.PASSWORD)
    seed = unlock(stretched, PASSWORD, who.id, keys["sealed_seed"])
    assert Keyring.from_seed(seed).seal_key == who.keyring.seal_key


def wrong(service: Service, sent: dict[str, Any]) -> bytes:
    """The body of the answer to a sign-in that does not work."""
    answer = service.post("/sign-in", sent)
    check_problem(answer, 401, "wrong_sign_in")
    assert sent["username"] not in answer.text
    return answer.data


def test_anything_wrong_gets_one_answer(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    stretched: list[bytes] = []
    real = stretching.password

    def count(text: str, salt: bytes) -> bytes:
        stretched.append(salt)
        return real(text, salt)

    monkeypatch.setattr(stretching, "password", count)
    other = service.handlers["handler-2"]
    answers = {
        wrong(service, body(service, username="nobody-here")),
        wrong(service, body(service, username="HANDLER-1")),
        wrong(service, body(service, password="six invented words that are wrong")),
        wrong(service, body(service, password=other.password)),
        wrong(service, body(service, code=service.code("handler-2"))),
        wrong(service, body(service, password="")),
    }
    assert len(answers) == 1
    assert len(stretched) == 6, "an unknown name costs what a known one costs"
    assert service.post("/sign-in", body(service)).status_code == 201


def test_an_unknown_name_keeps_its_salt(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    salts: list[bytes] = []
    monkeypatch.setattr(
        stretching, "password", lambda _text, salt: salts.append(salt) or bytes(32)
    )
    for name in ("nobody-here", "nobody-here", "nobody-there"):
        wrong(service, body(service, username=name))
    assert salts[0] == salts[1] != salts[2]
    assert {len(salt) for salt in salts} == {16}


def test_a_code_works_once(service: Service) -> None:
    sent = body(service)
    assert service.post("/sign-in", sent).status_code == 201
    told = check_problem(service.post("/sign-in", sent), 401, "wrong_sign_in")
    assert "used before" in told["detail"]
    service.clock.now += 30
    assert service.post("/sign-in", body(service)).status_code == 201


def test_a_code_works_once_also_at_the_same_time(service: Service) -> None:
    answers = at_once(service, [("POST", "/sign-in", body(service), None)] * 2)
    assert sorted(answer.status_code for answer in answers) == [201, 401]


def test_a_clock_a_step_off(service: Service) -> None:
    for seconds, status in ((-60, 401), (60, 401), (-30, 201), (0, 201), (30, 201), (0, 401)):
        code = service.code(at=service.clock.now + seconds)
        answer = service.post("/sign-in", body(service, code=code))
        assert answer.status_code == status, seconds


def test_a_wrong_password_does_not_use_the_code_up(service: Service) -> None:
    wrong(service, body(service, password="six invented words that are wrong"))
    assert service.post("/sign-in", body(service)).status_code == 201


def test_many_tries_wait_but_nobody_is_locked_out(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stretching is not what is looked at here, and it is slow.
    real = stretching.password
    no_luck(monkeypatch)
    monkeypatch.setattr(stretching, "password", lambda _text, _salt: bytes(32))
    for name in ("handler-1", "nobody-here"):
        for _ in range(TRIES):
            wrong(service, body(service, username=name))
        sent = body(service, username=name)
        told = refused(service, "POST", "/sign-in", sent, status=429, code="slow_down")
        assert "seconds" in told["detail"]
    waiting = service.post("/sign-in", body(service))
    assert waiting.headers["Retry-After"] == "1"
    # Another's sign-in is not slowed down.
    monkeypatch.setattr(stretching, "password", real)
    assert service.post("/sign-in", body(service, "handler-2")).status_code == 201
    service.clock.now += 1
    assert service.post("/sign-in", body(service)).status_code == 201
    service.clock.now += 30
    wrong(service, body(service, password="six invented words that are wrong"))
    assert service.post("/sign-in", body(service)).status_code == 201


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    for what, (name, value) in {
        "code of five": ("code", "12345"),
        "code of seven": ("code", "1234567"),
        "code in words": ("code", MARK),
        "code in other digits": ("code", "\u0661\u0662\u0663\u0664\u0665\u0666"),
        "code a number": ("code", 123456),
        "code null": ("code", None),
        "password a number": ("password", 12345678),
        "password too long": ("password", "x" * 401),
        "password with half a character": ("password", f"{MARK}\ud83d"),
        "name a list": ("username", [MARK]),
        "name too long": ("username", "x" * 101),
        "name with a null": ("username", f"{MARK}\0"),
        "unknown": (MARK, MARK),
    }.items():
        with subtests.test(what):
            sent = body(service) | {name: value}
            told = refused(service, "POST", "/sign-in", sent, status=422, code="invalid")
            assert set(told["errors"]) == {"_unknown" if name == MARK else name}
    for name in ("username", "password", "code"):
        sent = body(service)
        del sent[name]
        told = refused(service, "POST", "/sign-in", sent, status=422, code="invalid")
        assert set(told["errors"]) == {name}


def test_a_wrong_sign_in_stores_no_name(service: Service) -> None:
    wrong(service, body(service, username=MARK))
    with service.database.read() as db:
        for table in ("throttles", "sessions"):
            rows = db.connection().exec_driver_sql(f"SELECT * FROM {table}").all()
            assert MARK not in repr(rows)


def test_a_sign_in_that_does_not_fit_begins_no_session(service: Service) -> None:
    sent = body(service, code="12345")
    with nothing_stored(service):
        service.post("/sign-in", sent)
