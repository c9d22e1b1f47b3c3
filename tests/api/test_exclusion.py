"""Exclusion: a handler whom the reporter left out sees nothing, anywhere."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from api.models.case import CaseKey
from shared.errors import WrongKey
from shared.sealing.encoding import unb64
from tests.api import sealed
from tests.api.checks import UNKNOWN, check_problem, nothing_stored, text
from tests.service import Service


def opened(service: Service, seal: bool) -> tuple[str, str]:
    """A case from which handler-2 is left out: its reference and token."""
    left_out = service.handlers["handler-2"].id
    if seal:
        return sealed.open_case(service, excluded=[left_out])
    return service.open_case(excluded=[str(left_out)])


@pytest.fixture(params=["readable", "sealed"])
def case(request: pytest.FixtureRequest, service: Service) -> tuple[str, str]:
    """A case without handler-2, opened in either form."""
    return opened(service, request.param == "sealed")


def test_it_works(service: Service, case: tuple[str, str]) -> None:
    reference, token = case
    one, two = service.handler("handler-1"), service.handler("handler-2")
    assert len(service.get("/cases", one).get_json()["items"]) == 1
    assert service.get("/cases", two).get_json() == {"items": [], "next": None}
    for method, path, body in (
        ("GET", "/cases/{}", None),
        ("PATCH", "/cases/{}", {"status": "closed"}),
        ("GET", "/cases/{}/messages", None),
        ("POST", "/cases/{}/messages", text()),
    ):
        with nothing_stored(service):
            answer = service.call(method, path.format(reference), body, two)
        check_problem(answer, 404, "not_found")
        assert answer.data == service.call(method, path.format(UNKNOWN), body, two).data
    bearer = service.reporter(token)
    service.post("/case/messages", text("Still without them"), bearer)
    assert service.get("/cases", two).get_json()["items"] == []
    assert service.get(f"/cases/{reference}/messages", two).status_code == 404


def test_the_reporter_sees_who_reads(service: Service, case: tuple[str, str]) -> None:
    _, token = case
    found = service.get("/case", service.reporter(token)).get_json()
    assert [one["display_name"] for one in found["handlers"]] == ["handler-1"]


def test_who_reads_is_told_who_does_not(service: Service, case: tuple[str, str]) -> None:
    reference, _ = case
    left_out = str(service.handlers["handler-2"].id)
    found = service.get(f"/cases/{reference}", service.handler()).get_json()
    assert found["excluded"] == [left_out]
    assert found["report"]["content"]["excluded"] == [left_out]


def test_no_key_is_sealed_to_them(service: Service, case: tuple[str, str]) -> None:
    reference, _ = case
    with service.database.read() as db:
        readers = set(db.scalars(select(CaseKey.reader)))
    assert readers == {UUID(int=0), service.handlers["handler-1"].id}
    # With the whole database and their own keys they would open nothing.
    found = service.get(f"/cases/{reference}", service.handler()).get_json()
    who = service.handlers["handler-2"]
    bearer = service.handler()
    outside = sealed.unlock(service, f"/cases/{reference}", bearer, who.id, who.keyring)
    with pytest.raises(WrongKey):
        outside.read(
            "message",
            UUID(found["report"]["id"]),
            unb64(found["report"]["sealed"]["envelope"]),
        )


def test_somebody_of_another_desk_may_be_named_too(service: Service) -> None:
    left_out = [str(service.handlers["handler-3"].id)]
    reference, _ = service.open_case(excluded=left_out)
    found = service.get(f"/cases/{reference}", service.handler()).get_json()
    assert found["excluded"] == left_out
    assert len(found["handlers"]) == 2


def test_named_twice_counts_once(service: Service) -> None:
    left_out = str(service.handlers["handler-2"].id)
    reference, _ = service.open_case(excluded=[left_out, left_out])
    found = service.get(f"/cases/{reference}", service.handler()).get_json()
    assert found["excluded"] == [left_out]
