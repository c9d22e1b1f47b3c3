"""Links between cases that name the same group or person: handlers see them, reporters don't."""

from __future__ import annotations

import pytest

from api.models.case import CaseLink
from tests.api import sealed
from tests.api.checks import (
    MARK,
    UNKNOWN,
    at_once,
    check_problem,
    counts,
    nothing_stored,
    outsiders_refused,
    refused,
)
from tests.api.handling import acts, case_row, join_elsewhere, person
from tests.service import Service


def link(service: Service, one: str, other: str, name: str = "handler-1") -> list[str]:
    """Links two cases; the references that are linked with the first now."""
    answer = service.post(f"/cases/{one}/links", {"reference": other}, service.handler(name))
    assert answer.status_code == 200, answer.text
    return [item["reference"] for item in answer.get_json()["items"]]


def links(service: Service, reference: str, name: str = "handler-1") -> list[str]:
    """The references that this handler is told."""
    bearer = service.handler(name)
    page = service.get(f"/cases/{reference}/links", bearer).get_json()
    found = [item["reference"] for item in page["items"]]
    shown = service.get(f"/cases/{reference}", bearer).get_json()["links"]
    assert set(shown) == set(found)
    return found


def test_it_works(service: Service) -> None:
    (one, token), (other, _), (third, _) = (service.open_case() for _ in range(3))
    assert link(service, one, other) == [other]
    assert link(service, third, one, "handler-2") == [one]
    assert set(links(service, one)) == {other, third}
    assert links(service, other, "handler-2") == [one]
    assert "links" not in service.get("/case", service.reporter(token)).get_json()
    path = f"/cases/{other}/links/{one}"
    assert service.call("DELETE", path, bearer=service.handler()).status_code == 204
    assert links(service, one) == [third]
    other_id = str(case_row(service, other).id)
    assert acts(service, one) == [("cases_linked", {"other": other_id})]
    one_id = str(case_row(service, one).id)
    assert acts(service, other) == [("cases_unlinked", {"other": one_id})]


def test_outsiders_link_nothing(service: Service) -> None:
    (one, _), (other, _) = (service.open_case() for _ in range(2))
    outsiders_refused(service, "GET", "/cases/{}/links", one)
    outsiders_refused(service, "POST", "/cases/{}/links", one, {"reference": other})
    link(service, one, other)
    outsiders_refused(service, "DELETE", f"/cases/{{}}/links/{other}", one)


def test_the_same_again_is_no_fault(service: Service) -> None:
    (one, _), (other, _) = (service.open_case() for _ in range(2))
    link(service, one, other)
    bearer = service.handler()
    with nothing_stored(service):
        for first, second in ((one, other), (other, one)):
            path = f"/cases/{first}/links"
            assert service.post(path, {"reference": second}, bearer).status_code == 200
    assert counts(service)["case_links"] == 1


def test_two_at_the_same_time(service: Service) -> None:
    (one, _), (other, _) = (service.open_case() for _ in range(2))
    calls = [
        ("POST", f"/cases/{first}/links", {"reference": second}, service.handler(name))
        for first, second, name in ((one, other, "handler-1"), (other, one, "handler-2"))
    ]
    assert [answer.status_code for answer in at_once(service, calls)] == [200, 200]
    assert counts(service)["case_links"] == 1


def test_who_is_excluded_from_one_of_both(service: Service) -> None:
    left_out = [person(service, "handler-2")]
    (one, _), (hidden, _) = service.open_case(), service.open_case(excluded=left_out)
    bearer = service.handler("handler-2")
    path = f"/cases/{one}"
    before = service.get(path, bearer).data, service.get(f"{path}/links", bearer).data
    assert link(service, one, hidden) == [hidden]
    # Neither the link nor a count: all is as it was.
    after = service.get(path, bearer).data, service.get(f"{path}/links", bearer).data
    assert before == after
    assert links(service, one, "handler-2") == []
    refused(service, "GET", f"/cases/{hidden}/links", bearer=bearer, status=404, code="not_found")
    # They can neither find it out by linking nor by taking away.
    told = [
        refused(service, "POST", f"{path}/links", {"reference": other}, bearer,
                status=422, code="invalid")
        for other in (hidden, UNKNOWN)
    ]  # fmt: skip
    assert told[0] == told[1]
    assert set(told[0]["errors"]) == {"reference"}
    for other in (hidden, UNKNOWN):
        refused(service, "DELETE", f"{path}/links/{other}", bearer=bearer,
                status=404, code="not_found")  # fmt: skip
    page = service.get(f"/audit?organisation=eeast&case={one}", bearer).get_json()["items"]
    assert "cases_linked" not in [entry["act"] for entry in page]


def test_cases_that_can_not_be_linked(service: Service) -> None:
    (one, _), (other, _) = (service.open_case() for _ in range(2))
    manager, _ = service.open_case(desk="senior-manager")
    elsewhere, _ = service.open_case("elsewhere")
    bearer, path = service.handler(), f"/cases/{one}/links"
    for reference in (manager, elsewhere, UNKNOWN):
        told = refused(service, "POST", path, {"reference": reference}, bearer,
                       status=422, code="invalid")  # fmt: skip
        assert set(told["errors"]) == {"reference"}
    with nothing_stored(service):
        check_problem(service.post(path, {"reference": one}, bearer), 409, "conflict")
    refused(service, "DELETE", f"{path}/{other}", bearer=bearer, status=404, code="not_found")


def test_organisations_are_apart_for_a_handler_of_both(service: Service) -> None:
    join_elsewhere(service, "handler-1")
    (here, _), (there, _) = service.open_case(), service.open_case("elsewhere")
    bearer = service.handler()
    assert service.get(f"/cases/{there}", bearer).status_code == 200
    told = refused(service, "POST", f"/cases/{here}/links", {"reference": there}, bearer,
                   status=422, code="invalid")  # fmt: skip
    assert set(told["errors"]) == {"reference"}


def test_links_go_with_a_case(service: Service) -> None:
    (one, token), (other, _) = (service.open_case() for _ in range(2))
    link(service, one, other)
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    assert links(service, other) == []
    with service.database.read() as db:
        assert db.query(CaseLink).count() == 0


def test_a_session_that_seals_links_too(service: Service) -> None:
    (one, _), (other, _) = (sealed.open_case(service) for _ in range(2))
    body, bearer = {"reference": other}, sealed.handler(service)
    assert service.post(f"/cases/{one}/links", body, bearer).status_code == 200
    assert links(service, other) == [one]


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    one, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{one}/links"
    for what, (body, name) in {
        "nothing": ({}, "reference"),
        "null": ({"reference": None}, "reference"),
        "empty": ({"reference": ""}, "reference"),
        "lower case": ({"reference": MARK}, "reference"),
        "too long": ({"reference": "A" * 21}, "reference"),
        "nothing that is seen": ({"reference": "\0"}, "reference"),
        "a list": ({"reference": [one]}, "reference"),
        "unknown": ({"reference": one, MARK: MARK}, "_unknown"),
    }.items():
        with subtests.test(what):
            with nothing_stored(service):
                answer = service.post(path, body, bearer)
            told = check_problem(answer, 422, "invalid")
            assert set(told["errors"]) == {name}
