"""When figures are published, by what names, and what of later changes is shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from api.models.case import Case
from api.models.figures import PublishedFigures
from api.models.organisation import Organisation
from api.rules import categories, organisations, publication, tally
from tests.api.handling import at, change_settings
from tests.api.test_statistics import SUMMER, shown, some, statistics
from tests.filling import Made, fill
from tests.service import Service


@pytest.fixture(autouse=True)
def autumn(service: Service) -> None:
    """The day before the summer's figures are published."""
    at(service, "2025-10-20 12:00")


def test_a_published_quarter_stays(service: Service) -> None:
    fill(service.database, "eeast", some(30, closed=False))
    at(service, "2025-10-21 12:00")
    before = statistics(service)
    fill(service.database, "eeast", some(9, date(2025, 9, 30)))
    assert statistics(service) == before
    at(service, "2026-01-20 23:30")
    assert statistics(service) == before
    at(service, "2026-01-21 12:00")
    # The number of its cases is final.
    assert statistics(service)["quarters"][1:] == before["quarters"]


def close(service: Service, made: list[Made]) -> None:
    ids = [one.id for one in made]
    service.database.write(
        lambda db: db.execute(update(Case).where(Case.id.in_(ids)).values(status="closed"))
    )


def test_what_changes_by_five_is_shown_with_the_next_quarter(service: Service) -> None:
    made = some(30)
    fill(service.database, "eeast", made + some(10, closed=True))
    at(service, "2025-10-21 12:00")
    assert shown(service)["status"] == {"open": 30, "closed": 10}
    close(service, made[:4])
    at(service, "2026-01-21 12:00")
    assert shown(service)["status"] == {"open": 30, "closed": 10}
    close(service, made[:5])
    assert shown(service)["status"] == {"open": 30, "closed": 10}
    at(service, "2026-04-21 12:00")
    assert shown(service)["status"] == {"open": 25, "closed": 15}
    # Nor may it come back by less than five, to what was shown before or to what is now.
    close(service, made[:8])
    at(service, "2026-07-21 12:00")
    assert shown(service)["status"] == {"open": 25, "closed": 15}


def test_how_long_it_took_needs_enough_cases(service: Service) -> None:
    for count, slug in ((9, "eeast"), (10, "elsewhere")):
        fill(service.database, slug, some(count, acknowledged=7, feedback=40))
    at(service, "2025-10-21 12:00")
    for slug, name, wanted in (("eeast", "analyst-1", None), ("elsewhere", "handler-5", 5)):
        found = statistics(service, name, f"/statistics?organisation={slug}")["quarters"][0]
        took = {one["field"]: (one["median"], one["p90"]) for one in found["times"]}
        assert took["days_to_acknowledge"] == (wanted, None)


def test_how_long_it_took_is_shown_anew_after_five_more(service: Service) -> None:
    made = some(20)
    fill(service.database, "eeast", some(12, acknowledged=1) + made)
    medians = []
    days = ("2025-10-21", "2026-01-21", "2026-04-21", "2026-07-21")
    for day, more in zip(days, (4, 5, 20, 20), strict=True):
        at(service, f"{day} 12:00")
        medians.append(statistics(service)["quarters"][-1]["times"][0]["median"])
        ids = [one.id for one in made[:more]]
        late = update(Case).where(Case.id.in_(ids)).values(acknowledged_on=date(2025, 7, 9))
        service.database.write(lambda db, late=late: db.execute(late))
    assert medians == [1, 1, 1, 6]


def test_of_how_long_it_took_no_count_is_stored(service: Service) -> None:
    for slug, count in (("eeast", 9), ("elsewhere", 12)):
        fill(service.database, slug, some(count, acknowledged=1) + some(8))
    at(service, "2025-10-21 12:00")
    publication.run(service.database)
    kept = {slug: cells(service, slug, "2025-Q2")["times"] for slug in ("eeast", "elsewhere")}
    assert kept["eeast"]["days_to_acknowledge"]["cases"] == 0
    assert kept["elsewhere"]["days_to_acknowledge"]["cases"] == 15
    at(service, "2026-01-21 12:00")
    publication.run(service.database)
    assert cells(service, "eeast", "2025-Q2")["times"] == kept["eeast"]


def test_the_ninetieth_of_a_hundred(service: Service) -> None:
    for days in range(1, 51):
        fill(service.database, "eeast", some(1, feedback=days))
    at(service, "2025-10-21 12:00")
    took = statistics(service)["quarters"][0]["times"][1]
    assert (took["field"], took["median"], took["p90"]) == ("days_to_feedback", 25, 45)


def own(service: Service, day: str, *names: str) -> None:
    """From this day on, eeast has these categories."""
    at(service, f"{day} 12:00")
    items = {
        "categories": [{"code": one.split()[0].lower(), "name": one} for one in names],
        "regions": [],
    }
    service.database.write(
        lambda db: categories.change(db, organisations.find(db, "eeast"), items)
    )


def test_a_category_retired_within_the_quarter_keeps_its_name(service: Service) -> None:
    own(service, "2025-06-01", "Bullying", "Gossip of old", "Rotas")
    own(service, "2025-08-15", "Bullying and the like", "Rotas")
    own(service, "2025-10-02", "Rotas renamed", "Later")
    codes = ("bullying", "gossip", "rotas", "later")
    made = [Made(SUMMER[0], codes={"category": (one,)}) for one in codes for _ in range(6)]
    fill(service.database, "eeast", made)
    at(service, "2025-10-21 12:00")
    found = statistics(service)
    (group,) = (one for one in found["quarters"][0]["groups"] if one["field"] == "category")
    assert {row["name"]: row["count"] for row in group["rows"]} == {
        "Bullying and the like": 6,
        "Rotas": 6,
        "Gossip of old": 6,
        "Later": 6,
    }
    own(service, "2025-10-25", "Nothing of it")
    assert statistics(service) == found


def test_a_region_that_is_no_longer_listed_counts_as_not_set(service: Service) -> None:
    service.database.write(
        lambda db: categories.change(
            db,
            organisations.find(db, "eeast"),
            {
                "categories": [],
                "regions": [
                    {"code": "north", "name": "North"},
                    {"code": "south", "name": "South"},
                ],
            },
        )
    )
    made = [Made(SUMMER[0], codes={"region": (one,)}) for one in ("north", "south", "gone") * 7]
    fill(service.database, "eeast", made)
    at(service, "2025-10-21 12:00")
    assert shown(service)["region"] == {"north": 7, "south": 7, "not-set": 7}


def test_the_worker_publishes_for_all(service: Service) -> None:
    for slug in ("eeast", "elsewhere"):
        fill(service.database, slug, some(9))
    at(service, "2025-10-21 12:00")
    for _ in range(2):
        publication.run(service.database)
        with service.database.read() as db:
            rows = db.scalars(select(PublishedFigures)).all()
        assert [(one.quarter, one.revision) for one in rows] == [("2025-Q2", 1)] * 2


def test_the_day_can_be_set_but_what_is_out_stays_out(service: Service) -> None:
    fill(service.database, "eeast", some(9))
    change_settings(service, figures_after_days=7)
    at(service, "2025-10-08 12:00")
    before = statistics(service)
    assert [one["quarter"] for one in before["quarters"]] == ["2025-Q2"]
    change_settings(service, figures_after_days=90)
    assert statistics(service)["quarters"] == before["quarters"]
    assert statistics(service)["next"]["day"] == "2026-04-01"


def test_nothing_hidden_is_stored(service: Service) -> None:
    fill(service.database, "eeast", some(12) + some(3, desk="senior-manager"))
    at(service, "2025-10-21 12:00")
    statistics(service)
    with service.database.read() as db:
        cells = db.scalars(select(PublishedFigures.cells)).one()
    assert cells["groups"]["desk"]["cells"] == {"guardian": None, "senior-manager": None}


# --- a clock that was wrong ---------------------------------------------------------------


def tells(service: Service, slug: str) -> dict[str, object]:
    """All that is answered of an organisation, without its name."""
    name = {"eeast": "analyst-1", "elsewhere": "handler-5"}[slug]
    return statistics(service, name, f"/statistics?organisation={slug}") | {"organisation": ""}


def ahead(service: Service, slug: str = "eeast", until: str = "2029-06-30 12:00") -> None:
    """The clock goes ahead, figures are published by it, and it comes back."""
    before = service.clock.now
    at(service, until)
    publication.of_one(service.database, slug)
    assert statistics(service)["next"]["day"] > until
    service.clock.now = before


def test_a_clock_that_was_years_ahead_freezes_nothing(service: Service) -> None:
    for slug in ("eeast", "elsewhere"):
        made = some(30, codes={"element": ("detriment",)}) + some(6, closed=True)
        fill(service.database, slug, made)
    ahead(service)
    assert statistics(service)["quarters"] == []
    assert statistics(service)["next"] == {"quarter": "2025-Q2", "day": "2025-10-21"}
    assert (
        service.get("/statistics.csv?organisation=eeast", service.handler()).text.count("\n") == 1
    )
    at(service, "2025-10-21 12:00")
    assert tells(service, "eeast") == tells(service, "elsewhere")
    assert shown(service)["element"]["detriment"] == 30
    for slug in ("eeast", "elsewhere"):
        fill(service.database, slug, some(12, date(2025, 11, 1)))
    for day in ("2026-01-21", "2026-04-21", "2028-04-22"):
        at(service, f"{day} 12:00")
        assert tells(service, "eeast") == tells(service, "elsewhere")
    assert shown(service, "2025-Q3")["opened"] == {"": 12}
    assert shown(service, "2027-Q4")["opened"] == {"": None}


def test_nobody_learns_what_came_since_it_was_told_too_soon(service: Service) -> None:
    at(service, "2025-09-01 12:00")
    codes = {"codes": {"element": ("detriment",)}}
    fill(service.database, "eeast", some(30) + some(9, **codes))
    ahead(service)
    fill(service.database, "eeast", some(3, **codes))
    at(service, "2025-10-21 12:00")
    assert not any(any(one.values()) for one in shown(service).values())
    # The number that was told is not told again either, once a later one is far enough away.
    at(service, "2025-11-21 12:00")
    assert not any(any(one.values()) for one in shown(service).values())


def test_with_many_more_only_their_number_is_told(service: Service) -> None:
    at(service, "2025-09-01 12:00")
    fill(service.database, "eeast", some(30, acknowledged=1) + some(9, closed=True))
    ahead(service)
    fill(service.database, "eeast", some(5, acknowledged=1))
    for day in ("2025-10-21", "2026-01-21"):
        at(service, f"{day} 12:00")
        found = shown(service)
        assert found.pop("opened") == {"": 44}
        assert not any(any(one.values()) for one in found.values())
        took = statistics(service)["quarters"][-1]["times"]
        assert {one["median"] for one in took} == {None}


def test_changes_of_few_since_it_was_told_too_soon_are_not_told(service: Service) -> None:
    made = some(30, acknowledged=1)
    fill(service.database, "eeast", made + some(10, closed=True))
    ahead(service)
    close(service, made[:4])
    at(service, "2025-10-21 12:00")
    assert shown(service)["status"] == {"open": 30, "closed": 10}
    found = statistics(service)["quarters"][0]
    days = {one["day"] for one in (*found["groups"], *found["times"])}
    assert days == {found["day"]} == {"2025-10-21"}
    close(service, made[:5])
    at(service, "2026-01-21 12:00")
    assert shown(service)["status"] == {"open": 25, "closed": 15}


def test_changes_that_a_clock_ahead_told_are_not_told_by_few(service: Service) -> None:
    made = some(40)
    fill(service.database, "eeast", made + some(10, closed=True))
    at(service, "2025-10-21 12:00")
    assert shown(service)["status"] == {"open": 40, "closed": 10}
    close(service, made[:6])
    ahead(service, until="2026-07-25 12:00")
    assert shown(service)["status"] == {"open": 40, "closed": 10}
    for many, day, closed in ((8, "2026-01-21", 10), (11, "2026-04-21", 21)):
        close(service, made[:many])
        at(service, f"{day} 12:00")
        assert shown(service)["status"]["closed"] == closed


def test_a_clock_that_falls_back_loses_nothing(service: Service) -> None:
    fill(service.database, "eeast", some(30) + some(9, date(2025, 10, 1)))
    for day in ("2025-10-21", "2026-01-21"):
        at(service, f"{day} 12:00")
        before = statistics(service)
    for day, count in (("2020-01-01", 0), ("2025-12-01", 1)):
        at(service, f"{day} 12:00")
        publication.run(service.database)
        assert statistics(service)["quarters"] == before["quarters"][2 - count :]
    fill(service.database, "eeast", some(3))
    at(service, "2026-02-01 12:00")
    assert statistics(service) == before


def test_many_quarters_are_published_a_few_at_a_time(service: Service) -> None:
    fill(service.database, "eeast", some(9))
    seen = list[int]()
    write = service.database.write

    def counted(rule: Any, **more: Any) -> Any:
        with service.database.read() as db:
            before = len(db.scalars(select(PublishedFigures)).all())
        result = write(rule, **more)
        with service.database.read() as db:
            seen.append(len(db.scalars(select(PublishedFigures)).all()) - before)
        return result

    at(service, "9000-01-01 12:00")
    with (
        patch.object(publication, "TURNS", 3),
        patch.object(service.database, "write", counted),
    ):
        publication.of_one(service.database, "eeast")
    assert seen == [4, 4, 4]


# --- what a former version counted --------------------------------------------------------


def counted_together_until(service: Service, quarter: str) -> None:
    """As after an upgrade: before this quarter, kept-out cases were counted with the others."""
    put = update(Organisation).values(apart_since=quarter)
    service.database.write(lambda db: db.execute(put))


def cells(service: Service, slug: str, quarter: str) -> dict[str, Any]:
    """What is stored of a quarter, the newest."""
    with service.database.read() as db:
        rows = publication.newest(db, organisations.find(db, slug), [quarter])
        return dict(rows[quarter].cells)


def test_what_a_former_version_counted_together_stays_hidden(service: Service) -> None:
    codes = {"element": ("detriment",), "region": ("north",)}
    plain = {"codes": codes, "closed": True, "acknowledged": 1, "feedback": 9, "answer": "yes"}
    for slug, kept in (("eeast", 7), ("elsewhere", 0)):
        with patch.object(tally, "KEPT", ""):
            fill(service.database, slug, some(kept, kept=True, **plain))
        for day in (SUMMER[0], date(2025, 10, 1)):
            fill(service.database, slug, some(20, day, **plain) + some(9, day))
    counted_together_until(service, "2025-Q3")
    for day in ("2025-10-21", "2026-01-21", "2026-04-21"):
        at(service, f"{day} 12:00")
        publication.run(service.database)
        found = shown(service)
        assert (found["opened"], found["status"]) == ({"": 29}, {"open": 9, "closed": 20})
        for field in set(found) - {"opened", "status", "desk"}:
            assert not any(found[field].values()), field
        took = cells(service, "eeast", "2025-Q2")["times"]
        assert all(one["median"] is None for one in took.values())
        # That a quarter has such a case must not show either.
        assert cells(service, "elsewhere", "2025-Q2") == cells(service, "eeast", "2025-Q2")
    assert shown(service, "2025-Q3")["element"]["detriment"] == 20


def test_two_at_once_publish_once(service: Service) -> None:
    fill(service.database, "eeast", some(9))
    at(service, "2026-01-21 12:00")
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(publication.of_one, service.database, "eeast") for _ in "1234"]:
            one.result()
    with service.database.read() as db:
        rows = db.scalars(select(PublishedFigures.quarter)).all()
        assert db.scalars(select(Organisation.slug)).all()
    assert sorted(rows) == ["2025-Q2", "2025-Q3"]
