"""Work that an opening costs while very many are opened: asked for, held, spent once."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api.load import LOOKED_AT, LOOKS, LOOKS_AT_ONCE, Load
from api.models.case import Case
from api.models.flood import SpentWork
from api.rules import floods, locking, opening, stretching
from shared.work import read_challenge, solve
from tests.api import sealed
from tests.api.checks import at_once, check_problem, nothing_stored
from tests.api.flooding import CASES, CHALLENGE, FROM, Flood, report, set_up
from tests.service import Service

DAY = 86_400


@pytest.fixture
def flood(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flood]:
    """The service, which asks for work."""
    return set_up(service, monkeypatch)


def spent(service: Service) -> list[SpentWork]:
    """What is kept of work that was spent."""
    with service.database.read() as db:
        return list(db.scalars(select(SpentWork)))


def test_it_works(flood: Flood) -> None:
    assert flood.service.post(CASES, report(flood.service)).status_code == 201
    flood.rises()
    body = report(flood.service)
    with nothing_stored(flood.service):
        answer = flood.service.post(CASES, body)
        check_problem(answer, 429, "work_needed")
    assert answer.headers["Retry-After"]
    assert flood.service.post(CASES, body | {"work": flood.work()}).status_code == 201
    flood.is_over()
    assert flood.service.post(CASES, report(flood.service)).status_code == 201


@pytest.mark.parametrize("how", ["desk", "sealed", "in use"])
def test_what_is_refused_brings_no_flood(flood: Flood, how: str) -> None:
    """Else anybody could make everybody work, and leave no trace."""
    service = flood.service
    first, known = service.report()
    assert service.post(CASES, first).status_code == 201
    other = sealed.prepare(service).body["sealed"]
    for _ in range(2 * FROM):
        if how == "sealed":
            body, code = sealed.prepare(service).body, "broken_chain"
            body["sealed"]["epoch"]["case_key"] = other["epoch"]["case_key"]
        elif how == "desk":
            body, code = report(service, desk="nobody"), "invalid"
        else:
            body, code = report(service, token=known), "conflict"
        assert service.post(CASES, body).get_json()["code"] == code
    assert service.post(CASES, report(service)).status_code == 201
    assert service.post(CASES, sealed.prepare(service).body).status_code == 201


@pytest.mark.parametrize("where", [{"desk": "nobody"}, {"excluded": [str(UUID(int=7))]}])
def test_what_can_be_refused_at_once_is_not_stretched(
    flood: Flood, monkeypatch: pytest.MonkeyPatch, where: dict[str, Any]
) -> None:
    monkeypatch.setattr(stretching, "root", lambda *_: pytest.fail("it was stretched"))
    refused = flood.service.post(CASES, report(flood.service, **where))
    check_problem(refused, 422, "invalid")


def spelled(token: str) -> Iterator[str]:
    """The same words, each time written otherwise."""
    words = token.split()
    for blanks in itertools.count(1):
        yield (" " * blanks).join(words)
        yield ("-" * blanks).join(words).upper()
        yield (" " * blanks).join(word[:4] for word in words)


@pytest.mark.parametrize("what", ["words", "case"])
def test_words_that_are_stretched_for_nothing_wait(
    flood: Flood, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    service = flood.service
    first, known = service.report()
    assert service.post(CASES, first).status_code == 201

    spellings = spelled(known)

    def again() -> dict[str, Any]:
        kept = {"case_id": first["case_id"]}
        return report(service, **({"token": next(spellings)} if what == "words" else kept))

    for _ in range(2 * FROM - 1 + LOOKS_AT_ONCE):
        check_problem(service.post(CASES, again()), 409, "conflict")
    with monkeypatch.context() as patch:
        patch.setattr(stretching, "root", lambda *_: pytest.fail("it was stretched"))
        check_problem(service.post(CASES, again()), 429, "slow_down")
    # Nobody else waits for it.
    assert service.post(CASES, report(service)).status_code == 201


def test_what_is_no_token_is_not_counted(flood: Flood) -> None:
    """It is not stretched."""
    for _ in range(2 * FROM):
        answer = flood.service.post(CASES, report(flood.service, token="no words of ours"))
        check_problem(answer, 422, "bad_token")
    assert flood.service.database.load.stretched.add(0) == 0


def test_words_in_use_are_refused_before_anything_is_sealed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, known = service.report()
    assert service.post(CASES, first).status_code == 201
    monkeypatch.setattr(opening, "_seal", lambda *_: pytest.fail("it was sealed"))
    check_problem(service.post(CASES, report(service, token=known)), 409, "conflict")


def test_what_the_client_seals_needs_it_too(flood: Flood) -> None:
    flood.rises()
    body = sealed.prepare(flood.service).body
    check_problem(flood.service.post(CASES, body), 429, "work_needed")
    assert flood.service.post(CASES, {**body, "work": flood.work()}).status_code == 201


def test_many_openings_are_a_flood(flood: Flood) -> None:
    answers = [flood.service.post(CASES, report(flood.service)) for _ in range(FROM + 1)]
    assert [one.status_code for one in answers] == [201] * FROM + [429]


def test_who_came_before_the_flood_has_a_place(flood: Flood) -> None:
    challenge = flood.service.get(CHALLENGE).get_json()
    flood.rises(100_000)
    body = report(flood.service) | {"work": solve(read_challenge(challenge))}
    assert flood.service.post(CASES, body).status_code == 201


def test_work_costs_more_the_more_come(flood: Flood) -> None:
    def tries() -> int:
        return read_challenge(flood.service.get(CHALLENGE).get_json()).tries

    found = []
    for load in (0, 2 * FROM - 1, 4 * FROM - 1, 8 * FROM - 1, 10_000 * FROM):
        flood.rises(load)
        found.append(tries())
    assert found == [8, 16, 32, 64, 8 * 2**floods.DOUBLINGS]


def test_what_is_refused_makes_nothing_dearer(flood: Flood) -> None:
    """Else the price that others pay would be free to set."""
    service = flood.service
    for _ in range(FROM):
        assert service.post(CASES, report(service)).status_code == 201
    worn = flood.work()
    for _ in range(10 * FROM):
        assert service.get(CHALLENGE).status_code == 200
        check_problem(service.post(CASES, report(service)), 429, "work_needed")
    tried = [report(service, desk="nobody") | {"work": worn} for _ in range(2 * FROM)]
    statuses = [service.post(CASES, one).status_code for one in tried]
    assert statuses == [422] * LOOKS_AT_ONCE + [429] * (2 * FROM - LOOKS_AT_ONCE)
    assert read_challenge(service.get(CHALLENGE).get_json()).tries <= 2 * floods.TRIES
    # And as soon as some of it has faded others are taken as they come.
    flood.at += 12
    assert service.post(CASES, report(service)).status_code == 201


def test_who_works_makes_it_dearer(flood: Flood) -> None:
    works = [flood.work() for _ in range(2 * FROM)]
    for work in works:
        answer = flood.service.post(CASES, report(flood.service) | {"work": work})
        assert answer.status_code == 201
    tries = read_challenge(flood.service.get(CHALLENGE).get_json()).tries
    assert tries == 4 * floods.TRIES


def test_what_goes_to_nobody_is_not_counted(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(stretching, "root", lambda *_: pytest.fail("it was stretched"))
        for _ in range(2 * FROM):
            answer = flood.service.post("/organisations/nobody/cases", report(flood.service))
            check_problem(answer, 404, "not_found")
    assert flood.service.post(CASES, report(flood.service)).status_code == 201


def test_a_repeat_needs_nothing_more(flood: Flood) -> None:
    flood.rises()
    body = report(flood.service) | {"work": flood.work()}
    first = flood.service.post(CASES, body)
    for again in (body, {name: value for name, value in body.items() if name != "work"}):
        answer = flood.service.post(CASES, again)
        assert (answer.status_code, answer.get_json()) == (200, first.get_json())


def test_it_is_taken_once(flood: Flood) -> None:
    flood.rises()
    work = flood.work()
    assert flood.service.post(CASES, report(flood.service) | {"work": work}).status_code == 201
    with nothing_stored(flood.service):
        again = flood.service.post(CASES, report(flood.service) | {"work": work})
        check_problem(again, 429, "work_needed")
    flood.is_over()
    assert flood.service.post(CASES, report(flood.service) | {"work": work}).status_code == 201


def test_it_is_spent_while_it_is_quiet_too(flood: Flood) -> None:
    work = flood.work()
    assert flood.service.post(CASES, report(flood.service) | {"work": work}).status_code == 201
    flood.rises()
    again = flood.service.post(CASES, report(flood.service) | {"work": work})
    check_problem(again, 429, "work_needed")


def test_of_many_at_once_one_gets_in(flood: Flood) -> None:
    flood.rises()
    work = flood.work()
    bodies = [report(flood.service) | {"work": work} for _ in range(6)]
    answers = at_once(flood.service, [("POST", CASES, one, None) for one in bodies])
    assert sorted(one.status_code for one in answers) == [201] + [429] * 5


def test_what_was_refused_for_something_else_spends_nothing(flood: Flood) -> None:
    flood.rises()
    body = report(flood.service) | {"work": flood.work()}
    assert flood.service.post(CASES, body | {"desk": "nobody"}).status_code == 422
    assert flood.service.post(CASES, body).status_code == 201


def test_it_is_refused_before_anything_is_stretched(
    flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood.rises()
    monkeypatch.setattr(stretching, "root", lambda *_: pytest.fail("it was stretched"))
    body = report(flood.service)
    for work in ({}, {"work": "bm90aGluZw=="}):
        check_problem(flood.service.post(CASES, body | work), 429, "work_needed")


def test_spent_work_buys_no_stretching(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    flood.rises()
    work = flood.work()
    assert flood.service.post(CASES, report(flood.service) | {"work": work}).status_code == 201
    monkeypatch.setattr(stretching, "root", lambda *_: pytest.fail("it was stretched"))
    again = flood.service.post(CASES, report(flood.service) | {"work": work})
    check_problem(again, 429, "work_needed")


def test_of_many_at_once_one_is_sealed(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    flood.rises()
    work, sealed_ones, seal = flood.work(), list[Any](), opening._seal
    monkeypatch.setattr(opening, "_seal", lambda *all_: sealed_ones.append(all_) or seal(*all_))
    # All of them are looked at before one is spent.
    monkeypatch.setattr(floods, "_is_spent", _only_in_a_transaction(floods._is_spent))
    for status in (201, 429, 429):
        answer = flood.service.post(CASES, report(flood.service) | {"work": work})
        assert answer.status_code == status
    assert len(sealed_ones) == 1


def _only_in_a_transaction(real: Any) -> Any:
    """As for those who came together: none of them was stored when the others were looked at."""
    calls = iter(range(1_000))
    return lambda db, keys: next(calls) % 2 == 1 and real(db, keys)


def test_what_is_refused_again_and_again_is_not_looked_at(
    flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It spends nothing, but was stretched each time."""
    flood.rises()
    body = report(flood.service) | {"work": flood.work()}
    for _ in range(LOOKS_AT_ONCE):
        assert flood.service.post(CASES, body | {"desk": "nobody"}).status_code == 422
    with monkeypatch.context() as patch:
        patch.setattr(stretching, "root", lambda *_: pytest.fail("it was stretched"))
        check_problem(flood.service.post(CASES, body), 429, "work_needed")
    assert flood.service.post(CASES, body | {"work": flood.work()}).status_code == 201


def test_a_repeat_again_and_again_waits(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    flood.rises()
    body = report(flood.service) | {"work": flood.work()}
    assert flood.service.post(CASES, body).status_code == 201
    for _ in range(LOOKS_AT_ONCE):
        assert flood.service.post(CASES, body).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(stretching, "root", lambda *_: pytest.fail("it was stretched"))
        check_problem(flood.service.post(CASES, body), 429, "slow_down")
    flood.at += 1 / LOOKS + 1
    flood.service.database.load.openings.add(2 * FROM)
    assert flood.service.post(CASES, body).status_code == 200


def test_it_may_be_repeated_while_many_are_stretched_too(flood: Flood) -> None:
    """An honest client whose line breaks: its words are stretched three times in all."""
    flood.rises()
    flood.service.database.load.stretched.add(3 * FROM)
    body = report(flood.service) | {"work": flood.work()}
    statuses = [flood.service.post(CASES, body).status_code for _ in range(LOOKS_AT_ONCE + 1)]
    assert statuses == [201, *[200] * (LOOKS_AT_ONCE - 1), 429]


def test_what_was_looked_at_is_forgotten() -> None:
    load = Load(lambda: 0)
    for at in range(LOOKED_AT + 1):
        assert load.may_look(at.to_bytes(4, "big"))
    assert len(load._looks) == LOOKED_AT


def altered(work: str, **changes: Any) -> str:
    """The work with something else in its challenge or its solution."""
    found = json.loads(base64.b64decode(work))
    for name, value in changes.items():
        place = found["solution"] if name in found["solution"] else found["challenge"]
        if name not in place:
            place = place["parameters"]
        if name not in place:
            place = place["data"]
        assert name in place
        place[name] = value
    return base64.b64encode(json.dumps(found).encode()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"derivedKey": "00" * 32},
        {"signature": "00" * 32},
        {"signature": None},
        {"organisation": "elsewhere"},
        {"until": "2099-01-01"},
        {"tries": 1},
        {"cost": 1},
        {"nonce": "00" * 16},
        {"nonce": None},
        {"nonce": "zz"},
        {"keySignature": None},
        {"data": []},
        {"data": "x"},
        {"parameters": []},
        {"parameters": {}},
    ],
    ids=str,
)
def test_nothing_else_is_taken(flood: Flood, changes: dict[str, Any]) -> None:
    flood.rises()
    body = report(flood.service) | {"work": altered(flood.work(), **changes)}
    with nothing_stored(flood.service):
        check_problem(flood.service.post(CASES, body), 429, "work_needed")


@pytest.mark.parametrize("work", ["x", "e30=", "W10=", "MQ==", "bnVsbA==", "[" * 3_000, "é"])
def test_what_is_no_work(flood: Flood, work: str) -> None:
    assert flood.service.post(CASES, report(flood.service) | {"work": work}).status_code == 201
    flood.rises()
    answer = flood.service.post(CASES, report(flood.service) | {"work": work})
    check_problem(answer, 429, "work_needed")


def test_it_is_not_another_organisations(flood: Flood) -> None:
    flood.rises()
    work = flood.work()
    body = report(flood.service, desk="guardian") | {"work": work}
    answer = flood.service.post("/organisations/elsewhere/cases", body)
    check_problem(answer, 429, "work_needed")
    assert flood.service.post(CASES, body).status_code == 201


def test_there_is_none_for_nobody(flood: Flood) -> None:
    check_problem(flood.service.get("/organisations/nobody/challenge"), 404, "not_found")


def test_it_lasts_until_the_end_of_a_day(flood: Flood) -> None:
    service = flood.service
    challenge = read_challenge(service.get(CHALLENGE).get_json())
    today = datetime.fromtimestamp(service.clock.now, UTC).date()
    assert challenge.until == today + timedelta(days=2)
    service.clock.now = midnight(challenge.until) + DAY - 1
    flood.rises()
    body = report(service) | {"work": solve(challenge)}
    assert service.post(CASES, body).status_code == 201
    service.clock.now = midnight(today)
    late = read_challenge(service.get(CHALLENGE).get_json())
    service.clock.now = midnight(late.until) + DAY
    flood.rises()
    answer = service.post(CASES, report(service) | {"work": solve(late)})
    check_problem(answer, 429, "work_needed")


def midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def test_what_is_kept_goes(flood: Flood) -> None:
    """A day and a hash alone, which no challenge leads to without the secret; then nothing."""
    service = flood.service
    work = flood.work()
    assert service.post(CASES, report(service) | {"work": work}).status_code == 201
    (row,) = spent(service)
    today = datetime.fromtimestamp(service.clock.now, UTC).date()
    assert row.sweep_after == today + timedelta(days=3)
    nonce = json.loads(base64.b64decode(work))["challenge"]["parameters"]["nonce"]
    assert row.key.hex() not in (nonce, work)
    service.clock.now += 4 * DAY
    assert service.post(CASES, report(service) | {"work": flood.work()}).status_code == 201
    assert [one.key for one in spent(service)] != [row.key]
    assert len(spent(service)) == 1


def test_the_day_that_is_kept_is_that_of_spending(flood: Flood) -> None:
    """Else it would tell on which day a report was begun."""
    service = flood.service
    early = flood.work()
    service.clock.now += 2 * DAY
    for work in (early, flood.work()):
        assert service.post(CASES, report(service) | {"work": work}).status_code == 201
    today = datetime.fromtimestamp(service.clock.now, UTC).date()
    assert {one.sweep_after for one in spent(service)} == {today + timedelta(days=3)}


def test_the_secret_may_change_in_the_middle(
    flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at the file finds something else."""
    config = flood.service.database.config
    one, other = config.secret, b"n" * 32

    def finds(*secrets: tuple[bytes, ...]) -> None:
        looks = itertools.cycle(secrets)
        monkeypatch.setattr(locking, "_secrets", lambda _config: next(looks))

    finds((one, other), (other, one))
    work = solve(read_challenge(floods.made(config, "eeast", 0)))
    finds((one, other))
    assert len(floods.judge(flood.service.database, "eeast", work).keys) == 2
    finds((one, other), (one,))
    assert floods.judge(flood.service.database, "eeast", work).keys


def test_it_goes_on_while_the_secret_changes(
    flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    service, config = flood.service, flood.service.database.config
    before, other = flood.work(), flood.work()
    assert service.post(CASES, report(service) | {"work": other}).status_code == 201
    monkeypatch.setattr(
        service.database,
        "config",
        replace(config, secret=b"n" * 32, other_secrets=(config.secret,)),
    )
    flood.rises()
    check_problem(service.post(CASES, report(service) | {"work": other}), 429, "work_needed")
    for work in (before, flood.work()):
        with service.database.read() as db:
            cases = len(db.scalars(select(Case.id)).all())
        assert floods.judge(service.database, "eeast", work).keys
        assert cases == 1


def test_never_means_never(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = set_up(service, monkeypatch, work_from=0)
    flood.rises(1_000_000)
    assert service.post(CASES, report(service)).status_code == 201
    assert read_challenge(service.get(CHALLENGE).get_json()).tries == floods.TRIES
