"""Guesses for names that nobody has: what each costs who makes it, and what is left of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.models.account import Throttle
from api.models.base import Work
from api.rules import accounts, stretching, sweeping
from shared.sealing import keyring
from tests.api.newcomers import DAY
from tests.console.hands import Hands
from tests.ordeal import tell
from tests.service import Service

MANY = 3_000
MOST = 200
"""Bytes of a row, with its place in the index."""

WORDS = keyring.new_recovery()[0]


def sign_in(service: Service, name: str) -> int:
    body = {"username": name, "password": "six words that are not mine", "code": "000000"}
    return service.post("/sign-in", body).status_code


def recover(service: Service, name: str) -> int:
    return service.post("/recovery", {"username": name, "recovery": WORDS}).status_code


def sign_in_by_page(service: Service, name: str) -> int:
    one = Hands(service, service.app.test_client())
    form = one.get("/console/sign-in").form("wren-username")
    typed = {"wren-username": name, "wren-password": "not mine", "wren-code": "000000"}
    return one.send("/console/sign-in", form, **typed).status


def recover_by_page(service: Service, name: str) -> int:
    one = Hands(service, service.app.test_client())
    return one.fill("/console/recover", username=name, words=WORDS).status


GUESSES = (sign_in, recover, sign_in_by_page, recover_by_page)


@pytest.mark.parametrize("guess", GUESSES)
def test_it_works(
    service: Service, monkeypatch: pytest.MonkeyPatch, guess: Callable[[Service, str], int]
) -> None:
    """Each costs the service a stretching, as a right one does, and leaves one row."""
    real, stretched = stretching.password, list[int]()

    def password(*given: Any) -> bytes:
        stretched.append(1)
        return real(*given)

    monkeypatch.setattr(stretching, "password", password)
    for at in range(3):
        assert guess(service, f"nobody-{at}") in (401, 422)
    assert len(stretched) >= 3
    assert count(service) == 3


def count(service: Service) -> int:
    with service.database.read() as db:
        return int(db.scalar(select(func.count()).select_from(Throttle)) or 0)


@pytest.mark.ordeal
def test_what_is_left_of_them(service: Service) -> None:
    """So many bytes a name, until the worker's daily work of the day after tomorrow."""

    def guess(db: Work, first: int) -> None:
        for at in range(first, first + 1000):
            accounts.prove(db, f"nobody-{at}", bytes(32), "000000")

    before = size(service)
    for first in range(0, MANY, 1000):
        service.database.write(lambda db, first=first: guess(db, first))
    each = (size(service) - before) / MANY
    assert count(service) == MANY
    service.clock.now += 2 * DAY
    sweeping.work(service.database)
    left = count(service)
    kind = "SQLite" if service.database.is_sqlite else "PostgreSQL"
    tell("attack", f"guesses for names that nobody has ({kind})", tried=MANY, lost=left,
         note=f"{each:.0f} bytes each, for three days at most")  # fmt: skip
    assert left == 0
    assert each < MOST


def size(service: Service) -> int:
    """Bytes of the table, with its index."""
    if service.database.is_sqlite:
        place = Path(service.database_url.removeprefix("sqlite:///"))
        with service.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return place.stat().st_size
    with service.database.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT pg_total_relation_size('throttles')")
        return int(told.scalar_one())
