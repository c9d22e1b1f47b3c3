"""Each API key has a budget of its own: a program that runs wild is in nobody's way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.load import KEY_CALLS, KEY_CALLS_AT_ONCE
from shared.schemas.integrations import STATISTICS, STATUS
from tests.api.checks import UNKNOWN, check_problem
from tests.api.flooding import Flood, set_up
from tests.api.test_api_keys import made
from tests.service import Service

FIGURES = "/statistics?organisation=eeast"


@pytest.fixture
def flood(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flood]:
    """The service, whose clock of budgets stands still."""
    return set_up(service, monkeypatch)


def run_wild(service: Service, bearer: str) -> None:
    """Calls until there is nothing left."""
    for _ in range(KEY_CALLS_AT_ONCE):
        assert service.get(FIGURES, bearer).status_code == 200
    answer = service.get(FIGURES, bearer)
    check_problem(answer, 429, "slow_down")
    assert answer.headers["Retry-After"] == "1"


def test_it_works(flood: Flood) -> None:
    service = flood.service
    first, second = (made(service, STATISTICS)["key"] for _ in range(2))
    of_others = made(service, STATUS)["key"]
    run_wild(service, first)
    # For calls of every kind, and for this key alone.
    check_problem(service.get(f"/cases/{UNKNOWN}/status", of_others), 404, "not_found")
    assert service.get(FIGURES, second).status_code == 200
    assert service.get(FIGURES, service.handler("analyst-1")).status_code == 200
    service.open_case()


def test_it_comes_back(flood: Flood) -> None:
    bearer = made(flood.service, STATISTICS)["key"]
    run_wild(flood.service, bearer)
    flood.at += 1
    for _ in range(round(KEY_CALLS)):
        assert flood.service.get(FIGURES, bearer).status_code == 200
    check_problem(flood.service.get(FIGURES, bearer), 429, "slow_down")


def test_wrong_keys_take_nothing(flood: Flood) -> None:
    bearer = made(flood.service, STATISTICS)["key"]
    wrong = f"{bearer[:-4]}AAAA"
    for _ in range(KEY_CALLS_AT_ONCE + 1):
        check_problem(flood.service.get(FIGURES, wrong), 401, "sign_in")
    assert flood.service.get(FIGURES, bearer).status_code == 200
