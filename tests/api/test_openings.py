"""Whoever reads anything of a case leaves a trace: once a day a case, whatever the call."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select

from api.models.audit import AuditEntry
from api.rules import auditing, organisations
from tests.api import sealed
from tests.api.checks import at_once, nothing_stored, refused
from tests.api.handling import DAY, case_row, change, note
from tests.service import Service


def openings(service: Service) -> Counter[tuple[UUID, UUID | None]]:
    """How often an opening stands in the audit: by whom, and of which case."""
    with service.database.read() as db:
        found = select(AuditEntry.actor, AuditEntry.case_id).where(AuditEntry.act == "case_opened")
        return Counter((actor, case) for actor, case in db.execute(found))


def place(service: Service, reference: str, name: str = "handler-2") -> tuple[UUID, UUID]:
    """By this handler, of this case."""
    return service.handlers[name].id, case_row(service, reference).id


def test_it_works(service: Service, subtests: pytest.Subtests) -> None:
    for method, where, body in (
        ("GET", "/cases/{}/messages", None),
        ("GET", "/cases/{}/notes", None),
        ("GET", "/cases/{}/classification", None),
        ("POST", "/search", {"text": "invented"}),
        ("PATCH", "/cases/{}", {"urgent": False}),
        ("GET", "/cases/{}", None),
    ):
        with subtests.test(f"{method} {where}"):
            reference, _ = service.open_case()
            bearer = service.handler("handler-2")
            path = where.format(reference)
            assert service.call(method, path, body, bearer).status_code == 200
            assert openings(service)[place(service, reference)] == 1
            with nothing_stored(service):
                assert service.call(method, path, body, bearer).status_code == 200
            service.clock.now += DAY
            service.call(method, path, body, service.handler("handler-2"))
            assert openings(service)[place(service, reference)] == 2


def test_one_trace_for_all_calls_of_a_day(service: Service) -> None:
    reference, _ = service.open_case()
    service.post(f"/cases/{reference}/notes", note(), service.handler())
    bearer = service.handler("handler-2")
    assert service.get(f"/cases/{reference}/notes", bearer).status_code == 200
    with nothing_stored(service):
        for path in ("", "/messages", "/classification"):
            assert service.get(f"/cases/{reference}{path}", bearer).status_code == 200
    assert openings(service)[place(service, reference)] == 1


def test_a_client_that_opens_by_itself(service: Service) -> None:
    reference, _ = service.open_case()
    bearer = sealed.handler(service, "handler-2")
    assert service.get(f"/cases/{reference}/messages", bearer).status_code == 200
    assert openings(service)[place(service, reference)] == 1


def test_a_search_is_noted_of_what_it_shows(service: Service) -> None:
    found, _ = service.open_case(content={"story": "An invented lantern."})
    other, _ = service.open_case()
    mine = service.handler("handler-2")
    with nothing_stored(service):
        assert service.post("/search", {"text": "nowhere"}, mine).get_json()["items"] == []
    assert len(service.post("/search", {"text": "lantern"}, mine).get_json()["items"]) == 1
    noted = openings(service)
    assert (noted[place(service, found)], noted[place(service, other)]) == (1, 0)
    assert len(service.post("/search", {"text": "invented"}, mine).get_json()["items"]) == 2
    noted = openings(service)
    assert (noted[place(service, found)], noted[place(service, other)]) == (1, 1)


def test_a_change_is_noted_beside_the_look(service: Service) -> None:
    reference, _ = service.open_case()
    change(service, reference, urgent=True)
    assert openings(service)[place(service, reference, "handler-1")] == 1


def test_what_is_refused_shows_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    bearer = service.handler("handler-3")
    for path in ("/messages", "/notes", "/classification"):
        where = f"/cases/{reference}{path}"
        refused(service, "GET", where, bearer=bearer, status=404, code="not_found")
    body = {"status": "new", "urgent": 7}
    where = f"/cases/{reference}"
    refused(service, "PATCH", where, body, service.handler(), status=422, code="invalid")


def test_two_looks_at_once_are_one(service: Service) -> None:
    references = [service.open_case()[0] for _ in range(3)]
    bearer = service.handler("handler-2")
    calls = [
        (method, path.format(one), body, bearer)
        for one in references
        for method, path, body in (
            ("GET", "/cases/{}", None),
            ("GET", "/cases/{}/messages", None),
            ("GET", "/cases/{}", None),
            ("POST", "/search", {"text": "invented"}),
        )
    ]
    for _ in range(3):
        assert {one.status_code for one in at_once(service, calls)} == {200}
        assert set(openings(service).values()) == {1}
        service.database.write(
            lambda db: db.connection().exec_driver_sql("DELETE FROM audit").close()
        )


def test_the_chain_holds(service: Service) -> None:
    for _ in range(3):
        service.open_case()
    service.post("/search", {"text": "invented"}, service.handler("handler-2"))
    with service.database.read(in_batches=True) as db:
        held, broken = auditing.check(db, organisations.find(db, "eeast"))
    assert broken is None
    assert held >= 3
