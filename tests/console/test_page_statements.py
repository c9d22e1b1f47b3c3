"""How many SQL statements a page takes does not grow with the rows behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from tests.console.cases import page, say
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """The statements that are run within."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(service.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(service.database.engine, "before_cursor_execute", note)


def statements(service: Service, one: Hands, path: str) -> int:
    """How many a page takes, once its opening stands in the audit."""
    one.get(path)
    with counted(service) as seen:
        shown = one.get(path)
    assert shown.status == 200, path
    return len(seen)


def searched(service: Service, one: Hands) -> int:
    """How many a search takes, once what it opened stands in the audit."""
    form = next(each for each in one.get("/console/inbox").forms
                if each.action == "/console/search")  # fmt: skip
    found = one.send("", form, text="invented").location
    return statements(service, one, found)


def grow(service: Service, reference: str, token: str) -> None:
    """More of everything that a case can have, and more cases."""
    path, bearer = f"/cases/{reference}", service.handler()
    for number in range(4):
        say(service, token, f"Message {number}")
        for kind in ("messages", "notes"):
            body = {"id": str(uuid4()), "content": {"text": f"Some {kind} {number}"}}
            assert service.post(f"{path}/{kind}", body, bearer).status_code == 201
        other, _ = service.open_case()
        service.call("PUT", f"/cases/{other}/draft", {"content": {"text": "Draft"}}, bearer)
        assert service.post(f"{path}/links", {"reference": other}, bearer).status_code < 300
        request = {
            "handlers": [str(service.handlers["handler-3"].id)], "role": "Manager",
            "purpose": "Invented", "until": str(date.today() + timedelta(days=9)),
        }  # fmt: skip
        body = {"id": str(uuid4()), "content": request}
        assert service.post(f"{path}/consents", body, bearer).status_code == 201


@pytest.mark.ordeal
def test_it_works(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    classified = {"id": str(uuid4()), "content": {"national": "2026", "local": 0}}
    assert service.call("PUT", f"/cases/{reference}/classification", classified,
                        service.handler()).status_code < 300  # fmt: skip
    grow(service, reference, token)
    paths = ["/console/inbox", "/console/inbox?view=all", "/console/record", "/console/handover",
             *(page(reference, more) for more in (
                 "", "notes", "classification", "readers", "links", "history", "print", "file",
                 "consent", "assign"))]  # fmt: skip
    before = {path: statements(service, one, path) for path in paths}
    search = searched(service, one)
    for _ in range(2):
        grow(service, reference, token)
    after = {path: statements(service, one, path) for path in paths}
    assert after == before
    assert searched(service, one) == search
    # Beside what finds the caller: a page of a case is not a crowd of questions.
    assert max(before.values()) <= 45, before
