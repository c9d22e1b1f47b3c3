"""The worker's loop: who hangs holds up nobody, what fails stops nothing, and idling is cheap."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, update

from api import worker as working
from api.config import Config
from api.models.account import Invitation, SignedIn
from api.models.base import Work
from api.models.outbox import Chore, Delivery
from api.models.report_draft import ReportDraft
from api.rules import outbox
from api.rules.outbox import Item
from api.worker import DAILY, Worker
from tests.service import Service
from tests.worker.receiver import KIND, WAY, Receiver, put, receiving

SECRET = "an-invented-secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that runs."""
    with receiving() as made:
        yield made


@contextmanager
def running(worker: Worker) -> Iterator[Event]:
    """The worker in a thread, as it runs inside `wren serve`."""
    stop = Event()
    thread = Thread(target=worker.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        worker.wake()
        thread.join(60)
        assert not thread.is_alive()


def wait_for(what: Any, seconds: float = 50) -> None:
    """Until it is so."""
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.02)


def left(service: Service) -> Sequence[Delivery]:
    """What the outbox has."""
    with service.database.read() as db:
        return db.scalars(select(Delivery)).all()


def test_it_works(service: Service, receiver: Receiver) -> None:
    made = put(service.database, receiver.url, 100)
    assert Worker(service.database, (WAY,)).run_once() == {KIND: 100}
    assert sorted(receiver.arrived) == sorted(made)
    assert left(service) == []


def test_what_is_refused_comes_later(service: Service, receiver: Receiver) -> None:
    target = uuid4()
    receiver.answers[str(target)] = 500
    (made,) = put(service.database, receiver.url, target=target)
    worker = Worker(service.database, (WAY,))
    assert worker.run_once()[KIND] == 0
    assert [(one.tries, one.why) for one in left(service)] == [(1, "5xx")]
    del receiver.answers[str(target)]
    assert worker.run_once()[KIND] == 0
    service.clock.now += 10
    assert worker.run_once()[KIND] == 1
    assert receiver.arrived == [made]


def test_who_hangs_holds_up_nobody(service: Service, receiver: Receiver) -> None:
    hanging = uuid4()
    receiver.hangs.add(str(hanging))
    put(service.database, receiver.url, 300, target=hanging)
    others = put(service.database, receiver.url, 50)
    with running(Worker(service.database, (WAY,))):
        wait_for(lambda: len(receiver.arrived) == len(others))
        assert set(receiver.arrived) == set(others)
        with service.database.read() as db:
            claimed = select(func.count()).where(Delivery.claimed_until.is_not(None))
            # It claims at most `4 * each` at once, and none from `2 * each` in hand on.
            assert db.scalar(claimed) < 6 * WAY.each
        receiver.let_go.set()


def test_told_to_stop_it_gives_back_what_waits(service: Service, receiver: Receiver) -> None:
    hanging = uuid4()
    receiver.hangs.add(str(hanging))
    put(service.database, receiver.url, 10, target=hanging)
    with running(Worker(service.database, (WAY,))):
        wait_for(lambda: any(one.claimed_until for one in left(service)))
        time.sleep(0.2)
        receiver.let_go.set()
    assert [one for one in left(service) if one.claimed_until] == []


def test_whose_receiver_is_gone_is_dropped(service: Service, receiver: Receiver) -> None:
    put(service.database, receiver.url, 3)
    way = replace(WAY, prepare=lambda _db, _items: {})
    assert Worker(service.database, (way,)).run_once()[KIND] == 0
    assert (receiver.arrived, left(service)) == ([], [])


def test_a_fault_stops_nothing_else_and_says_nothing(
    service: Service, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_config: Config, _item: Item) -> str | None:
        raise ValueError(SECRET)

    def breaks(_db: Work, _items: Sequence[Item]) -> Mapping[UUID, Any]:
        raise KeyError(SECRET)

    put(service.database, receiver.url, body={"url": receiver.url, "text": SECRET})
    put(service.database, receiver.url, kind="broken", body={"text": SECRET})
    put(service.database, receiver.url, kind="breaks", body={"text": SECRET})
    ways = (
        replace(WAY, kind="breaks", prepare=breaks),
        replace(WAY, kind="broken", send=broken),
        WAY,
    )
    assert Worker(service.database, ways).run_once()[KIND] == 1
    waits = {(one.kind, one.why) for one in left(service)}
    assert waits == {("broken", "fault"), ("breaks", "fault")}
    written = "".join(capsys.readouterr())
    assert "ValueError" in written
    assert "KeyError" in written
    assert SECRET not in written


def test_one_that_cannot_be_prepared_holds_up_no_other(
    service: Service, receiver: Receiver
) -> None:
    (bad,) = put(service.database, receiver.url)
    good = put(service.database, receiver.url, 9)

    def breaks(_db: Work, items: Sequence[Item]) -> Mapping[UUID, Item]:
        if any(one.id == bad for one in items):
            raise KeyError(SECRET)
        return {one.id: one for one in items}

    assert Worker(service.database, (replace(WAY, prepare=breaks),)).run_once()[KIND] == 9
    assert sorted(receiver.arrived) == sorted(good)
    assert [(one.id, one.tries, one.why) for one in left(service)] == [(bad, 1, "fault")]
    service.clock.now += 10
    assert Worker(service.database, (WAY,)).run_once()[KIND] == 1


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
@pytest.mark.parametrize("count", [1, 5])
def test_a_connection_that_breaks_is_no_fault_of_a_delivery(
    service: Service, receiver: Receiver, count: int
) -> None:
    put(service.database, receiver.url, count)

    def breaks(db: Work, items: Sequence[Item]) -> Mapping[UUID, Item]:
        db.scalar(select(func.pg_terminate_backend(func.pg_backend_pid())))
        return {one.id: one for one in items}

    assert Worker(service.database, (replace(WAY, prepare=breaks),)).run_once()[KIND] == 0
    found = {(one.tries, one.why, one.claimed_until) for one in left(service)}
    assert found == {(0, None, None)}
    assert Worker(service.database, (WAY,)).run_once()[KIND] == count


def test_one_that_cannot_be_noted_holds_up_no_other(service: Service, receiver: Receiver) -> None:
    bad, noted = uuid4(), list[UUID]()
    put(service.database, receiver.url, target=bad)
    put(service.database, receiver.url, 9)

    def breaks(_db: Work, results: Sequence[tuple[Item, str | None]]) -> None:
        if any(item.target == bad for item, _ in results):
            raise KeyError(SECRET)
        noted.extend(item.id for item, _ in results)

    assert Worker(service.database, (replace(WAY, record=breaks),)).run_once()[KIND] == 10
    assert (len(set(receiver.arrived)), len(set(noted)), left(service)) == (10, 9, [])


def test_an_organisation_whose_receivers_hang_holds_up_no_other(
    service: Service, receiver: Receiver
) -> None:
    for _ in range(40):
        hanging = uuid4()
        receiver.hangs.add(str(hanging))
        put(service.database, receiver.url, 8, target=hanging)
    others = [
        one for _ in "12345" for one in put(service.database, receiver.url, organisation_id=2)
    ]
    with running(Worker(service.database, (WAY,))):
        wait_for(lambda: len(receiver.arrived) == len(others), 55)
        assert set(receiver.arrived) == set(others)
        receiver.let_go.set()


def test_what_is_put_in_the_same_process_does_not_wait(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LOOK", 60.0)
    worker = Worker(service.database, (WAY,))
    with running(worker):
        wait_for(lambda: worker._daily_from == float("inf"))
        time.sleep(0.3)
        put(service.database, receiver.url)
        wait_for(lambda: receiver.arrived)  # it would look in a minute


def test_idling_costs_next_to_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "LOOK", 0.2)
    worker = Worker(service.database, (WAY,))
    run = list[str]()

    def note_it(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        run.append(statement)

    with running(worker):
        wait_for(lambda: worker._daily_from == float("inf"))
        event.listen(service.database.engine, "before_cursor_execute", note_it)
        began = time.monotonic()
        time.sleep(2.0)
        event.remove(service.database.engine, "before_cursor_execute", note_it)
        looks = (time.monotonic() - began) / 0.2 + 1
    assert 2 <= len(run) <= 2 * looks
    assert all(one.startswith("SELECT") for one in run)


def test_each_daily_work_is_done_once_a_day(service: Service) -> None:
    done = list[str]()
    works = tuple((name, lambda _db, name=name: done.append(name)) for name, _ in DAILY)
    worker, other = Worker(service.database), Worker(service.database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(working, "DAILY", works)
        for one in (worker, other, worker):
            one.run_once()
        assert done == [name for name, _ in DAILY]
        service.clock.now += 86400
        other.run_once()
        assert done == 2 * [name for name, _ in DAILY]
        # A clock that was set back: they are done again, which harms nothing.
        service.clock.now -= 30 * 86400
        worker.run_once()
        assert done == 3 * [name for name, _ in DAILY]


def test_one_that_fails_is_done_by_the_next(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_database: Any) -> None:
        raise ValueError(SECRET)

    with pytest.MonkeyPatch.context() as patch:
        broken = tuple((name, fail if name == "overdue" else work) for name, work in DAILY)
        patch.setattr(working, "DAILY", broken)
        Worker(service.database).run_once()
    assert SECRET not in "".join(capsys.readouterr())
    with service.database.read() as db:
        assert db.scalar(select(Chore).where(Chore.name == "overdue")) is None
    Worker(service.database).run_once()
    with service.database.read() as db:
        assert set(db.scalars(select(Chore.name))) == {name for name, _ in DAILY}


def test_what_has_ended_is_swept(service: Service) -> None:
    service.open_case()
    bearer = service.handler()
    old, today = date.today() - timedelta(10), date.today() + timedelta(2)

    def make(db: Work) -> None:
        db.execute(update(SignedIn).values(sweep_after=old))
        for day in (old, today):
            db.add(ReportDraft(hash=uuid4().bytes * 2, sweep_after=day, sealed=b"sealed"))

    service.database.write(make)
    (code,) = put(service.database, "", organisation_id=None)
    service.database.write(lambda db: outbox.failed(db, code, "gone"))
    Worker(service.database).run_once()
    assert left(service) == []
    with service.database.read() as db:
        assert db.scalars(select(SignedIn)).all() == []
        assert db.scalars(select(ReportDraft.sweep_after)).all() == [today]
        assert db.scalars(select(Invitation).where(Invitation.expires_on < today)).all() == []
    assert service.get("/cases", bearer).status_code == 401
