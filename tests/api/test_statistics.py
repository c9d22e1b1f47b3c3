"""Counts by quarter: who gets which, small ones hidden, and nothing of what is kept back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, update

from api.models.organisation import Organisation
from api.models.tally import Tally
from api.rules import categories, organisations, tally
from tests.api.checks import check_problem, refused
from tests.api.test_categories import OWN
from tests.api.test_newcomers import waiting
from tests.service import Service

PATH = "/statistics?organisation=eeast"


def statistics(service: Service, name: str = "analyst-1") -> dict[str, Any]:
    answer = service.get(PATH, service.handler(name))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def groups(service: Service, name: str = "analyst-1", at: int = 0) -> dict[str, Any]:
    """field -> (total, value -> count), None for what is hidden."""
    quarters = statistics(service, name)["quarters"]
    if not quarters:
        return {}
    return {
        one["field"]: (
            one["total"] and one["total"]["count"],
            {row["value"]: row["count"] for row in one["rows"]},
        )
        for one in quarters[at]["groups"]
    }


def open_cases(service: Service, count: int, **fields: Any) -> list[str]:
    return [service.open_case(**fields)[0] for _ in range(count)]


def close(service: Service, reference: str) -> None:
    body = {"status": "closed"}
    answer = service.call("PATCH", f"/cases/{reference}", body, service.handler())
    assert answer.status_code == 200, answer.text


def fill_tally(service: Service, quarter: str, counts: dict[tuple[str, str], int]) -> None:
    def fill(db: Any) -> None:
        eeast = organisations.find(db, "eeast")
        db.add_all(
            Tally(organisation_id=eeast.id, quarter=quarter, field=field, value=value, count=count)
            for (field, value), count in counts.items()
        )

    service.database.write(fill)


def this_quarter(service: Service) -> str:
    with service.database.read() as db:
        return tally.quarter_of(organisations.today(db, organisations.find(db, "eeast")))


def test_it_works(service: Service) -> None:
    references = open_cases(service, 12)
    for reference in references[:6]:
        close(service, reference)
    found = statistics(service)
    assert (found["organisation"], found["least"]) == ("eeast", 5)
    assert [one["quarter"] for one in found["quarters"]] == [this_quarter(service)]
    shown = groups(service)
    # The other desk has none, and none is less than five: so neither desk is shown.
    assert shown["opened"] == (12, {"guardian": None, "senior-manager": None})
    open_cases(service, 6, desk="senior-manager")
    assert groups(service)["opened"] == (18, {"guardian": 12, "senior-manager": 6})
    opened = next(one for one in statistics(service)["quarters"][0]["groups"])
    assert opened["rows"][0]["name"] == "Freedom to Speak Up guardian"


def test_small_counts_are_hidden(service: Service) -> None:
    open_cases(service, 3)
    for total, rows in groups(service).values():
        assert total is None
        assert set(rows.values()) == {None}
    for one in statistics(service)["quarters"][0]["groups"]:
        assert one["total"]["hidden"] is True
        assert all(row["hidden"] for row in one["rows"])


def test_what_was_not_released_is_not_counted(service: Service) -> None:
    change = update(Organisation).values(release=["00:00"])
    service.database.write(lambda db: db.execute(change))
    before = statistics(service)
    open_cases(service, 6)
    assert statistics(service) == before
    service.clock.now += 24 * 3600 + 60
    assert groups(service)["opened"][0] == 6


COUNTS = {
    ("case", "classified"): 30,
    ("confidentiality", "anonymous"): 24,
    ("confidentiality", "open"): 6,
    ("element", "patient_safety"): 7,
    ("element", "detriment"): 2,
    ("category", "system-process"): 9,
    ("region", "norfolk"): 30,
    ("outcome", "advice-given"): 12,
    ("outcome", "referred"): 3,
    ("speak_up_again", "yes"): 9,
    ("speak_up_again", "no"): 1,
    ("days_to_feedback", "40"): 1,
}


def test_what_was_classified(service: Service) -> None:
    eeast = "eeast"
    service.database.write(lambda db: categories.change(db, organisations.find(db, eeast), OWN))
    fill_tally(service, "2025-Q4", COUNTS)
    shown = groups(service)
    assert shown["classified"] == (30, {})
    total, elements = shown["element"]
    assert total is None
    assert elements["patient_safety"] == 7
    # A two, a zero: the same.
    assert elements["detriment"] is None
    assert elements["worker_safety"] is None
    assert shown["category"] == (None, {"system-process": 9})
    total, outcomes = shown["outcome"]
    assert (total, outcomes["referred"], outcomes["other"]) == (30, None, None)
    assert outcomes["not_set"] == 15
    # Nobody may subtract the nine from the ten.
    total, answers = shown["speak_up_again"]
    assert total == 10
    assert answers["no"] is None
    assert "days_to_feedback" not in shown
    names = {
        row["value"]: row["name"]
        for one in statistics(service)["quarters"][0]["groups"]
        for row in one["rows"]
    }
    assert names["patient_safety"] == "Patient safety or quality"
    assert names["norfolk"] == "Norfolk"
    assert groups(service, "administrator-1") == shown


def test_handlers_get_no_counts_that_hold_what_is_kept_from_them(service: Service) -> None:
    fill_tally(service, this_quarter(service), COUNTS)
    fill_tally(service, "2025-Q4", COUNTS)
    open_cases(service, 6)
    for name in ("handler-1", "handler-3"):
        assert set(groups(service, name)) == {"opened", "open", "closed"}
        assert len(statistics(service, name)["quarters"]) == 1


def test_an_excluded_handler_sees_no_count(service: Service) -> None:
    open_cases(service, 6)
    open_cases(service, 6, desk="senior-manager")
    before = statistics(service, "handler-1")
    open_cases(service, 7, excluded=[str(service.handlers["handler-1"].id)])
    assert statistics(service, "handler-1") == before
    assert groups(service, "handler-2")["opened"] == (19, {"guardian": 13, "senior-manager": 6})


def test_no_case_at_all(service: Service) -> None:
    assert statistics(service)["quarters"] == []


def test_organisations_are_apart(service: Service) -> None:
    open_cases(service, 6, slug="elsewhere")
    assert statistics(service)["quarters"] == []
    answer = service.get("/statistics?organisation=elsewhere", service.handler("handler-5"))
    opened = answer.get_json()["quarters"][0]["groups"][0]
    assert opened["total"] == {"count": 6, "hidden": False}


def test_roles_and_outsiders(service: Service) -> None:
    told = check_problem(
        service.get("/statistics?organisation=nowhere", service.handler()), 404, "not_found"
    )
    for name in ("handler-5", waiting(service, "analyst", "elsewhere")):
        bearer = service.handler(name)
        assert refused(service, "GET", PATH, None, bearer, status=404, code="not_found") == told
    who = service.handler(waiting(service))
    refused(service, "GET", PATH, None, who, status=403, code="not_allowed")
    reporter = service.reporter(service.open_case()[1])
    refused(service, "GET", PATH, None, reporter, status=401, code="sign_in")


@pytest.mark.parametrize("path", ["/statistics", f"{PATH}&quarter=1", "/statistics?organisation="])
def test_queries_that_do_not_fit(service: Service, path: str) -> None:
    refused(service, "GET", path, None, service.handler(), status=422, code="invalid")


def test_the_statements_do_not_grow(service: Service) -> None:
    def statements() -> int:
        bearer, count = service.handler("analyst-1"), [0]

        def see(*_: Any) -> None:
            count[0] += 1

        event.listen(service.database.engine, "before_cursor_execute", see)
        service.get(PATH, bearer)
        event.remove(service.database.engine, "before_cursor_execute", see)
        return count[0]

    open_cases(service, 1)
    fill_tally(service, "2025-Q4", COUNTS)
    statements()  # the day's first call also tidies up
    before = statements()
    open_cases(service, 6)
    fill_tally(service, "2025-Q3", COUNTS)
    assert statements() == before
