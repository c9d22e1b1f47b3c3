"""What differs between answers that must not: their bytes, and how long they take.

Times are told by the ordeal: a machine that does other things has times of its own.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import requests

from shared.sealing import tokens
from shared.sealing.encoding import b64
from shared.sealing.stretch import root
from tests.api import sealed
from tests.api.checks import text
from tests.attack.test_wire import ask
from tests.journeys.served import Served
from tests.ordeal import tell
from tests.service import Service

ROUNDS, KEYS = 40, 200
"""Of what costs a stretching, and of access keys, which cost none."""


def whole(service: Service, path: str, bearer: str) -> int:
    """Bytes of an answer with all its headers, but for the time of day that servers put in."""
    answer = service.get(path, bearer)
    assert answer.status_code == 200
    return len(str(answer.headers).encode() + answer.data)


def test_it_works(service: Service) -> None:
    """With news and without, in each of the two forms, the same number of bytes."""
    for opened, begin in ((service.open_case, service.reporter), (
        lambda: sealed.open_case(service), lambda words: sealed.reporter(service, words)
    )):  # fmt: skip
        reference, words = opened()
        bearer = begin(words)
        before = whole(service, "/case/news", bearer)
        for _ in range(12):
            answer = service.post(f"/cases/{reference}/messages", text(), service.handler())
            assert answer.status_code == 201
            assert whole(service, "/case/news", bearer) == before


def test_words_that_open_nothing(service: Service) -> None:
    """Unknown, withdrawn and mistyped at another place: one answer, to the byte."""
    _, gone = service.open_case()
    service.call("DELETE", "/case", bearer=service.reporter(gone))
    answers = set()
    for words in (gone, tokens.new_token()):
        answer = service.post("/sessions", {"token": words})
        assert answer.status_code == 401
        answers.add((str(answer.headers), answer.data))
    assert len(answers) == 1


def test_names_that_nobody_has(service: Service) -> None:
    """A user name that there is, and one that there is not: one answer, to the byte."""
    answers = set()
    for name in ("handler-1", "nobody-of-this-name"):
        body = {"username": name, "password": "six words that are not it", "code": "000000"}
        answer = service.post("/sign-in", body)
        assert answer.status_code == 401
        answers.add((str(answer.headers), answer.data))
        asked = {"username": name, "recovery": " ".join(["abandon"] * 11 + ["about"])}
        refused = service.post("/recovery", asked)
        assert refused.status_code == 401
        answers.add((str(refused.headers), refused.data))
    assert len(answers) == 1


def timed(calls: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of each call, by turns, so that what else the machine does meets all of them."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for at in range(rounds):
        # Each is as often the first of a round as the other.
        for name, call in list(calls.items())[:: -1 if at % 2 else 1]:
            began = time.perf_counter()
            call()
            found[name].append(time.perf_counter() - began)
    return found


def rank_z(first: list[float], second: list[float]) -> float:
    """By how many standard deviations `first` is the slower, by ranks (Mann and Whitney).

    Between like ones it is within 2 in 19 of 20 runs, however uneven the times are. Of equal
    times each counts half.
    """
    m, n = len(first), len(second)
    wins = sum((a > b) + (a == b) / 2 for a in first for b in second)
    return (wins - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)


def test_ranks_tell() -> None:
    one = [float(at) for at in range(100)]
    assert rank_z(one, one) == 0
    assert abs(rank_z([*one[::2], 900.0], one[1::2])) < 1, "one that is far off tells nothing"
    slower = [at + 15 for at in one]  # half a spread
    assert 3 < rank_z(slower, one) == -rank_z(one, slower)


TIMES = 3
"""How often it is measured before a difference is taken for one."""


def told(what: str, measure: Callable[[], dict[str, list[float]]], times: int = TIMES) -> None:
    """Tells the medians and what an attacker could tell from them.

    Fails if one is twice the other each time: that one try would tell, and is no machine's noise.
    """
    for _ in range(times):
        (one, first), (other, second) = measure().items()
        a, b = statistics.median(first), statistics.median(second)
        note = (
            f"median {a * 1000:.2f} ms ({one}) and {b * 1000:.2f} ms ({other}), "
            f"z by ranks {rank_z(first, second):+.2f}"
        )
        if 0.5 < a / b < 2:
            break
    tell("attack", what, tried=len(first) + len(second), lost=0, note=note)
    assert 0.5 < a / b < 2, note


@pytest.mark.parametrize(
    ("times", "fails"), [([1, 1], False), ([3, 1, 1], False), ([3] * 3, True)]
)
def test_what_one_try_would_tell(times: list[float], fails: bool) -> None:
    left = iter(times)
    with pytest.raises(AssertionError) if fails else nullcontext():
        told("invented", lambda: {"one": [next(left)] * 9, "other": [1.0] * 9})


@pytest.mark.ordeal
@pytest.mark.timeout(600)
def test_how_long_it_takes(served: Served) -> None:
    with requests.Session() as http:
        http.trust_env = False

        def post(path: str, body: Any, bearer: str = "") -> requests.Response:
            headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
            return http.post(f"{served.url}/api/v1{path}", json=body, headers=headers, timeout=60)

        gone, unknown = tokens.new_token(), tokens.new_token()
        body = {"case_id": "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7c", "token": gone,
                "desk": "guardian", "content": {"story": "Invented."}}  # fmt: skip
        assert post("/organisations/eeast/cases", body).status_code == 201
        bearer = post("/sessions", {"token": gone}).json()["session"]
        answer = http.delete(
            f"{served.url}/api/v1/case", headers={"Authorization": f"Bearer {bearer}"}, timeout=60
        )
        assert answer.status_code == 200
        told("withdrawn and unknown words", lambda: timed({
            "withdrawn": lambda: post("/sessions", {"token": gone}),
            "unknown": lambda: post("/sessions", {"token": unknown}),
        }))  # fmt: skip
        salt = http.get(f"{served.url}/api/v1/organisations/eeast", timeout=60).json()
        keys = {
            name: b64(root(words, _bytes(salt["stretch"]["salt"])).access_key)
            for name, words in (("withdrawn", gone), ("unknown", unknown))
        }
        told("withdrawn and unknown access keys", lambda: timed({
            name: lambda key=key: post("/sessions", {"access_key": key})  # type: ignore[misc]
            for name, key in keys.items()
        }, KEYS))  # fmt: skip
        wrong = {"password": "six words that are not it", "code": "000000"}

        def names() -> dict[str, list[float]]:
            # Two tries of each name, and twice at most, so that none is throttled.
            found: dict[str, list[float]] = {"known": [], "unknown": []}
            for at in range(12):
                for kind, name in (("known", "handler"), ("unknown", "nobody")):
                    body = {"username": f"{name}-{at % 6 + 1}", **wrong}
                    began = time.perf_counter()
                    assert post("/sign-in", body).status_code == 401
                    found[kind].append(time.perf_counter() - began)
            return found

        told("user names that there are, and that there are not", names, times=2)


def _bytes(text: str) -> bytes:
    from shared.sealing.encoding import unb64

    return unb64(text)


@pytest.mark.ordeal
def test_bytes_on_the_line(served: Served) -> None:
    """Over a socket too: the answers with and without news have as many bytes."""
    with requests.Session() as http:
        http.trust_env = False
        api = f"{served.url}/api/v1"
        words = tokens.new_token()
        body = {"case_id": "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7d", "token": words,
                "desk": "guardian", "content": {"story": "Invented."}}  # fmt: skip
        made = http.post(f"{api}/organisations/eeast/cases", json=body, timeout=60)
        assert made.status_code == 201
        bearer = http.post(f"{api}/sessions", json={"token": words}, timeout=60).json()["session"]
        request = (
            f"GET /api/v1/case/news HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\n"
            "Connection: close\r\n\r\n"
        ).encode()
        sizes = {len(ask(served.url, request)) for _ in range(5)}
        assert len(sizes) == 1
