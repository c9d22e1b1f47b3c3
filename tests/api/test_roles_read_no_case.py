"""Administrators and analysts read no case: by no call, and not with the whole database."""

from __future__ import annotations

from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errors import WrenError
from shared.sealing import envelope
from shared.sealing.encoding import unbox
from tests.api.checks import UNKNOWN, check_problem, snapshot
from tests.api.test_url_map import routes
from tests.journeys.marks import rows
from tests.service import STAFF, Service

STORY = "An invented story about a group chat."
BODIES: tuple[Any, ...] = (
    None,
    {},
    {"status": "acknowledged"},
    {"urgent": True},
    {"id": str(uuid4()), "content": {"text": "Invented."}},
    {"content": {"text": "Invented."}},
    {"text": "invented"},
)


def filled(rule: str, reference: str) -> str:
    """The path of a rule, with this case and eeast."""
    path = rule.removeprefix("/api/v1").replace("<string:reference>", reference)
    path = path.replace("<string:slug>", "eeast")
    return path.replace("<string:", "").replace(">", "")


@pytest.mark.parametrize("name", STAFF)
def test_it_works(service: Service, name: str) -> None:
    reference, _ = service.open_case()
    bearer = service.handler(name)
    assert service.get("/account", bearer).status_code == 200
    assert service.get("/cases", bearer).get_json() == {"items": [], "next": None}
    path = f"/cases/{reference}"
    check_problem(service.get(path, bearer), 404, "not_found")
    unknown = service.get(f"/cases/{UNKNOWN}", service.handler())
    assert service.get(path, bearer).data == unknown.data


@pytest.mark.parametrize("name", STAFF)
def test_by_no_call(service: Service, name: str) -> None:
    reference, _ = service.open_case()
    case = service.get(f"/cases/{reference}", service.handler()).get_json()["case_id"]
    bearer = service.handler(name)
    before = snapshot(service)
    of_cases = ("cases", "case_access", "case_epochs", "case_keys", "messages", "notes")
    for method, rule, needs in routes(service.app):
        if "account" not in (needs or ()) or rule.endswith("/session"):
            continue
        bodies = BODIES if method in ("POST", "PUT", "PATCH") else (None,)
        for body in bodies:
            answer = service.call(method, filled(rule, reference), body, bearer)
            for secret in (reference, case, STORY):
                assert secret not in answer.text, (method, rule)
            if "<string:reference>" in rule:
                assert answer.status_code in (400, 403, 404, 415, 422), (method, rule)
    after = snapshot(service)
    for table in of_cases:
        assert after[table] == before[table], table


@pytest.mark.parametrize("name", STAFF)
def test_they_can_not_sign_the_roster(service: Service, name: str) -> None:
    bearer, before = service.handler(name), snapshot(service)
    for who in (name, "handler-2"):
        body = {"approve": str(service.handlers[who].id)}
        answer = service.post("/organisations/eeast/roster", body, bearer)
        assert answer.status_code in (403, 404)
    assert snapshot(service)["roster_records"] == before["roster_records"]


def test_their_keys_open_nothing_of_the_database(service: Service) -> None:
    service.open_case()
    found = rows(service.database_url)
    blobs = [bytes(one) for table in found.values() for row in table for one in row
             if isinstance(one, bytes | memoryview)]  # fmt: skip
    ids = [UUID(int=0), *(one.id for one in service.handlers.values())]
    case = UUID(str(found["cases"][0][0]))
    assert len(blobs) > 50
    opened = 0
    for name in (*STAFF, "handler-1"):
        keys = service.handlers[name].keyring
        for blob, reader in product(blobs, ids):
            for purpose in (0, 1):
                place = envelope.key_place(case, reader, purpose, 0)
                try:
                    envelope.unseal("case-key", place, keys.seal_private, blob)
                    assert name == "handler-1"
                    opened += 1
                except WrenError:
                    continue
        for blob in blobs:
            for bound in (b"", case.bytes, b"wren/v1/password\0" + ids[1].bytes):
                with pytest.raises(WrenError):
                    unbox(keys.seed, blob, bound)
    assert opened == 1, "what a reader of the case can do"
