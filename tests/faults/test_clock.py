"""The clock is years ahead for a while, or is put back: nothing stays hidden, open or undone."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from api.models.account import SignedIn
from api.models.base import Work
from api.models.case import Case, HeldAct
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import releases, retention
from api.worker import Worker
from tests.service import Service

YEARS, DAY, HOUR = 3 * 366 * 86400, 86400, 3600


def inbox(service: Service) -> list[str]:
    """The references that a handler sees."""
    answer = service.get("/cases", service.handler())
    return [one["reference"] for one in answer.get_json()["items"]]


def at_hours(service: Service, *hours: str) -> None:
    """Acts are released at these hours."""
    service.database.write(lambda db: db.execute(update(Organisation).values(release=list(hours))))


def test_what_came_while_it_was_ahead_is_shown(service: Service) -> None:
    at_hours(service, "07:00", "19:00")
    before, token = service.open_case()
    service.clock.now += YEARS
    ahead, _ = service.open_case()
    body = {"id": str(uuid4()), "content": {"text": "Invented words."}}
    assert service.post("/case/messages", body, service.reporter(token)).status_code == 201
    service.clock.now -= YEARS
    # Not at once, which would tell the hour of the act, but at the next release.
    releases.settle(service.database)
    assert inbox(service) == []
    service.clock.now += DAY
    releases.settle(service.database)
    assert set(inbox(service)) == {before, ahead}
    with service.database.read() as db:
        assert all(db.scalars(select(Message.desk_number)).all())


def test_a_request_to_another_desk_too(service: Service) -> None:
    at_hours(service, "07:00")
    reference, _ = service.open_case()
    far = int(service.clock.now) + YEARS

    def hold(db: Work) -> None:
        db.execute(update(Message).values(visible_from=None, desk_number=1))
        case = db.scalars(select(Case.id).where(Case.reference == reference)).one()
        db.add(HeldAct(case_id=case, kind="desk", detail={}, visible_from=far))

    service.database.write(hold)
    releases.settle(service.database)
    service.clock.now += DAY
    releases.settle(service.database)
    assert inbox(service) == [reference]


@pytest.mark.parametrize("who", ["reporter", "handler"])
def test_no_session_lasts_for_years(service: Service, who: str) -> None:
    _, token = service.open_case()
    path = "/case" if who == "reporter" else "/cases"

    def begin() -> str:
        return service.reporter(token) if who == "reporter" else service.handler()

    service.clock.now += YEARS
    bearer = begin()
    assert service.get(path, bearer).status_code == 200
    service.clock.now -= YEARS
    assert service.get(path, bearer).status_code == 401
    # A clock that is put right by a little ends nobody's session.
    usual = begin()
    service.clock.now -= HOUR // 2
    assert service.get(path, usual).status_code == 200
    with service.database.read() as db:
        assert max(db.scalars(select(SignedIn.sweep_after))) < date.today() + timedelta(days=3)


def test_people_sign_in_after_a_flood_while_it_was_ahead(service: Service) -> None:
    service.clock.now += YEARS
    wrong = {"username": "handler-1", "password": "wrong words", "code": "000000"}
    for _ in range(14):
        service.post("/sign-in", wrong)
    service.clock.now -= YEARS
    right = {"username": "handler-1", "password": service.handlers["handler-1"].password}
    codes = [service.code(at=service.clock.now + 30 * step) for step in (-1, 0, 1)]
    tried = 0
    while service.post("/sign-in", right | {"code": codes[tried % 3]}).status_code != 201:
        tried += 1
        assert tried < 200


def test_nothing_is_deleted_unannounced(service: Service) -> None:
    reference, token = service.open_case()
    answer = service.call("PATCH", f"/cases/{reference}", {"status": "closed"}, service.handler())
    assert answer.status_code == 200, answer.text
    service.clock.now += YEARS
    retention.work(service.database)
    service.clock.now -= YEARS
    retention.work(service.database)
    case = service.get("/case", service.reporter(token)).get_json()
    assert case["reference"] == reference
    with service.database.read() as db:
        assert db.scalars(select(Case.goes_on)).all() == [None]


def test_the_day_is_done_anew(service: Service) -> None:
    for by in (YEARS, -YEARS, -YEARS):
        service.clock.now += by
        Worker(service.database).run_once()
    service.clock.now += YEARS
    reference, token = service.open_case()
    Worker(service.database).run_once()
    assert inbox(service) == [reference]
    assert service.get("/case", service.reporter(token)).status_code == 200


def test_put_back_before_what_is_stored(service: Service) -> None:
    reference, token = service.open_case()
    service.clock.now -= YEARS
    for at, day in enumerate((0, DAY, 2 * DAY)):
        service.clock.now += day
        body = {"id": str(uuid4()), "content": {"text": f"Invented words {at}."}}
        assert service.post("/case/messages", body, service.reporter(token)).status_code == 201
    items = service.get("/case/messages", service.reporter(token)).get_json()["items"]
    assert [one["number"] for one in items] == [1, 2, 3, 4]
    found = service.get(f"/cases/{reference}/messages", service.handler()).get_json()["items"]
    assert len(found) == 4
    assert service.get("/case/proof", service.reporter(token)).status_code == 200
