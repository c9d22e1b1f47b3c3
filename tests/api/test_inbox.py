"""The inbox: what a handler can open, newest first, and nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.sealing.encoding import unb64
from tests.api.checks import MARK, nothing_stored, refused, text
from tests.api.handling import case_row
from tests.service import OUTSIDERS, Service


def inbox(service: Service, username: str = "handler-1", query: str = "") -> list[str]:
    """The references in this handler's inbox."""
    answer = service.get(f"/cases{query}", service.handler(username))
    assert answer.status_code == 200, answer.text
    return [one["reference"] for one in answer.get_json()["items"]]


def test_it_works(service: Service) -> None:
    references = [service.open_case()[0] for _ in range(3)]
    assert inbox(service) == references[::-1]
    assert inbox(service, "handler-2") == references[::-1]
    item = service.get("/cases", service.handler()).get_json()["items"][0]
    today = item.pop("opened_on")
    assert item.pop("acknowledge_by") > today
    assert item.pop("feedback_by") > today
    assert item == {
        "reference": references[2],
        "organisation": "eeast",
        "desk": "guardian",
        "status": "new",
        "urgent": False,
        "last_day": today,
        "last_author": "reporter",
        "due": "acknowledge",
        "overdue": False,
        "assigned_to": None,
        "confidentiality": "anonymous",
        "legal_hold": False,
        "goes_on": None,
    }


def test_outsiders_have_an_empty_one(service: Service) -> None:
    service.open_case()
    for name in OUTSIDERS:
        with_case = service.get("/cases", service.handler(name))
        assert with_case.get_json() == {"items": [], "next": None}
        for query in ("?organisation=eeast", "?desk=guardian", "?status=new"):
            assert inbox(service, name, query) == []


def test_each_desk_and_organisation_has_its_own(service: Service) -> None:
    guardian, _ = service.open_case()
    manager, _ = service.open_case(desk="senior-manager")
    elsewhere, _ = service.open_case("elsewhere")
    assert inbox(service, "handler-1") == [guardian]
    assert inbox(service, "handler-3") == [manager]
    assert inbox(service, "handler-5") == [elsewhere]


def test_it_can_be_narrowed(service: Service) -> None:
    one, two = (service.open_case()[0] for _ in range(2))
    service.call("PATCH", f"/cases/{one}", {"status": "closed"}, service.handler())
    assert inbox(service, query="?status=closed") == [one]
    assert inbox(service, query="?status=new") == [two]
    assert inbox(service, query="?desk=guardian&organisation=eeast") == [two, one]
    assert inbox(service, query="?desk=senior-manager") == []
    assert inbox(service, query="?organisation=elsewhere") == []
    assert inbox(service, query="?organisation=nowhere") == []


def test_the_newest_message_is_told(service: Service) -> None:
    reference, token = service.open_case()
    bearer = service.handler()
    service.post(f"/cases/{reference}/messages", text(), bearer)
    item = service.get("/cases", bearer).get_json()["items"][0]
    assert item["last_author"] == f"handler:{service.handlers['handler-1'].id}"
    service.post("/case/messages", text(), service.reporter(token))
    assert service.get("/cases", bearer).get_json()["items"][0]["last_author"] == "reporter"


def test_pages(service: Service) -> None:
    references = [service.open_case()[0] for _ in range(5)]
    bearer, seen, after = service.handler(), [], ""
    for _ in range(3):
        page = service.get(f"/cases?limit=2{after}", bearer).get_json()
        seen += [one["reference"] for one in page["items"]]
        after = f"&after={page['next']}"
    assert page["next"] is None
    assert seen == references[::-1]


def test_a_case_that_comes_between_pages_moves_nothing(service: Service) -> None:
    references = [service.open_case()[0] for _ in range(4)]
    bearer = service.handler()
    first = service.get("/cases?limit=2", bearer).get_json()
    service.open_case()
    second = service.get(f"/cases?limit=2&after={first['next']}", bearer).get_json()
    seen = [one["reference"] for page in (first, second) for one in page["items"]]
    assert seen == references[::-1]


def test_a_cursor_tells_nothing_and_is_its_readers(service: Service) -> None:
    two = str(service.handlers["handler-2"].id)
    first, _ = service.open_case()
    hidden = [service.open_case(excluded=[two])[0] for _ in range(3)]
    service.open_case()
    bearer, other = service.handler("handler-2"), service.handler("handler-1")
    one, again = (service.get("/cases?limit=1", bearer).get_json()["next"] for _ in range(2))
    assert one != again
    assert len(unb64(one)) == 12 + 8 + 16 + 16
    assert case_row(service, first).id.bytes not in unb64(one)
    assert inbox(service, "handler-2", f"?after={one}") == [first]
    # Numbers, as they stood in the open, would have counted what lies between.
    some = UUID(int=7)
    for number in range(1, 8):
        path = f"/cases?after={number}.{some}"
        refused(service, "GET", path, bearer=bearer, status=422, code="invalid")
    theirs = service.get("/cases?limit=1", other).get_json()["next"]
    audits = service.get("/audit?organisation=eeast&limit=1", bearer).get_json()["next"]
    for cursor, who in ((theirs, bearer), (one, other), (audits, bearer), (one[:-2], bearer)):
        path = f"/cases?after={cursor}"
        told = refused(service, "GET", path, bearer=who, status=422, code="invalid")
        assert set(told["errors"]) == {"after"}
    assert set(hidden).isdisjoint(inbox(service, "handler-2"))


def test_reading_it_changes_nothing(service: Service) -> None:
    service.open_case()
    bearer = service.handler()
    with nothing_stored(service):
        service.get("/cases", bearer)


def test_queries_that_are_none(service: Service, subtests: pytest.Subtests) -> None:
    service.open_case()
    bearer, some = service.handler(), UUID(int=7)
    for query in (
        "limit=0", "limit=201", "limit=many", "after=1", "after=x.y", f"after=x.{some}",
        f"after=-1.{some}", f"after=99999999999.{some}", f"after={'9' * 27}.{some}",
        f"after={'9' * 99}.{some}", "after=", "status=open", "status=", "desk=GUARDIAN",
        "organisation=%00", f"desk={MARK}%0a%0a", f"{MARK}=1",
    ):  # fmt: skip
        with subtests.test(query):
            path = f"/cases?{query}"
            told = refused(service, "GET", path, bearer=bearer, status=422, code="invalid")
            name = query.partition("=")[0]
            assert set(told["errors"]) == {"_unknown" if name == MARK else name}


def test_a_reporters_bearer_is_not_taken(service: Service) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    refused(service, "GET", "/cases", bearer=bearer, status=401, code="sign_in")
    refused(service, "GET", "/cases", status=401, code="sign_in")
