"""The quarterly return: exact, submitted once, corrected in the open; and who may see it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from api.rules import returns, tally
from tests.api.checks import at_once, check_problem, nothing_stored, refused
from tests.api.clients import client
from tests.api.returning import (
    COUNTS,
    LAST,
    body,
    count,
    end,
    get,
    path,
    rows,
    submit,
    this_quarter,
)
from tests.api.test_newcomers import waiting
from tests.filling import Made, fill
from tests.service import Service

DAY = date(2026, 1, 7)
POST = path().partition("?")[0]


def test_it_works(service: Service) -> None:
    count(service, COUNTS)
    found = get(service)
    assert (found["state"], found["number"], found["version"]) == ("preview", 1, "2026")
    assert (found["first_day"], found["last_day"]) == ("2026-01-01", "2026-03-31")
    shown = rows(found)
    assert (shown["cases/cases"], shown["cases/anonymous"]) == (12, 9)
    elements = {name: value for name, value in shown.items() if name.startswith("elements/")}
    assert sorted(elements.values()) == [0, 0, 0, 1, 7]
    assert shown["elements/detriment"] == 1  # exact, however small
    groups = {name: value for name, value in shown.items() if name.startswith("professional")}
    assert groups["professional_groups/not-known"] == 6
    assert sum(groups.values()) == 12
    assert (shown["feedback/yes"], shown["feedback/maybe"]) == (2, 0)
    assert found["warnings"] == [{"code": "unclassified", "count": 2, "name": ""}]
    made = submit(service)
    assert (made["state"], made["number"], made["by"]) == ("submitted", 1, "administrator-1")
    assert made["rows"] == found["rows"]
    assert get(service) == made


def test_cases_of_the_quarter_that_are_there(service: Service) -> None:
    quarter = this_quarter(service)
    reference, _ = service.open_case()
    service.open_case(desk="senior-manager")
    chosen = {"national": "2026", "local": 0, "elements": ["detriment"], "categories": [],
              "region": None, "channel": None, "professional_group": "ambulance",
              "outcome": None}  # fmt: skip
    given = {"id": "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7c", "content": chosen}
    bearer = service.handler()
    answer = service.call("PUT", f"/cases/{reference}/classification", given, bearer)
    assert answer.status_code in (200, 201), answer.text
    end(service, quarter)
    found = get(service, quarter=quarter)
    shown = rows(found)
    assert (shown["cases/cases"], shown["cases/anonymous"]) == (2, 2)
    assert shown["elements/detriment"] == 1
    assert shown["professional_groups/ambulance"] == 1
    assert shown["professional_groups/not-known"] == 1
    assert found["warnings"][0]["count"] == 1


@pytest.mark.parametrize("cases", [0, 1])
def test_a_quarter_with_no_case_and_with_one(service: Service, cases: int) -> None:
    count(service, {("left", "guardian"): cases, ("confidentiality", "open"): cases})
    found = submit(service)
    shown = rows(found)
    assert shown.pop("cases/cases") == cases
    assert shown.pop("professional_groups/not-known") == cases
    assert set(shown.values()) == {0}
    assert len(found["warnings"]) == cases
    for kind in ("csv", "xlsx"):
        answer = service.get(path(kind=f".{kind}"), service.handler("analyst-1"))
        assert answer.status_code == 200


def test_a_submitted_return_never_changes(service: Service) -> None:
    count(service, COUNTS)
    first = submit(service)
    count(service, {("left", "guardian"): 1, ("element", "detriment"): 2})
    assert get(service) == first
    now = get(service, number=0)
    assert (now["state"], now["number"]) == ("preview", 2)
    changed = {one["code"]: (one["before"], one["after"]) for one in now["changes"]}
    assert changed == {"cases": (12, 13), "detriment": (1, 3), "not-known": (6, 7)}
    second = submit(service, why="A case that came by telephone was recorded late.")
    assert second["changes"] == now["changes"]
    newest = get(service)
    assert (newest["number"], newest["why"]) == (2, second["why"])
    heads = [(one["number"], one["why"]) for one in newest["submitted"]]
    assert heads == [(2, second["why"]), (1, "")]
    earlier = get(service, number=1)
    assert (earlier["rows"], earlier["number"]) == (first["rows"], 1)
    assert [one["number"] for one in earlier["submitted"]] == [2, 1]


def test_what_can_not_be_submitted(service: Service) -> None:
    count(service, COUNTS)
    bearer, seen = service.handler("administrator-1"), body(get(service))
    count(service, {("element", "detriment"): 1})

    def no(given: dict[str, Any], status: int, code: str) -> dict[str, Any]:
        with nothing_stored(service):
            return check_problem(service.post(POST, given, bearer), status, code)

    assert "have changed" in no(seen, 409, "conflict")["detail"]
    fresh = body(get(service))
    no(fresh | {"number": 2}, 409, "conflict")
    no(fresh | {"why": "No reason at all"}, 422, "invalid")
    no(fresh | {"digest": "short"}, 422, "invalid")
    assert service.post(POST, fresh, bearer).status_code == 201
    # The same again, as after a broken line, is the same.
    repeated = service.post(POST, fresh, bearer)
    assert (repeated.status_code, repeated.get_json()["number"]) == (200, 1)
    again = body(get(service, number=0), "Nothing changed")
    assert "already" in no(again, 409, "conflict")["detail"]
    count(service, {("element", "detriment"): 1})
    correction = body(get(service, number=0))
    assert "why" in no(correction, 422, "invalid")["errors"]


def test_a_quarter_that_is_not_over(service: Service) -> None:
    quarter, bearer = this_quarter(service), service.handler("administrator-1")
    refused(service, "GET", path(quarter), None, bearer, status=409, code="too_early")
    service.open_case()
    end(service, quarter, late=-1)
    refused(service, "GET", path(quarter), None, service.handler("analyst-1"),
            status=409, code="too_early")  # fmt: skip
    end(service, quarter)
    assert rows(get(service, quarter=quarter))["cases/cases"] == 1
    last = tally.days_of(quarter)[1]
    assert returns.due(quarter) == last + timedelta(days=2)


def test_who_reads_cases_sees_no_return(service: Service) -> None:
    """Less what is published it would be the cases that somebody was kept out of."""
    count(service, COUNTS)
    seen = body(get(service))
    for submitted in (False, True):
        if submitted:
            submit(service)
        for name in ("handler-1", "handler-3"):
            bearer = service.handler(name)
            for number in (None, 0, 1):
                for kind in ("", ".csv", ".xlsx"):
                    refused(service, "GET", path(kind=kind, number=number), None, bearer,
                            status=403, code="not_allowed")  # fmt: skip
            refused(service, "GET", "/returns?organisation=eeast", None, bearer,
                    status=403, code="not_allowed")  # fmt: skip
            refused(service, "POST", POST, seen, bearer, status=403, code="not_allowed")


def test_outsiders(service: Service) -> None:
    count(service, COUNTS)
    seen = body(get(service))
    submit(service)
    outsiders = ["handler-5", waiting(service, "analyst", "elsewhere"),
                 waiting(service, "administrator", "elsewhere")]  # fmt: skip
    for name in outsiders:
        bearer = service.handler(name)
        for kind in ("", ".csv", ".xlsx"):
            refused(service, "GET", path(kind=kind), None, bearer, status=404, code="not_found")
        refused(service, "GET", "/returns?organisation=eeast", None, bearer,
                status=404, code="not_found")  # fmt: skip
        refused(service, "POST", POST, seen, bearer, status=404, code="not_found")
    reporter = service.reporter(service.open_case()[1])
    refused(service, "GET", path(), None, reporter, status=401, code="sign_in")
    newcomer = service.handler(waiting(service))
    refused(service, "GET", path(), None, newcomer, status=403, code="not_allowed")


@pytest.mark.parametrize("place", ["/returns/2026/0", "/returns/2026/5", "/returns/1999/1",
                                   "/returns/99999/1"])  # fmt: skip
def test_quarters_that_there_are_not(service: Service, place: str) -> None:
    bearer = service.handler("analyst-1")
    refused(service, "GET", f"{place}?organisation=eeast", None, bearer,
            status=404, code="not_found")  # fmt: skip
    refused(service, "GET", path(number=1), None, bearer, status=404, code="not_found")


def test_the_list(service: Service) -> None:
    count(service, COUNTS, "2025-Q2")
    count(service, COUNTS)
    submit(service)
    listed = client(service).returns("eeast", service.handler("analyst-1"))
    codes = [one["code"] for one in listed]
    assert codes[-3:] == ["2025-Q4", "2025-Q3", "2025-Q2"]
    assert this_quarter(service) not in codes
    assert {one["code"]: len(one["submitted"]) for one in listed}["2025-Q4"] == 1


def test_it_stands_in_the_audit(service: Service) -> None:
    count(service, COUNTS)
    for name in ("analyst-1", "administrator-1", "administrator-1"):
        get(service, name)
    submit(service)
    get(service)
    audit = service.get("/audit?organisation=eeast", service.handler("handler-1")).get_json()
    acts = [(one["act"], one["actor_name"], one["detail"]) for one in audit["items"]]
    place = {"quarter": LAST}
    assert acts[:3] == [
        ("return_submitted", "administrator-1", place | {"number": 1}),
        ("return_previewed", "administrator-1", place),
        ("return_previewed", "analyst-1", place),
    ]
    assert [one for one, _, _ in acts].count("return_previewed") == 2


def test_the_client(service: Service) -> None:
    count(service, COUNTS)
    line, bearer = client(service), service.handler("administrator-1")
    found = line.quarterly_return("eeast", 2025, 4, bearer)
    made = line.submit_return(2025, 4, body(found), bearer)
    assert made == line.submit_return(2025, 4, body(found), bearer)
    assert line.quarterly_return("eeast", 2025, 4, bearer, 1)["rows"] == made["rows"]
    assert line.return_file("eeast", 2025, 4, "csv", bearer).startswith(b"organisation,")
    assert line.return_file("eeast", 2025, 4, "xlsx", bearer, 1).startswith(b"PK")


def test_a_case_that_somebody_is_kept_out_of_counts(service: Service) -> None:
    # The return is what the law asks for: whole.
    fill(service.database, "eeast", [Made(date(2026, 1, 5), kept=True, codes={}), Made(DAY)])
    assert rows(get(service))["cases/cases"] == 2


def test_two_at_once(service: Service) -> None:
    count(service, COUNTS)
    names = ("administrator-1", "analyst-1")
    wanted = body(get(service))
    bearers = [service.handler(one) for one in names]
    answers = at_once(service, [("POST", POST, wanted, one) for one in bearers])
    assert sorted(one.status_code for one in answers) == [200, 201]
    assert len(get(service)["submitted"]) == 1


def test_the_statements_do_not_grow(service: Service) -> None:
    def statements(path: str) -> int:
        bearer, run = service.handler("analyst-1"), [0]

        def note(*_: Any) -> None:
            run[0] += 1

        event.listen(service.database.engine, "before_cursor_execute", note)
        assert service.get(path, bearer).status_code == 200
        event.remove(service.database.engine, "before_cursor_execute", note)
        return run[0]

    count(service, COUNTS)
    submit(service)
    paths = (path(), path(number=0), "/returns?organisation=eeast")
    get(service, "analyst-1", number=0)
    before = [statements(one) for one in paths]
    for at in range(4):
        count(service, COUNTS)
        submit(service, why=f"Correction {at}")
    fill(service.database, "eeast", [Made(DAY) for _ in range(30)])
    assert [statements(one) for one in paths] == before
