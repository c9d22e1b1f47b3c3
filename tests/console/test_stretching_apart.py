"""Whoever waits for a stretching holds no connection to the database meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api.rules import stretching
from tests.api.newcomers import invite as invited
from tests.console.hands import Hands
from tests.console.test_joining import begin, invite, recover
from tests.service import Service

Make = Callable[..., Hands]


@pytest.fixture
def held(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many connections were in use at each stretching."""
    found: list[int] = []

    def note(real: Callable[..., Any]) -> Callable[..., Any]:
        def stretch(*args: Any) -> Any:
            found.append(service.database.engine.pool.checkedout())  # type: ignore[attr-defined]
            return real(*args)

        return stretch

    for name in ("password", "root"):
        monkeypatch.setattr(stretching, name, note(getattr(stretching, name)))
    return found


def test_joining(service: Service, hands: Make, held: list[int]) -> None:
    begin(hands(None), invite(service))
    assert held == [0]


def test_joining_by_the_api(service: Service, held: list[int]) -> None:
    body = {"invitation": invited(service), "username": "handler-9"}
    assert service.post("/join", body).status_code == 201
    assert held == [0]


def test_coming_back(service: Service, hands: Make, held: list[int]) -> None:
    who = service.handlers["handler-1"]
    assert recover(hands(None), "handler-1", who.recovery).status == 200
    assert held == [0]


def test_a_new_password(service: Service, hands: Make, held: list[int]) -> None:
    one, who = hands(), service.handlers["handler-1"]
    form = one.get("/console/account/password").form("bundle")
    right = {"password": who.password, "code": service.code()}
    one.send("/console/account/password", form, follow=True, **right)
    assert held == [0, 0]
