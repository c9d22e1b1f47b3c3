"""Work that is asked for: what the phone solves is what the service's library takes."""

from __future__ import annotations

import json
import secrets
from datetime import date
from threading import Event
from typing import Any

import altcha
import pytest

from api.rules import floods
from shared.errors import NotWren
from shared.schemas.work import COST, LONGEST, TRIES
from shared.work import Stopped, read_challenge, solve

SIGNS, KNOWS = b"k" * 32, b"j" * 32


def made(
    tries: int = 40, cost: int = 10, counter: int | None = None, **more: Any
) -> dict[str, Any]:
    """A challenge, as the library makes it."""
    data = {"organisation": "eeast", "tries": tries, "until": "2026-11-30"} | more
    found = altcha.create_challenge(
        "PBKDF2/SHA-256",
        cost,
        counter=secrets.randbelow(tries) if counter is None else counter,
        data=data,
        hmac_secret=SIGNS,
        hmac_key_secret=KNOWS,
    )
    return dict(json.loads(json.dumps(found.to_dict())))


def test_it_works() -> None:
    challenge = read_challenge(made())
    solved = solve(challenge)
    assert altcha.verify_solution(solved, SIGNS, hmac_key_secret=KNOWS).verified
    assert altcha.verify_solution(solved, SIGNS).verified  # by trying, too
    assert (challenge.until, challenge.tries) == (date(2026, 11, 30), 40)
    assert len(solved) < LONGEST


def test_it_is_kept_and_read_again() -> None:
    kept = json.dumps(dict(read_challenge(made()).as_sent))
    solved = solve(read_challenge(json.loads(kept)))
    assert altcha.verify_solution(solved, SIGNS, hmac_key_secret=KNOWS).verified


def test_what_a_newer_service_signs_too_goes_back_with_it() -> None:
    solved = solve(read_challenge(made(more="of a newer service")))
    assert altcha.verify_solution(solved, SIGNS, hmac_key_secret=KNOWS).verified


def test_the_dearest_that_wren_asks_is_taken() -> None:
    tries = floods.TRIES * 2**floods.DOUBLINGS
    assert read_challenge(made(tries, floods.COST, counter=1)).tries == tries
    assert (floods.COST, 2 * tries) == (COST, TRIES)


def test_it_stops_when_told() -> None:
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        solve(read_challenge(made()), stop)


def test_there_may_be_no_solution() -> None:
    with pytest.raises(NotWren):
        solve(read_challenge(made(tries=5, counter=9)))


@pytest.mark.parametrize(
    "wrong",
    [
        made(tries=64_001, counter=1),
        made(cost=251),
        made(until="soon"),
        made(until="2026-13-41"),
        made(more="x" * 2_000),
        {},
        {"parameters": 1, "signature": "0" * 64},
        made() | {"signature": 5},
    ],
)
def test_nobody_keeps_a_phone_busy_for_long(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotWren):
        read_challenge(wrong)
