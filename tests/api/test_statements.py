"""How many SQL statements a call runs: as many for a full page as for a page of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from tests.api.checks import text
from tests.api.handling import change, let_in, note, person
from tests.service import Service

MOST = 25
"""Statements of any page: signing in, releases and the page itself."""


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """The statements that run within."""
    run: list[str] = []

    def note_it(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        run.append(statement)

    engine = service.database.engine
    event.listen(engine, "before_cursor_execute", note_it)
    yield run
    event.remove(engine, "before_cursor_execute", note_it)


def statements(service: Service, method: str, path: str, body: Any, bearer: str) -> list[str]:
    """What one call runs, once it was called before: then nothing is new to it."""
    assert service.call(method, path, body, bearer).status_code == 200
    with counted(service) as run:
        assert service.call(method, path, body, bearer).status_code == 200
    return run


def classify(service: Service, reference: str) -> None:
    """Classifies a case."""
    body = {"id": str(uuid4()), "content": {"national": "2026", "local": 0}}
    path = f"/cases/{reference}/classification"
    assert service.call("PUT", path, body, service.handler()).status_code == 201


def live(service: Service, reference: str, token: str, others: list[str]) -> None:
    """One more of everything that a case can have more of."""
    path, handler = f"/cases/{reference}", service.handler()
    service.post("/case/messages", text("One more"), service.reporter(token))
    service.post(f"{path}/messages", text("And another"), handler)
    service.post(f"{path}/notes", note(), handler)
    classify(service, reference)
    gone = f"{path}/readers/{person(service, 'handler-2')}"
    assert service.call("DELETE", gone, bearer=handler).status_code == 200
    body = {"handler": person(service, "handler-2")}
    assert service.post(f"{path}/readers", body, handler).status_code == 200
    for other in others:
        service.post(f"{path}/links", {"reference": other}, handler)


Pages = dict[str, tuple[str, str, Any, str]]


def pages(service: Service, reference: str, token: str) -> Pages:
    """Each call that gives a list, or a page with lists in it."""
    handler, reporter, path = service.handler(), service.reporter(token), f"/cases/{reference}"
    calls: list[tuple[str, str, Any, str]] = [
        ("GET", "/cases?limit=200", None, handler),
        ("GET", "/cases?limit=200&due=soon&assigned=me&overdue=false", None, handler),
        ("POST", "/search", {"text": "invented"}, handler),
        ("GET", path, None, handler),
        ("GET", f"{path}/status", None, handler),
        ("GET", f"{path}/messages?limit=200", None, handler),
        ("GET", f"{path}/notes?limit=200", None, handler),
        ("GET", f"{path}/classification", None, handler),
        ("GET", f"{path}/epochs", None, handler),
        ("GET", f"{path}/consents", None, handler),
        ("GET", f"{path}/links", None, handler),
        ("GET", "/audit?organisation=eeast&limit=50", None, handler),
        ("GET", f"/audit?organisation=eeast&case={reference}&limit=50", None, handler),
        ("GET", "/statistics?organisation=eeast", None, handler),
        ("GET", "/organisations/eeast/newcomers", None, handler),
        ("GET", "/organisations/eeast", None, handler),
        ("GET", "/case", None, reporter),
        ("GET", "/case/messages?limit=200", None, reporter),
        ("GET", "/case/proof", None, reporter),
    ]
    return {f"{method} {where.replace(reference, '{}')}": (method, where, body, bearer)
            for method, where, body, bearer in calls}  # fmt: skip


def test_it_works(service: Service, subtests: pytest.Subtests) -> None:
    reference, token = service.open_case()
    other, _ = service.open_case()
    let_in(service, reference, token, "handler-3")
    live(service, reference, token, [other])
    few = {
        what: statements(service, *call) for what, call in pages(service, reference, token).items()
    }
    others = [service.open_case()[0] for _ in range(4)]
    let_in(service, reference, token, "handler-4")
    for one in others:
        change(service, one, assigned_to=person(service, "handler-1"))
        classify(service, one)
    for _ in range(2):
        live(service, reference, token, others)
    for what, call in pages(service, reference, token).items():
        with subtests.test(what):
            many = statements(service, *call)
            assert len(many) == len(few[what]), "\n".join(sorted(set(many) - set(few[what])))
            assert len(many) <= MOST, "\n".join(many)


def test_a_look_reads_and_does_not_write(service: Service) -> None:
    reference, token = service.open_case()
    for call in pages(service, reference, token).values():
        for statement in statements(service, *call):
            assert statement.lstrip().split()[0].upper() in ("SELECT", "WITH", "BEGIN"), statement


def test_growth_is_found(service: Service) -> None:
    # The counting itself: a call that ran one statement more for each case would show.
    def grows(cases: int) -> Callable[[], int]:
        def run() -> int:
            with counted(service) as ran, service.database.read() as db:
                for _ in range(cases):
                    db.connection().exec_driver_sql("SELECT 1")
            return len(ran)

        return run

    assert grows(2)() + 3 == grows(5)()
