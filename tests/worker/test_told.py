"""What is told outside, when: at releases, at handlers' acts, and by the day. Never before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from api.models.base import Work
from api.models.case import Case, CaseCheck
from api.models.organisation import Organisation
from api.models.outbox import OverdueTold
from api.rules import events, releases
from api.worker import Worker
from tests.api.checks import text
from tests.api.handling import change, let_in, person
from tests.service import Service

Told = list[tuple[str, str]]


@pytest.fixture
def told() -> Iterator[Told]:
    """The events, each with the case's reference, as they are told."""
    found: Told = []
    real = events.tell

    def note(db: Work, case: Case, event: str, **more: Any) -> None:
        real(db, case, event, **more)
        found.append((event, case.reference))

    with patch.object(events, "tell", note):
        yield found


def by_hours(service: Service) -> None:
    """Releases at hours."""
    values = {"release": ["07:00", "19:00"]}
    service.database.write(lambda db: db.execute(update(Organisation).values(**values)))


def put(service: Service, reference: str, **values: Any) -> None:
    """Sets columns of a case."""
    change_it = update(Case).where(Case.reference == reference).values(**values)
    service.database.write(lambda db: db.execute(change_it))


def work(service: Service) -> None:
    """What a worker does now."""
    Worker(service.database, ()).run_once()


def test_it_works(service: Service, told: Told) -> None:
    by_hours(service)
    reference, token = service.open_case()
    reporter = service.reporter(token)
    service.post("/case/messages", text(), reporter)
    work(service)
    assert told == []
    service.clock.now += 86400
    # At the hour itself, without any call of a handler; once, however much was released.
    work(service)
    assert told == [("case.opened", reference)]
    service.post("/case/messages", text("More"), service.reporter(token))
    work(service)
    assert len(told) == 1
    service.clock.now += 86400
    work(service)
    assert told[1:] == [("case.updated", reference)]
    work(service)
    assert len(told) == 2


def test_where_acts_show_at_once_they_are_told_at_once(service: Service, told: Told) -> None:
    reference, token = service.open_case()
    assert told == [("case.opened", reference)]
    body = text()
    for _ in range(2):  # the same again is told once
        service.post("/case/messages", body, service.reporter(token))
    assert told[1:] == [("case.updated", reference)]


def test_what_is_urgent_is_told_at_once(service: Service, told: Told) -> None:
    by_hours(service)
    urgent, _ = service.open_case(urgent=True)
    assert told == [("case.opened", urgent)]
    reference, token = service.open_case()
    body = {"id": str(uuid4()), "content": {"text": "Invented."}, "urgent": True}
    service.post("/case/messages", body, service.reporter(token))
    assert told[1:] == [("case.opened", reference)]


def test_who_is_let_in_by_the_reporter_is_told_at_release(service: Service, told: Told) -> None:
    reference, token = service.open_case()
    by_hours(service)
    told.clear()
    body = {"add": [person(service, "handler-3")]}
    assert service.post("/case/epochs", body, service.reporter(token)).status_code == 200
    assert told == []
    service.clock.now += 86400
    work(service)
    assert told == [("case.updated", reference)]


def test_a_handlers_acts(service: Service, told: Told) -> None:
    reference, token = service.open_case()
    let_in(service, reference, token, "handler-3")
    told.clear()
    change(service, reference, status="acknowledged")
    change(service, reference, status="acknowledged")
    assert told == [("case.updated", reference)]
    change(service, reference, assigned_to=person(service, "handler-2"))
    change(service, reference, urgent=True, confidentiality="open")
    service.post(f"/cases/{reference}/messages", text(), service.handler())
    assert told == 2 * [("case.updated", reference)]
    change(service, reference, legal_hold={"reason": "An invented claim."})
    assert len(told) == 2


def test_withdrawing_is_told_to_nobody(service: Service, told: Told) -> None:
    _, token = service.open_case()
    told.clear()
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    work(service)
    assert told == []


def test_overdue_is_told_once_for_each_kind(service: Service, told: Told) -> None:
    reference, _ = service.open_case()
    told.clear()
    work(service)
    assert told == []
    yesterday = date.today() - timedelta(1)
    put(service, reference, acknowledge_by=yesterday)
    late = ("case.overdue", reference)
    next_day(service)
    assert told == [late]
    next_day(service)
    assert told == [late]
    # Feedback too, which is another kind.
    put(service, reference, feedback_by=yesterday)
    next_day(service)
    assert told == 2 * [late]
    change(service, reference, status="in_progress")
    next_day(service)
    with service.database.read() as db:
        assert db.scalars(select(OverdueTold.kind)).all() == ["feedback"]


def next_day(service: Service) -> None:
    """A worker on the next day."""
    service.clock.now += 86400
    work(service)


def test_a_check_that_is_due(service: Service, told: Told) -> None:
    reference, _ = service.open_case()
    change(service, reference, status="closed", outcome="referred")
    service.database.write(
        lambda db: db.execute(update(CaseCheck).where(CaseCheck.months == 3).values(
            due_on=date.today()))
    )  # fmt: skip
    told.clear()
    work(service)
    next_day(service)
    assert told == [("case.overdue", reference)]


def test_what_is_not_released_is_not_overdue(service: Service, told: Told) -> None:
    by_hours(service)
    reference, _ = service.open_case()
    put(service, reference, acknowledge_by=date(2020, 1, 1))
    with patch.object(releases, "settle"):
        work(service)
    assert told == []
    next_day(service)
    assert told == [("case.opened", reference), ("case.overdue", reference)]


def test_a_clock_that_was_ahead_hides_nothing(service: Service, told: Told) -> None:
    reference, _ = service.open_case()
    told.clear()
    late = ("case.overdue", reference)
    service.clock.now += 400 * 86400
    work(service)
    assert told == [late]
    service.clock.now -= 400 * 86400
    work(service)
    # It was not overdue; when it is, it is told.
    put(service, reference, acknowledge_by=date.today() - timedelta(1))
    next_day(service)
    assert told == 2 * [late]
