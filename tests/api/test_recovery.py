"""Recovery words give a new password, TOTP secret and words; the keys stay."""

from __future__ import annotations

import pytest

from api.rules import stretching
from shared.sealing.keyring import new_recovery
from tests.api.checks import MARK, at_once, check_problem, refused
from tests.api.newcomers import (
    TRIES,
    account,
    as_shown,
    audited,
    invite,
    join,
    no_luck,
    positions,
    sign_in,
    signing_in,
)
from tests.service import Service


def body(service: Service, username: str = "handler-1", **fields: str) -> dict[str, str]:
    return {"username": username, "recovery": service.handlers[username].recovery} | fields


def test_it_works(service: Service) -> None:
    reference, _ = service.open_case()
    before = account(service, "handler-1")
    assert before is not None
    answer = service.post("/recovery", body(service))
    assert answer.status_code == 201
    shown = answer.get_json()
    assert set(shown) == {"password", "totp_secret", "totp_uri", "recovery"}
    after = account(service, "handler-1")
    assert after is not None
    assert (after.seal_key, after.sign_key) == (before.seal_key, before.sign_key)
    assert positions(service, before.id)["eeast"] == ("handler", True, None)
    assert audited(service)[-1] == ("account_recovered", before.id, {})
    bearer = sign_in(service, shown | {"username": "handler-1"})
    seen = service.get(f"/cases/{reference}", bearer).get_json()
    assert seen["report"]["content"]["story"] == "An invented story about a group chat."


def test_what_was_before_works_no_more(service: Service) -> None:
    bearer = service.handler()
    assert service.post("/recovery", body(service)).status_code == 201
    refused(service, "GET", "/account", bearer=bearer, status=401, code="sign_in")
    old = signing_in(service, as_shown(service, "handler-1"))
    check_problem(service.post("/sign-in", old), 401, "wrong_sign_in")
    check_problem(service.post("/recovery", body(service)), 401, "wrong_sign_in")


def test_by_two_at_once(service: Service) -> None:
    answers = at_once(service, [("POST", "/recovery", body(service), None)] * 2)
    assert sorted(one.status_code for one in answers) == [201, 401]


def test_after_a_renewal_the_new_words_work(service: Service) -> None:
    shown = join(service, invite(service, account_id=service.handlers["handler-1"].id))
    sent = {"username": "handler-1", "recovery": shown["recovery"]}
    assert service.post("/recovery", sent).status_code == 201


def test_words_as_people_type_them(service: Service) -> None:
    words = service.handlers["handler-1"].recovery.upper().replace(" ", "-")
    assert service.post("/recovery", body(service, recovery=words)).status_code == 201


def test_wrong_words_and_names_get_one_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stretched: list[bytes] = []
    real = stretching.password

    def count(text: str, salt: bytes) -> bytes:
        stretched.append(salt)
        return real(text, salt)

    monkeypatch.setattr(stretching, "password", count)
    wrong = (
        body(service, recovery=new_recovery()[0]),
        body(service, recovery=service.handlers["handler-2"].recovery),
        body(service) | {"username": "nobody-here"},
    )
    answers = set()
    for sent in wrong:
        answer = service.post("/recovery", sent)
        check_problem(answer, 401, "wrong_sign_in")
        answers.add(answer.data)
    assert len(answers) == 1
    assert len(stretched) == 3, "a wrong one costs what a right one costs"
    assert service.post("/recovery", body(service)).status_code == 201


def test_what_can_not_be_words(service: Service, subtests: pytest.Subtests) -> None:
    words = service.handlers["handler-1"].recovery.split()
    for what, given in {
        "nothing": "",
        "eleven": " ".join(words[:11]),
        "thirteen": " ".join([*words, words[0]]),
        "misspelt": " ".join([*words[:11], "zzzzzzzz"]),
        "a mark": MARK,
        "too long": "abandon " * 60,
        "a number": 12345678,
        "null": None,
    }.items():
        with subtests.test(what):
            sent = {"username": "handler-1", "recovery": given}
            told = refused(service, "POST", "/recovery", sent, status=422, code="invalid")
            assert set(told["errors"]) == {"recovery"}


def test_many_tries_wait(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    real = stretching.password
    no_luck(monkeypatch)
    monkeypatch.setattr(stretching, "password", lambda _text, _salt: bytes(32))
    for _ in range(TRIES):
        sent = body(service, recovery=new_recovery()[0])
        check_problem(service.post("/recovery", sent), 401, "wrong_sign_in")
    refused(service, "POST", "/recovery", body(service), status=429, code="slow_down")
    # Tries of passwords are counted apart, and these don't wait.
    wrong = signing_in(service, as_shown(service, "handler-1"), code="000000")
    check_problem(service.post("/sign-in", wrong), 401, "wrong_sign_in")
    service.clock.now += 1
    monkeypatch.setattr(stretching, "password", real)
    assert service.post("/recovery", body(service)).status_code == 201
