"""Notices by mail: to whom, when, what stands in them, and what happens if none can be sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select, update

from api.models.account import Position
from api.models.base import Database
from api.models.case import Case, CaseAccess
from api.models.notice import NoticeAddress, NoticeMark, NoticeSent
from api.models.organisation import Organisation
from api.models.outbox import Delivery
from api.rules import notice_addresses, notices, organisations, outbox
from api.worker import Worker
from tests import mailbox
from tests.api.newcomers import change
from tests.mailbox import Mailbox
from tests.postgres import free_port
from tests.service import OUTSIDERS, PEOPLE, Service

HOUR = 3600
AT = "{}@trust.example"


@pytest.fixture
def box(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that the service uses; every handler has an address there."""
    place = tmp_path / "mail"
    place.mkdir()
    with mailbox.receiving(place) as found:
        config = replace(service.database.config, mail=found.mail)
        monkeypatch.setattr(service.database, "config", config)
        for name in PEOPLE:
            subscribe(service, name)
        yield found


def subscribe(service: Service, name: str) -> None:
    """Gives somebody a confirmed address."""
    who, at = service.handlers[name].id, AT.format(name)

    def rule(db: Any) -> None:
        notice_addresses.ask(db, who, at)
        code = notice_addresses.waiting_code(db, who)
        assert code is not None
        assert notice_addresses.confirm(db, who, code["code"])
        for one in db.scalars(select(Delivery).where(Delivery.target == who)):
            db.delete(one)

    service.database.write(rule)


def waiting(service: Service) -> list[Delivery]:
    """What waits to be sent."""
    with service.database.read() as db:
        found = select(Delivery).where(Delivery.kind == "notice").order_by(Delivery.due_at)
        return list(db.scalars(found))


def work(service: Service, later: float = 0) -> None:
    """A worker does what is due so much later."""
    service.clock.now += later
    Worker(service.database).run_once()


def names(found: Mailbox) -> list[str]:
    """To whom mail came since this was asked last."""
    told = sorted(one.partition("@")[0] for one in found.to)
    found.to.clear()
    return told


def reader(service: Service, name: str) -> Any:
    return service.handlers[name].id


def test_it_works(service: Service, box: Mailbox) -> None:
    service.open_case()
    work(service)
    assert names(box) == []
    work(service, 90 * 60)
    assert names(box) == ["handler-1", "handler-2"]
    assert not set(OUTSIDERS) & set(box.to)
    assert waiting(service) == []
    with service.database.read() as db:
        assert db.scalar(select(func.count()).select_from(NoticeMark)) == 0


def test_it_says_nothing(service: Service, box: Mailbox) -> None:
    reference, token = service.open_case(content={"story": "The marked story"})
    name = service.database.write(
        lambda db: db.execute(
            update(Organisation)
            .where(Organisation.slug == "eeast")
            .values(name="Trust\r\nBcc: other@one.example\r\n\r\nmore")
        )
    )
    assert name.rowcount == 1
    work(service, 90 * 60)
    first = [one.get_content() for one in box.came]
    assert len(set(first)) == 1
    assert "Trust Bcc: other@one.example more." in first[0]
    assert "https://speak.example/console" in first[0]
    assert {one["Subject"] for one in box.came} == {"Something new in Wren"}
    assert set(box.to) == {AT.format("handler-1"), AT.format("handler-2")}
    for raw in box.raw:
        for mark in (reference, token, "marked", "handler-2@" if b"handler-1@" in raw else "-"):
            assert mark == "-" or mark.encode() not in raw
    # Whatever it is, the mail is the same: a reply, something overdue, something urgent.
    bearer = service.reporter(token)
    text = {"id": str(reader(service, "handler-1")), "content": {"text": "More"}}
    assert service.post("/case/messages", text, bearer).status_code == 201
    work(service, 5 * HOUR + 90 * 60)
    service.open_case(urgent=True)
    work(service, 15 * 60)
    assert len(box.came) == 6
    assert {one.get_content() for one in box.came} == set(first)


def test_it_comes_at_a_random_time_of_the_window(service: Service, box: Mailbox) -> None:
    due = set[int]()
    for _ in range(12):
        service.open_case()
        for one in waiting(service):
            after = one.due_at - service.clock.now
            assert 30 * 60 <= after <= 90 * 60
            due.add(one.due_at)
        service.database.write(lambda db: [db.delete(one) for one in db.scalars(select(Delivery))])
    assert len(due) > 12


def test_many_acts_make_one_and_the_next_is_hours_later(service: Service, box: Mailbox) -> None:
    for _ in range(3):
        service.open_case()
    assert len(waiting(service)) == 2
    work(service, 90 * 60)
    assert names(box) == ["handler-1", "handler-2"]
    service.open_case()
    work(service, 4 * HOUR - 1)
    assert names(box) == []
    work(service, HOUR + 1)
    assert names(box) == ["handler-1", "handler-2"]


def test_urgent_goes_at_once_but_not_each_time(service: Service, box: Mailbox) -> None:
    service.open_case()
    service.open_case(urgent=True)
    assert [one.due_at for one in waiting(service)] == [0, 0]
    work(service)
    assert names(box) == ["handler-1", "handler-2"]
    for _ in range(5):
        service.open_case(urgent=True)
    work(service, 14 * 60)
    assert names(box) == []
    work(service, 60)
    assert names(box) == ["handler-1", "handler-2"]


def test_who_was_left_out_gets_nothing(service: Service, box: Mailbox) -> None:
    service.open_case(excluded=[str(reader(service, "handler-2"))])
    work(service, 90 * 60)
    assert names(box) == ["handler-1"]


@pytest.mark.parametrize("how", ["gone", "ended", "unlisted", "hidden"])
def test_who_may_not_see_it_any_more_gets_nothing(
    service: Service, box: Mailbox, how: str
) -> None:
    service.open_case()
    who = reader(service, "handler-2")
    assert len(waiting(service)) == 2

    def rule(db: Any) -> None:
        access = db.scalars(select(CaseAccess).where(CaseAccess.handler == who)).one()
        if how == "gone":
            db.delete(access)
        elif how == "ended":
            access.until = db.utc.date() - timedelta(days=2)
        elif how == "hidden":
            access.inbox_number = None
        else:
            db.execute(update(Position).where(Position.account_id == who).values(listed=False))

    service.database.write(rule)
    work(service, 90 * 60)
    assert names(box) == ["handler-1"]
    assert waiting(service) == []


def test_who_is_away_gets_none_and_who_stands_in_does(service: Service, box: Mailbox) -> None:
    with service.database.read() as db:
        today = organisations.today(db, organisations.find(db, "eeast"))
    answer = change(
        service,
        service.handler(),
        organisation="eeast",
        away_until=(today + timedelta(days=3)).isoformat(),
        cover=str(reader(service, "handler-2")),
    )
    assert answer.status_code == 200
    service.open_case()
    work(service, 90 * 60)
    assert names(box) == ["handler-2"]
    # Who left on holiday while a notice waited gets it no more.
    work(service, 4 * 86400)
    service.open_case()
    assert len(waiting(service)) == 2
    change(
        service,
        service.handler(),
        organisation="eeast",
        away_until=(today + timedelta(days=9)).isoformat(),
    )
    names(box)
    work(service, 90 * 60)
    assert names(box) == ["handler-2"]


def test_before_the_release_hour_nobody_is_told(service: Service, box: Mailbox) -> None:
    service.database.write(
        lambda db: db.execute(update(Organisation).values(release=["07:00", "19:00"]))
    )
    service.open_case()
    assert waiting(service) == []
    with service.database.read() as db:
        from api.models.message import Message

        hour = db.scalar(select(Message.visible_from))
    assert hour is not None
    service.clock.now = hour + 1
    work(service)
    (one, other) = waiting(service)
    for found in (one, other):
        assert 30 * 60 <= found.due_at - hour <= 90 * 60 + 1
    work(service, 90 * 60)
    assert names(box) == ["handler-1", "handler-2"]


def test_a_handlers_act_is_told_to_the_others(service: Service, box: Mailbox) -> None:
    reference, _ = service.open_case()
    work(service, 90 * 60)
    names(box)
    status = {"status": "acknowledged"}
    answer = service.call("PATCH", f"/cases/{reference}", status, service.handler())
    assert answer.status_code == 200
    work(service, 6 * HOUR)
    assert names(box) == ["handler-2"]


def test_what_is_overdue_is_told(service: Service, box: Mailbox) -> None:
    service.open_case()
    work(service, 90 * 60)
    names(box)
    with service.database.read() as db:
        days = (db.scalars(select(Case.acknowledge_by)).one() - db.utc.date()).days
    work(service, (days + 1) * 86400)
    work(service, 90 * 60)
    assert names(box) == ["handler-1", "handler-2"]


def test_a_case_that_is_withdrawn_takes_its_notice_along(service: Service, box: Mailbox) -> None:
    _, token = service.open_case()
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    work(service, 90 * 60)
    assert names(box) == []
    assert waiting(service) == []


def test_who_leaves_takes_the_address_along(service: Service, box: Mailbox) -> None:
    service.open_case()
    gone = reader(service, "handler-2")
    path = f"/accounts/{gone}?organisation=eeast"
    answer = service.call("DELETE", path, bearer=service.handler("administrator-1"))
    assert answer.status_code == 200, answer.text
    with service.database.read() as db:
        assert db.get(NoticeAddress, gone) is None
    work(service, 90 * 60)
    assert names(box) == ["handler-1"]


def test_a_server_that_is_away_gets_it_later(
    service: Service, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = service.database.config
    assert good.mail is not None
    away = replace(good, mail=replace(good.mail, port=free_port()))
    service.open_case()
    with monkeypatch.context() as now:
        now.setattr(service.database, "config", away)
        work(service, 90 * 60)
        assert [(one.tries, one.why) for one in waiting(service)] == [(1, "connection")] * 2
        with service.database.read() as db:
            assert notices.held_up(db) == {"connection": 2}
    assert names(box) == []
    work(service, 60)
    assert names(box) == ["handler-1", "handler-2"]
    with service.database.read() as db:
        assert notices.held_up(db) == {}


def test_one_address_that_is_refused_holds_up_nobody(service: Service, box: Mailbox) -> None:
    box.refusals = {AT.format("handler-1"): "550 no such user"}
    service.open_case()
    work(service, 90 * 60)
    assert names(box) == ["handler-2"]
    assert [one.why for one in waiting(service)] == ["address"]


def test_two_workers_send_one_each(service: Service, box: Mailbox) -> None:
    service.open_case()
    service.clock.now += 90 * 60
    box.slow = 0.05
    databases = [Database(service.database.config) for _ in range(2)]
    both = [Thread(target=Worker(one).run_once) for one in databases]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    for database in databases:
        database.engine.dispose()
    assert names(box) == ["handler-1", "handler-2"]


@pytest.mark.parametrize("by", [-30 * 86400, -2 * HOUR, 2 * HOUR, 30 * 86400])
def test_a_clock_that_is_set_holds_nobody_up(service: Service, box: Mailbox, by: float) -> None:
    right = service.clock.now
    service.clock.now += by
    service.open_case()
    work(service, 90 * 60)
    assert names(box) == ["handler-1", "handler-2"]
    service.clock.now = right
    service.open_case()
    work(service, 6 * HOUR)
    assert names(box) == ["handler-1", "handler-2"]


def test_without_mail_nothing_is_kept(service: Service) -> None:
    service.open_case()
    assert waiting(service) == []


def test_nothing_in_the_outbox_says_what_it_was(service: Service, box: Mailbox) -> None:
    service.open_case(urgent=True)
    for one in waiting(service):
        assert (one.event, one.body, one.case_id) == ("notice.new", {}, None)
    work(service)
    with service.database.read() as db:
        assert db.scalar(select(func.count()).select_from(NoticeSent)) == 2
        assert outbox.due(db) == set()


def test_when_a_notice_went_is_kept_for_a_day(service: Service, box: Mailbox) -> None:
    service.open_case(urgent=True)
    work(service)
    work(service, 2 * 86400)
    with service.database.read() as db:
        assert db.scalar(select(func.count()).select_from(NoticeSent)) == 0
