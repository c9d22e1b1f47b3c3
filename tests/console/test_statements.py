"""The SQL statements of a page: their number does not grow with what the page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from api.rules import accounts, audit, organisations
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]


@contextmanager
def statements(service: Service) -> Iterator[list[str]]:
    """Those that are run within."""
    run: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        run.append(statement)

    event.listen(service.database.engine, "before_cursor_execute", note)
    yield run
    event.remove(service.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("administrator-1", "/console/people/eeast"),
        ("handler-1", "/console/people/eeast"),
        ("handler-1", "/console/audit/eeast"),
        ("handler-1", "/console/account"),
        ("analyst-1", "/console/figures/eeast"),
        ("analyst-1", "/console/returns/eeast"),
        ("handler-1", "/console/board/eeast"),
        ("administrator-1", "/console/organisation/eeast/contacts"),
    ],
)
def test_it_works(service: Service, hands: Make, who: str, path: str) -> None:
    service.open_case()
    one = hands(who)
    one.get(path)
    with statements(service) as few:
        assert one.get(path).status == 200
    for _ in range(20):
        service.open_case()
        service.handler(who)
    service.database.write(more)
    with statements(service) as many:
        assert one.get(path).status == 200
    assert len(many) == len(few), many


def more(db: Any) -> None:
    """Ten people, and forty acts that name others."""
    found = organisations.find(db, "eeast")
    made = [
        accounts.add(db, f"more-{at}", f"more-{at}", found.id, "analyst", []).id
        for at in range(10)
    ]
    for at in range(40):
        audit.record(db, found, made[at % 10], "leave_set", cover=str(made[at % 7]))
