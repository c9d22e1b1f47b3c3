"""What tests of the calls share: refusals that store and repeat nothing, outsiders, threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from werkzeug.test import TestResponse

from api.models.base import Base
from shared.sealing.tokens import encode
from tests.service import OUTSIDERS, Service

UNKNOWN = "EEA-0000000000"
"""A reference of the right form that no case has."""

MARK = "zebra-crossing-lantern"
"""Stands in what is sent, so that it can be looked for in what comes back."""


def stored(service: Service) -> dict[str, list[str]]:
    """All rows of all tables."""
    with service.database.read() as db:
        return {
            table.name: sorted(repr(tuple(row)) for row in db.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def snapshot(service: Service) -> dict[str, list[str]]:
    """All rows of all tables as the database itself has them: quick, to be compared alone."""
    names = list(Base.metadata.tables)
    with service.database.engine.connect() as connection:
        if service.database.is_sqlite:
            return {
                name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"')))
                for name in names
            }
        each = (f"SELECT '{name}', one::text FROM \"{name}\" one" for name in names)
        found: dict[str, list[str]] = {name: [] for name in names}
        for name, row in connection.exec_driver_sql(" UNION ALL ".join(each)):
            found[name].append(row)
        return {name: sorted(rows) for name, rows in found.items()}


def counts(service: Service) -> dict[str, int]:
    """How many rows each table has."""
    return {name: len(rows) for name, rows in snapshot(service).items()}


@contextmanager
def nothing_stored(service: Service) -> Iterator[None]:
    """Fails if any row of any table was added, changed or taken away within."""
    before = snapshot(service)
    yield
    after = snapshot(service)
    assert {name for name in after if after[name] != before[name]} == set()


def strings(value: Any) -> Iterator[str]:
    """Every text within what was sent that is long enough to be told apart."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str) and len(value) >= 8:
        yield value


def check_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, which must be whole, of this status and this code."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    told = dict(answer.get_json())
    assert (told["status"], told["code"], told["type"]) == (status, code, "about:blank")
    assert len(told["detail"]) >= 15
    assert told["title"]
    assert set(told) <= {"type", "title", "status", "detail", "code", "errors", "id"}
    if code not in ("refused_file", "not_cleaned", "too_large"):  # a form's name the field
        assert ("errors" in told) == (code == "invalid")
    assert MARK not in answer.text + str(answer.headers)
    return told


def refused(
    service: Service,
    method: str,
    path: str,
    body: Any = None,
    bearer: str | None = None,
    *,
    status: int,
    code: str,
) -> dict[str, Any]:
    """The problem that a call ends with: nothing was stored, nothing sent comes back."""
    with nothing_stored(service):
        answer = service.call(method, path, body, bearer)
    told = check_problem(answer, status, code)
    for one in strings(body):
        assert one not in answer.text
    return told


def refused_open(service: Service, body: Any, status: int, code: str) -> dict[str, Any]:
    """As `refused`, for a case that can't be opened."""
    path = "/organisations/eeast/cases"
    return refused(service, "POST", path, body, status=status, code=code)


def outsiders_refused(
    service: Service, method: str, path: str, reference: str, body: Any = None
) -> None:
    """A case is to outsiders just as one that there never was. `path` has {} for it."""
    unknown = service.call(method, path.format(UNKNOWN), body, service.handler("handler-1"))
    check_problem(unknown, 404, "not_found")
    for name in OUTSIDERS:
        bearer = service.handler(name)
        with nothing_stored(service):
            answer = service.call(method, path.format(reference), body, bearer)
        check_problem(answer, 404, "not_found")
        assert answer.data == unknown.data
        assert list(answer.headers) == list(unknown.headers)


def at_once(service: Service, calls: list[tuple[str, str, Any, str | None]]) -> list[TestResponse]:
    """The answers to calls (method, path, body, bearer) that begin at the same moment."""
    answers: list[TestResponse | None] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def call(at: int, method: str, path: str, body: Any, bearer: str | None) -> None:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        client = service.app.test_client()
        barrier.wait()
        answers[at] = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    threads = [threading.Thread(target=call, args=(at, *one)) for at, one in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for one in answers if one is not None]


def text(words: str = "An invented answer.", **fields: Any) -> dict[str, Any]:
    """A readable message."""
    return {"id": str(uuid4()), "content": {"text": words}, **fields}


def wrong_words() -> dict[str, str]:
    """Tokens that can't be: one wrong word, a swapped pair, one too few, one too many."""
    words = encode(bytes(range(10))).split()
    return {
        "a wrong word": " ".join([*words[:7], "lantern"]),
        "a misspelt word": " ".join([*words[:7], "zzzzzzzz"]),
        "a swapped pair": " ".join([words[1], words[0], *words[2:]]),
        "seven words": " ".join(words[:7]),
        "nine words": " ".join([*words, words[0]]),
        "nothing": "",
        "hyphens alone": "- - - - - - - -",
    }
