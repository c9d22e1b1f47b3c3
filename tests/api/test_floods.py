"""Strangers who flood a name keep nobody out who signs in on a new device."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from api.models.account import Throttle
from api.rules import accounts, carrying, sweeping, throttling
from shared.errors import SlowDown
from tests.api.checks import check_problem, refused
from tests.api.newcomers import DAY, TRIES, as_shown, no_luck, signing_in
from tests.service import Service

NAME = "handler-1"


def rows(service: Service) -> list[Throttle]:
    """What is counted."""
    with service.database.read() as db:
        return list(db.scalars(select(Throttle)))


def guess_password(service: Service, username: str = NAME) -> bool:
    """A wrong sign-in by rules alone, without stretching; whether it was looked at."""
    try:
        with service.database.read() as db:
            accounts.salt_for(db, username)
    except SlowDown:
        return False
    service.database.write(lambda db: accounts.prove(db, username, bytes(32), "000000"))
    return True


def guess_words(service: Service) -> bool:
    """Wrong recovery words; whether they were looked at."""
    try:
        service.database.write(lambda db: carrying.knows_recovery(db, NAME, bytes(16)))
    except SlowDown:
        return False
    return True


@contextmanager
def the_same_luck(monkeypatch: pytest.MonkeyPatch) -> Iterator[random.Random]:
    """Chance that is the same in each run."""
    luck = random.Random(20261124)
    with monkeypatch.context() as patch:
        patch.setattr(throttling.secrets, "randbelow", luck.randrange)
        yield luck


@pytest.mark.parametrize("per_second", [4, 20, pytest.param(200, marks=pytest.mark.ordeal)])
def test_it_works(service: Service, monkeypatch: pytest.MonkeyPatch, per_second: int) -> None:
    with the_same_luck(monkeypatch) as luck:
        looked_at = 0
        for _ in range(per_second * 5):
            looked_at += guess_password(service)
            service.clock.now += 1 / per_second
        # What they make the service stretch: a few each second, and a quarter of the rest.
        most = (throttling.LOOKS + per_second / throttling.ONE_IN) * 5 * 1.4 + TRIES
        assert looked_at <= most
        needed = []
        for _ in range(10):
            for tries in range(1, 50):
                # The person tries at any moment; the strangers go on, always just before.
                pause = luck.uniform(0.5, 2)
                for _ in range(min(int(per_second * pause), 40)):
                    service.clock.now += pause / min(per_second * pause, 40)
                    guess_password(service)
                try:
                    with service.database.read() as db:
                        accounts.salt_for(db, NAME)
                except SlowDown:
                    continue
                needed.append(tries)
                break
        assert len(needed) == 10
        assert sum(needed) / 10 <= 5
        assert max(needed) <= 20
    # And once looked at, they are in.
    sent = signing_in(service, as_shown(service, NAME))
    answers = (service.post("/sign-in", sent).status_code for _ in range(40))
    assert next(one for one in answers if one != 429) == 201


@pytest.mark.parametrize("guess", [guess_words, guess_password])
def test_the_one_is_not_in_the_way_of_the_other(
    service: Service, monkeypatch: pytest.MonkeyPatch, guess: Callable[[Service], bool]
) -> None:
    no_luck(monkeypatch)
    assert sum(guess(service) for _ in range(40)) == TRIES
    sign_in = signing_in(service, as_shown(service, NAME))
    recovery = {"username": NAME, "recovery": service.handlers[NAME].recovery}
    if guess is guess_words:
        check_problem(service.post("/recovery", recovery), 429, "slow_down")
        assert service.post("/sign-in", sign_in).status_code == 201
    else:
        refused(service, "POST", "/sign-in", sign_in, status=429, code="slow_down")
        assert service.post("/recovery", recovery).status_code == 201


def test_a_flood_that_is_over_is_over(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with the_same_luck(monkeypatch):
        for _ in range(300):
            guess_password(service)
            service.clock.now += 0.01
    no_luck(monkeypatch)
    service.clock.now += 1
    assert all(guess_password(service) for _ in range(throttling.LOOKS))


def test_first_mistakes_are_kept_by_the_day(service: Service) -> None:
    for _ in range(throttling.FREE_TRIES):
        guess_password(service)
    [row] = rows(service)
    assert row.failures == throttling.FREE_TRIES
    assert row.not_before / throttling.LOOKS % DAY == 0


def test_names_that_nobody_has_are_forgotten(service: Service) -> None:
    for at in range(3):
        guess_password(service, f"nobody-{at}")
    service.clock.now += DAY
    guess_password(service, "nobody-yesterday")
    service.clock.now += DAY
    guess_password(service, "handler-2")
    assert len(rows(service)) == 5
    sent = signing_in(service, as_shown(service, NAME))
    device = service.post("/sign-in", sent).get_json()["device"]
    assert len(rows(service)) == 5, "it looks at all rows: at no sign-in"
    sweeping.work(service.database)
    assert len(rows(service)) == 2, "yesterday's and today's"
    # A token that is worth nothing stays so.
    who = service.handlers[NAME].id
    for _ in range(throttling.DEVICE_TRIES):
        service.database.write(lambda db: accounts.prove(db, NAME, bytes(32), "000000", device))
    service.clock.now += 9 * DAY
    sweeping.work(service.database)
    sent = signing_in(service, as_shown(service, NAME))
    assert service.post("/sign-in", sent).status_code == 201
    [row] = rows(service)
    assert (row.failures, row.not_before) == (throttling.DEVICE_TRIES, 0)
    with service.database.read() as db:
        assert throttling.bucket(db, NAME, who, device).waits


def test_they_are_forgotten_a_few_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes meanwhile waits for a few: SQLite has one writer."""
    monkeypatch.setattr(throttling, "SWEPT_AT_ONCE", 3)
    for at in range(8):
        guess_password(service, f"nobody-{at}")
    service.clock.now += 2 * DAY
    guess_password(service, "nobody-today")
    done = list[int]()

    def note(_db: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE FROM throttles"):
            done.append(cursor.rowcount)

    engine = service.database.engine
    event.listen(engine, "after_cursor_execute", note)
    event.listen(engine, "commit", lambda _db: done.append(0))
    sweeping.work(service.database)
    assert [one for one in done if one] == [3, 3, 2]
    firsts = [at for at, one in enumerate(done) if one]
    assert all(0 in done[one:other] for one, other in itertools.pairwise(firsts))
    assert len(rows(service)) == 1
