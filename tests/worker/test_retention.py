"""Closed cases go after their period: announced before, never earlier, and whole."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import select, update

from api.config import vault_place
from api.models.audit import AuditEntry
from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import auditing
from api.rules.retention import NOTICE_DAYS
from api.worker import Worker
from tests.api import clients
from tests.api.attaching import send, some
from tests.api.checks import refused
from tests.api.handling import change
from tests.service import OUTSIDERS, Service

MONTHS = 24
DAY = 86400


def closed(service: Service, months_ago: int = MONTHS, days: int = 0) -> tuple[str, str]:
    """A case that was closed so many months and days ago."""
    reference, token = service.open_case()
    change(service, reference, status="closed", outcome="referred")
    day = date.today() - relativedelta(months=months_ago) - timedelta(days)
    put(service, reference, closed_on=day)
    return reference, token


def put(service: Service, reference: str, **values: Any) -> None:
    """Sets columns of a case."""
    change_it = update(Case).where(Case.reference == reference).values(**values)
    service.database.write(lambda db: db.execute(change_it))


def after(service: Service, days: int = 0) -> None:
    """A worker, so many days later."""
    service.clock.now += days * DAY
    Worker(service.database, ()).run_once()


def there(service: Service) -> list[str]:
    """The references that there are."""
    with service.database.read() as db:
        return list(db.scalars(select(Case.reference).order_by(Case.reference)))


def item(service: Service, reference: str) -> dict[str, Any]:
    """The case in its handler's inbox."""
    items = service.get("/cases", service.handler()).get_json()["items"]
    return next(one for one in items if one["reference"] == reference)


def goes_on(service: Service, reference: str) -> str | None:
    """When the case says that it is deleted."""
    found = service.get(f"/cases/{reference}", service.handler()).get_json()["goes_on"]
    return None if found is None else str(found)


def in_days(days: int) -> str:
    """The day in so many days."""
    return str(date.today() + timedelta(days))


def test_it_works(service: Service) -> None:
    young, _ = closed(service, 1)
    old, token = closed(service)
    still, _ = service.open_case()
    assert goes_on(service, still) is None
    a_month_ago = date.today() - relativedelta(months=1)
    assert goes_on(service, young) == str(a_month_ago + relativedelta(months=MONTHS))
    assert item(service, old)["goes_on"] is None
    after(service)
    # It could go today, but nobody was told: the inbox shows it for thirty days.
    assert item(service, old)["goes_on"] == goes_on(service, old) == in_days(NOTICE_DAYS)
    assert item(service, young)["goes_on"] is None
    going = service.get("/cases?due=going", service.handler()).get_json()["items"]
    assert [one["reference"] for one in going] == [old]
    for name in OUTSIDERS:
        assert service.get("/cases?due=going", service.handler(name)).get_json()["items"] == []
    after(service, NOTICE_DAYS - 1)
    assert old in there(service)
    after(service, 1)
    assert there(service) == sorted([young, still])
    refused(
        service, "GET", f"/cases/{old}", bearer=service.handler(), status=404, code="not_found"
    )
    assert service.post("/sessions", {"token": token}).status_code == 401


def test_it_is_audited(service: Service) -> None:
    closed(service)
    after(service)
    after(service, NOTICE_DAYS)
    assert there(service) == []
    with service.database.read(in_batches=True) as db:
        acts = db.scalars(select(AuditEntry.act).order_by(AuditEntry.number.desc())).all()
        organisation = db.scalars(select(Organisation).where(Organisation.slug == "eeast")).one()
        assert auditing.check(db, organisation)[1] is None
    assert "case_expired" in acts


def test_files_go_too(service: Service) -> None:
    reference, token = service.open_case()
    send(clients.reporter(service, token), some(10))
    place = Path(vault_place(service.database.config))
    assert len(list(place.glob("*/*"))) == 1
    change(service, reference, status="closed", outcome="referred")
    put(service, reference, closed_on=date.today() - timedelta(900))
    after(service)
    after(service, NOTICE_DAYS)
    assert there(service) == []
    assert list(place.glob("*/*")) == []


@pytest.mark.parametrize("kept", ["hold", "reopened", "longer"])
def test_what_is_kept_after_it_was_announced(service: Service, kept: str) -> None:
    old, _ = closed(service)
    after(service)
    if kept == "hold":
        change(service, old, legal_hold={"reason": "An invented claim."})
    elif kept == "reopened":
        change(service, old, status="in_progress")
    else:
        set_months(service, 60)
    if kept != "longer":
        assert (item(service, old)["goes_on"], goes_on(service, old)) == (None, None)
    after(service, NOTICE_DAYS + 1)
    assert there(service) == [old]
    assert item(service, old)["goes_on"] is None


def set_months(service: Service, months: int) -> None:
    """Sets the period."""
    body = {"settings": {"retention_months": months}}
    answer = service.call("PATCH", "/organisations/eeast", body,
                          service.handler("administrator-1"))  # fmt: skip
    assert answer.status_code == 200, answer.text


def test_a_shorter_period_is_announced_first(service: Service) -> None:
    old, _ = closed(service, 20)
    after(service)
    assert item(service, old)["goes_on"] is None
    set_months(service, 13)
    assert goes_on(service, old) == in_days(NOTICE_DAYS)
    after(service, 1)
    assert there(service) == [old]
    after(service, NOTICE_DAYS)
    assert there(service) == []


def test_a_clock_that_is_ahead_takes_nothing_away(service: Service) -> None:
    young, _ = closed(service, 1)
    for _ in range(2):
        after(service, 10 * 365)
        service.clock.now -= 10 * 365 * DAY
    after(service)
    assert there(service) == [young]
    assert item(service, young)["goes_on"] is None


def test_what_was_withdrawn_under_a_hold_stays(service: Service) -> None:
    old, token = closed(service)
    change(service, old, legal_hold={"reason": "An invented claim."})
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    after(service)
    after(service, NOTICE_DAYS)
    assert there(service) == [old]


@pytest.mark.parametrize("months", [12, 241])
def test_bounds(service: Service, months: int) -> None:
    body = {"settings": {"retention_months": months}}
    refused(service, "PATCH", "/organisations/eeast", body,
            bearer=service.handler("administrator-1"), status=422, code="invalid")  # fmt: skip


def test_what_the_reporter_writes_is_there_to_be_read(service: Service) -> None:
    reference, token = closed(service)
    after(service)
    after(service, NOTICE_DAYS - 1)
    said = {"id": str(uuid4()), "content": {"text": "It goes on, and worse."}}
    answer = service.post("/case/messages", said, service.reporter(token))
    assert answer.status_code == 201, answer.text
    after(service, 2)
    assert there(service) == [reference]
    after(service, NOTICE_DAYS)
    assert there(service) == []
