"""Published figures: when a quarter is shown, to whom, and that it stays as it was shown."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, update

from api.models.organisation import Desk
from shared.schemas.integrations import STATISTICS, STATUS
from tests.api.checks import check_problem, refused
from tests.api.handling import at
from tests.api.test_api_keys import made
from tests.api.test_newcomers import waiting
from tests.filling import Made, fill, invented
from tests.service import Service

PATH = "/statistics?organisation=eeast"
SUMMER = (date(2025, 7, 1), date(2025, 9, 30))
"""2025-Q2, which is published on 21 October."""


@pytest.fixture(autouse=True)
def autumn(service: Service) -> None:
    """The day before the summer's figures are published."""
    at(service, "2025-10-20 12:00")


def statistics(service: Service, name: str = "analyst-1", path: str = PATH) -> dict[str, Any]:
    answer = service.get(path, service.handler(name))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def quarters(service: Service, name: str = "analyst-1", path: str = PATH) -> list[str]:
    return [one["quarter"] for one in statistics(service, name, path)["quarters"]]


def shown(service: Service, quarter: str = "2025-Q2") -> dict[str, dict[str, int | None]]:
    """Field -> value -> count, None for what is hidden."""
    found = statistics(service)["quarters"]
    one = next(each for each in found if each["quarter"] == quarter)
    groups = {
        group["field"]: {row["value"]: row["count"] for row in group["rows"]}
        for group in one["groups"]
    }
    return groups | {"opened": {"": one["opened"]["count"]}}


def some(count: int, opened: date = SUMMER[0], **fields: Any) -> list[Made]:
    return [Made(opened, **fields) for _ in range(count)]


def test_it_works(service: Service) -> None:
    fill(service.database, "eeast", invented(1, 200, *SUMMER))
    found = statistics(service)
    assert found["quarters"] == []
    assert found["next"] == {"quarter": "2025-Q2", "day": "2025-10-21"}
    assert (found["organisation"], found["least"]) == ("eeast", 5)
    at(service, "2025-10-21 00:30")
    found = statistics(service)
    assert [one["quarter"] for one in found["quarters"]] == ["2025-Q2"]
    assert found["next"] == {"quarter": "2025-Q3", "day": "2026-01-21"}
    (quarter,) = found["quarters"]
    assert (quarter["day"], quarter["opened"]["hidden"]) == ("2025-10-21", False)
    opened = quarter["opened"]["count"]
    for group in quarter["groups"]:
        if group["total"] and all(not row["hidden"] for row in group["rows"]):
            assert sum(row["count"] for row in group["rows"]) == group["total"]["count"]
    status = shown(service)["status"]
    assert status["open"] + status["closed"] == opened
    took = {one["field"]: (one["median"], one["p90"]) for one in quarter["times"]}
    assert took["days_to_acknowledge"][0] in (2, 3)
    assert took["days_to_feedback"][0] < took["days_to_feedback"][1] <= 130
    element = next(one for one in quarter["groups"] if one["field"] == "element")
    assert element["total"] is None
    assert element["rows"][0]["name"] == "Patient safety or quality"


def test_all_who_may_see_figures_see_the_same(service: Service) -> None:
    fill(service.database, "eeast", invented(2, 60, *SUMMER))
    at(service, "2025-10-21 12:00")
    one = statistics(service)
    assert one["quarters"]
    for name in ("administrator-1", "handler-1", "handler-3"):
        assert statistics(service, name) == one


def test_a_case_that_keeps_somebody_out_is_not_in_it(service: Service) -> None:
    # Whoever is kept out knows the cases that they see: a count more would tell of the others.
    fill(service.database, "eeast", some(20) + some(7, kept=True))
    at(service, "2025-10-21 12:00")
    assert shown(service)["opened"] == {"": 20}


def test_what_was_not_released_is_not_counted(service: Service) -> None:
    at(service, "2025-10-21 12:00")
    fill(service.database, "eeast", some(20) + some(7, released=False))
    assert shown(service)["opened"] == {"": 20}


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_quarter_with_none_is_as_one_with_few(service: Service, count: int) -> None:
    fill(service.database, "eeast", some(count, codes={"element": ("detriment",)}))
    at(service, "2025-11-21 12:00")
    if count:
        found = shown(service)
        assert {one for group in found.values() for one in group.values()} == {None}
    # Nothing of eeast's was before October: that the summer is listed tells of a case. A real
    # organisation is there before its first one.
    assert quarters(service) == (["2025-Q2"] if count else [])


def test_quarters_without_a_case_are_published_too(service: Service) -> None:
    fill(service.database, "eeast", some(9))
    at(service, "2026-07-25 12:00")
    assert quarters(service) == ["2026-Q1", "2025-Q4", "2025-Q3", "2025-Q2"]
    for quarter in ("2026-Q1", "2025-Q4"):
        found = shown(service, quarter)
        assert {one for group in found.values() for one in group.values()} == {None}


def test_sums_are_of_what_is_shown(service: Service) -> None:
    fill(service.database, "eeast", some(12) + some(8, desk="senior-manager"))
    fill(service.database, "eeast", some(9, date(2025, 11, 1)) + some(3, date(2025, 11, 1),
         desk="senior-manager"))  # fmt: skip
    at(service, "2026-01-21 12:00")
    found = statistics(service)
    sums = {one["field"]: one for one in found["sums"]}
    assert sums["opened"]["total"]["count"] == 32
    # One of the desks had three in the autumn, so neither is shown there.
    assert {row["count"] for row in sums["desk"]["rows"]} == {None}
    assert sums["desk"]["total"]["count"] == 32
    assert statistics(service, path=f"{PATH}&from=2025-Q3")["sums"] == []


def test_quarters_can_be_chosen(service: Service) -> None:
    fill(service.database, "eeast", some(9))
    at(service, "2026-07-25 12:00")
    assert quarters(service, path=f"{PATH}&from=2025-Q3&to=2025-Q4") == ["2025-Q4", "2025-Q3"]
    assert quarters(service, path=f"{PATH}&to=2025-Q2") == ["2025-Q2"]
    assert quarters(service, path=f"{PATH}&from=2031-Q1") == []


def test_organisations_are_apart(service: Service) -> None:
    fill(service.database, "elsewhere", some(6))
    at(service, "2025-10-21 12:00")
    assert quarters(service) == []
    found = statistics(service, "handler-5", "/statistics?organisation=elsewhere")
    assert found["quarters"][0]["opened"] == {"count": 6, "hidden": False}


@pytest.mark.parametrize("path", [PATH, PATH.replace("?", ".csv?")])
def test_roles_and_outsiders(service: Service, path: str) -> None:
    at(service, "2025-10-21 12:00")
    told = check_problem(
        service.get(path.replace("eeast", "nowhere"), service.handler()), 404, "not_found"
    )
    for name in ("handler-5", waiting(service, "analyst", "elsewhere")):
        bearer = service.handler(name)
        assert refused(service, "GET", path, None, bearer, status=404, code="not_found") == told
    who = service.handler(waiting(service))
    refused(service, "GET", path, None, who, status=403, code="not_allowed")
    reporter = service.reporter(service.open_case()[1])
    refused(service, "GET", path, None, reporter, status=401, code="sign_in")


@pytest.mark.parametrize("suffix", ["", ".csv"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?organisation=",
        "?organisation=eeast&quarter=2025-Q1",
        "?organisation=eeast&desk=guardian",
        "?organisation=eeast&from=2025-Q5",
        "?organisation=eeast&from=2025-Q1%0A",
        "?organisation=eeast&to=1999-Q1",
        "?organisation=eeast&from=2025-Q3&to=2025-Q2",
    ],
)
def test_queries_that_do_not_fit(service: Service, suffix: str, query: str) -> None:
    path = f"/statistics{suffix}{query}"
    refused(service, "GET", path, None, service.handler(), status=422, code="invalid")


def test_by_an_api_key(service: Service) -> None:
    fill(service.database, "eeast", some(9))
    at(service, "2025-10-21 12:00")
    key = made(service, STATISTICS)["key"]
    for path in (PATH, PATH.replace("?", ".csv?")):
        answer = service.get(path, key)
        assert (answer.status_code, answer.data) == (
            200,
            service.get(path, service.handler()).data,
        )
        other = path.replace("eeast", "elsewhere")
        refused(service, "GET", other, None, key, status=404, code="not_found")
        without = made(service, STATUS)["key"]
        refused(service, "GET", path, None, without, status=403, code="not_allowed")


def test_as_csv(service: Service) -> None:
    fill(service.database, "eeast", some(12) + some(3, desk="senior-manager"))
    names = update(Desk).where(Desk.slug == "guardian").values(name="=HYPERLINK(1)")
    service.database.write(lambda db: db.execute(names))
    at(service, "2025-10-21 12:00")
    answer = service.get(PATH.replace("?", ".csv?"), service.handler())
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0] == {
        "organisation": "eeast", "quarter": "2025-Q2", "shown_since": "2025-10-21",
        "field": "opened", "value": "", "name": "", "count": "15", "hidden": "no",
    }  # fmt: skip
    desks = {row["name"]: (row["count"], row["hidden"]) for row in rows if row["field"] == "desk"}
    assert desks == {"'=HYPERLINK(1)": ("", "yes"), "Senior manager": ("", "yes")}
    found = statistics(service)["quarters"][0]
    counted = sum(len(one["rows"]) for one in found["groups"])
    assert len(rows) == 1 + counted + 4


def test_the_statements_do_not_grow(service: Service) -> None:
    def statements() -> int:
        bearer, count = service.handler("analyst-1"), [0]

        def see(*_: Any) -> None:
            count[0] += 1

        event.listen(service.database.engine, "before_cursor_execute", see)
        service.get(PATH, bearer)
        event.remove(service.database.engine, "before_cursor_execute", see)
        return count[0]

    fill(service.database, "eeast", some(9))
    at(service, "2025-10-21 12:00")
    statistics(service)
    statements()  # the day's first call also tidies up
    before = statements()
    at(service, "2026-07-25 12:00")
    statistics(service)
    statements()
    assert statements() == before
