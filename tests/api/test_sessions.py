"""A reporter signing in: with the words, or with the access key made from them."""

from __future__ import annotations

import json
import os

import pytest
from sqlalchemy import select

from api.models.account import SignedIn
from shared.sealing import tokens
from shared.sealing.encoding import b64
from tests.api import sealed
from tests.api.checks import MARK, check_problem, nothing_stored, refused, wrong_words
from tests.service import Service

DAY = 24 * 60 * 60


def test_it_works(service: Service) -> None:
    _, token = service.open_case()
    answer = service.post("/sessions", {"token": token})
    assert answer.status_code == 201
    found = answer.get_json()
    assert set(found) == {"session", "expires_in", "can_open"}
    assert (found["expires_in"], found["can_open"]) == (3600, True)
    assert found["session"].startswith("wr_")
    seen = service.get("/case/messages", found["session"]).get_json()["items"][0]
    assert seen["content"]["story"] == "An invented story about a group chat."


def test_by_the_access_key_the_service_can_not_open(service: Service) -> None:
    _, token = service.open_case()
    key = b64(sealed.root(service, token).access_key)
    found = service.post("/sessions", {"access_key": key}).get_json()
    assert found["can_open"] is False
    seen = service.get("/case/messages", found["session"]).get_json()["items"][0]
    assert "content" not in seen
    assert seen["sealed"]["envelope"]


def test_words_as_people_type_them(service: Service, subtests: pytest.Subtests) -> None:
    _, token = service.open_case()
    words = token.split()
    for what, typed in {
        "capitals": token.upper(),
        "a capital each": token.title(),
        "hyphens": "-".join(words),
        "dashes of a phone": " \N{EN DASH} ".join(words),
        "two spaces": "  ".join(words),
        "spaces around": f"  {token} ",
        "commas": ", ".join(words),
        "one a line": "\r\n".join(words),
        "tabs": "\t".join(words),
        "cut after four letters": " ".join(word[:4] for word in words),
        "full width": "".join(chr(ord(one) + 0xFEE0) if one != " " else one for one in token),
    }.items():
        with subtests.test(what):
            assert service.post("/sessions", {"token": typed}).status_code == 201


def test_words_that_are_none(service: Service, subtests: pytest.Subtests) -> None:
    service.open_case()
    for what, wrong in wrong_words().items():
        with subtests.test(what):
            body = {"token": wrong}
            refused(service, "POST", "/sessions", body, status=422, code="bad_token")


def test_the_wrong_word_is_counted_not_repeated(service: Service) -> None:
    body = {"token": wrong_words()["a misspelt word"]}
    told = refused(service, "POST", "/sessions", body, status=422, code="bad_token")
    assert "Word 8" in told["detail"]
    body = {"token": wrong_words()["a swapped pair"]}
    told = refused(service, "POST", "/sessions", body, status=422, code="bad_token")
    assert "order" in told["detail"]


def test_unknown_words_and_keys_get_one_answer(service: Service) -> None:
    service.open_case()
    bodies = (
        {"token": tokens.new_token()},
        {"token": tokens.new_token()},
        {"access_key": b64(os.urandom(32))},
        {"access_key": b64(bytes(32))},
    )
    answers = []
    for body in bodies:
        with nothing_stored(service):
            answers.append(service.post("/sessions", body))
        check_problem(answers[-1], 401, "unknown_token")
    assert len({answer.data for answer in answers}) == 1
    assert len({str(answer.headers) for answer in answers}) == 1


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    token = tokens.new_token()
    for what, body in {
        "nothing": {},
        "both": {"token": token, "access_key": b64(bytes(32))},
        "a number": {"token": 12345678},
        "null": {"token": None},
        "a list": {"token": [MARK]},
        "a lone surrogate": {"token": f"{MARK}\ud83d"},
        "a control character": {"token": f"{token}\0"},
        "too long": {"token": "abandon " * 60},
        "a short key": {"access_key": b64(bytes(31))},
        "no base64url": {"access_key": MARK * 2 + "="},
        "an unknown field": {"token": token, MARK: MARK},
        "a list of all": [token],
    }.items():
        with subtests.test(what):
            told = refused(service, "POST", "/sessions", body, status=422, code="invalid")
            names = {"_schema", "_unknown", "token", "access_key"}
            assert set(told["errors"]) <= names
            assert len(told["errors"]) == 1


def test_it_ends_after_an_hour(service: Service) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    service.clock.now += 3599
    assert service.get("/case", bearer).status_code == 200
    service.clock.now += 1
    refused(service, "GET", "/case", bearer=bearer, status=401, code="sign_in")


def test_a_handlers_ends_after_eight_hours(service: Service) -> None:
    bearer = service.handler()
    service.clock.now += 8 * 3600 - 1
    assert service.get("/cases", bearer).status_code == 200
    service.clock.now += 1
    refused(service, "GET", "/cases", bearer=bearer, status=401, code="sign_in")


def test_ended_ones_are_swept(service: Service) -> None:
    _, token = service.open_case()
    old = service.reporter(token)
    service.clock.now += 3 * DAY
    service.reporter(token)
    with service.database.read() as db:
        assert len(db.scalars(select(SignedIn)).all()) == 1
    refused(service, "GET", "/case", bearer=old, status=401, code="sign_in")


def test_the_database_tells_no_hour_and_holds_no_bearer(service: Service) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    with service.database.read() as db:
        row = db.scalars(select(SignedIn)).one()
        assert (row.kind, len(row.hash)) == ("reporter", 32)
        assert row.sweep_after > db.utc.date()
        assert bearer.removeprefix("wr_") not in b64(row.sealed) + b64(row.hash)


def test_two_sessions_are_apart(service: Service) -> None:
    (_, one), (_, two) = service.open_case(), service.open_case()
    cases = {service.get("/case", service.reporter(token)).get_json()["case_id"]
             for token in (one, two)}  # fmt: skip
    assert len(cases) == 2


def test_bearers_that_are_none(service: Service, subtests: pytest.Subtests) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    secret = bearer.removeprefix("wr_")
    for what, given in {
        "nothing": None,
        "no scheme": bearer,
        "another scheme": f"Basic {bearer}",
        "empty": "Bearer ",
        "no prefix": f"Bearer {secret}",
        "an account's prefix": f"Bearer wa_{secret}",
        "an API key's prefix": f"Bearer wk_{secret}",
        "an unknown prefix": f"Bearer wx_{secret}",
        "a letter more": f"Bearer {bearer}A",
        "a letter less": f"Bearer {bearer[:-1]}",
        "unknown": f"Bearer wr_{b64(os.urandom(32))}",
        "not ASCII": "Bearer wr_\xe9",
        "words": f"Bearer {token}",
    }.items():
        with subtests.test(what):
            headers = {} if given is None else {"Authorization": given}
            with nothing_stored(service):
                answer = service.http.get("/api/v1/case", headers=headers)
            check_problem(answer, 401, "sign_in")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert secret not in json.dumps(answer.get_json())


def test_the_scheme_in_any_case(service: Service) -> None:
    _, token = service.open_case()
    headers = {"Authorization": f"bearer {service.reporter(token)}"}
    assert service.http.get("/api/v1/case", headers=headers).status_code == 200
