"""The outbox: claimed once, back later and later, given up in the end; and clocks that are set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from api.models.base import Database, Work
from api.models.case import Case
from api.models.outbox import Delivery
from api.rules import outbox
from shared.errors import NotFound
from tests.service import Service
from tests.worker.receiver import KIND, put

YEAR = 365 * 86400


def claim(service: Service, limit: int = 100) -> list[UUID]:
    """Claims what is due now."""
    found = service.database.write(lambda db: outbox.claim(db, KIND, limit))
    return [one.id for one in found]


def fail(service: Service, one: UUID, why: str = "timeout") -> None:
    """Notes that it did not arrive."""
    service.database.write(lambda db: outbox.failed(db, one, why))


def row(service: Service, one: UUID) -> Delivery:
    """The row as it is."""
    with service.database.read() as db:
        return db.get_one(Delivery, one)


def test_it_works(service: Service) -> None:
    made = put(service.database, "http://one.example", 3)
    assert sorted(claim(service, 2) + claim(service, 2)) == sorted(made)
    assert claim(service) == []
    service.database.write(lambda db: outbox.done(db, made[0], made[1]))
    with service.database.read() as db:
        assert db.scalars(select(Delivery.id)).all() == [made[2]]


def test_what_a_worker_left_is_claimed_again(service: Service) -> None:
    made = put(service.database, "http://one.example")
    assert claim(service) == made
    service.clock.now += outbox.LEASE - 1
    assert claim(service) == []
    service.clock.now += 2
    assert claim(service) == made


def test_nothing_of_it_tells_when_it_was_made(service: Service) -> None:
    (made,) = put(service.database, "http://one.example")
    found = row(service, made)
    assert (found.due_at, found.claimed_until) == (0, None)


def test_each_try_is_later_and_the_last_one_ends_it(service: Service) -> None:
    (made,) = put(service.database, "http://one.example")
    began, waited = service.clock.now, list[float]()
    for tries in range(1, outbox.TRIES):
        assert claim(service) == [made]
        fail(service, made)
        found = row(service, made)
        assert (found.tries, found.state, found.why) == (tries, "waiting", "timeout")
        waited.append(found.due_at - service.clock.now)
        service.clock.now = found.due_at - 1
        assert claim(service) == []
        service.clock.now = found.due_at
    for at, seconds in enumerate(waited):
        usual = min(outbox.FIRST * 2**at, outbox.LONGEST)
        assert usual / 2 - 1 <= seconds <= usual * 1.5
    assert 1.5 * 86400 < service.clock.now - began < 4.5 * 86400
    assert claim(service) == [made]
    fail(service, made, "5xx")
    assert (row(service, made).state, row(service, made).why) == ("dead", "5xx")
    service.clock.now += 30 * 86400
    assert claim(service) == []


def test_those_that_failed_together_are_not_tried_together() -> None:
    assert len({round(outbox.pause(10)) for _ in range(50)}) > 20


def test_what_never_arrives_is_not_tried_again(service: Service) -> None:
    (made,) = put(service.database, "http://one.example")
    claim(service)
    fail(service, made, "gone")
    assert row(service, made).state == "dead"


def test_administrators_have_the_dead_tried_again_or_drop_them(service: Service) -> None:
    one, other = put(service.database, "http://one.example", 2)
    claim(service)
    fail(service, one, "gone")
    fail(service, other, "gone")
    with service.database.read() as db:
        assert {found.id for found in outbox.dead(db, 1, 9)} == {one, other}
        assert outbox.dead(db, 2, 9) == []
    for elsewhere in (outbox.again, outbox.drop):
        with pytest.raises(NotFound):
            service.database.write(lambda db, act=elsewhere: act(db, one, 2))  # type: ignore[misc]
    service.database.write(lambda db: outbox.again(db, one, 1))
    service.database.write(lambda db: outbox.drop(db, other, 1))
    assert (row(service, one).tries, row(service, one).state) == (0, "waiting")
    assert claim(service) == [one]
    for waiting in (outbox.again, outbox.drop):
        with pytest.raises(NotFound):
            service.database.write(lambda db, act=waiting: act(db, one, 1))  # type: ignore[misc]


@pytest.mark.parametrize("by", [-YEAR, -7200, 7200, YEAR])
def test_a_clock_that_was_wrong_loses_nothing(service: Service, by: int) -> None:
    """While it was wrong one was put, one claimed, one failed: all are found once it is right."""
    right = service.clock.now
    service.clock.now += by
    failed, claimed = put(service.database, "http://one.example", 2)
    service.database.write(lambda db: outbox.claim(db, KIND, 2))
    fail(service, failed)
    (late,) = put(service.database, "http://one.example", due_at=int(service.clock.now) + 3600)
    service.clock.now = right
    # Set back by less than the farthest that anything may be due, it waits that much longer.
    service.clock.now += 0 if abs(by) > outbox.FARTHEST else abs(by) + 3601
    assert set(claim(service)) == {failed, claimed, late}
    assert claim(service) == []


def test_a_clock_that_is_ahead_for_a_while_gives_nothing_up(service: Service) -> None:
    (made,) = put(service.database, "http://one.example")
    service.clock.now += YEAR
    claim(service)
    fail(service, made)
    found = row(service, made)
    assert (found.state, found.tries) == ("waiting", 1)


def test_a_clock_put_right_by_a_little_takes_it_from_nobody(service: Service) -> None:
    put(service.database, "http://one.example")
    assert claim(service)
    service.clock.now -= 60
    assert claim(service) == []


def test_nothing_is_due_farther_than_it_may_be(service: Service) -> None:
    far = int(service.clock.now) + YEAR
    (made,) = put(service.database, "http://one.example", due_at=far)
    assert row(service, made).due_at == int(service.clock.now) + outbox.FARTHEST


def test_a_target_that_has_enough_is_passed_over(service: Service) -> None:
    busy, other = uuid4(), uuid4()
    put(service.database, "http://one.example", 20, target=busy)
    put(service.database, "http://one.example", 2, target=other)
    found = service.database.write(lambda db: outbox.claim(db, KIND, 10, 3))
    assert sorted(one.target for one in found) == sorted([busy] * 3 + [other] * 2)
    assert service.database.write(lambda db: outbox.claim(db, KIND, 10, 3, [busy])) == []


def test_an_organisation_that_has_enough_is_passed_over(service: Service) -> None:
    for organisation, count in ((1, 9), (2, 2), (None, 9)):
        for _ in range(count):
            put(service.database, "http://one.example", organisation_id=organisation)

    def claimed(**more: Any) -> list[int | None]:
        found = service.database.write(lambda db: outbox.claim(db, KIND, 20, 3, **more))
        return [one.organisation_id for one in found]

    assert Counter(claimed(share=3)) == {1: 3, 2: 2, None: 9}
    assert claimed(share=3, without_organisations=[1]) == []
    assert claimed(share=3) == [1, 1, 1]


def test_withdrawing_takes_along_what_waits(service: Service) -> None:
    reference, token = service.open_case()
    with service.database.read() as db:
        case_id = db.scalar(select(Case.id).where(Case.reference == reference))
    put(service.database, "http://one.example", case_id=case_id)
    (other,) = put(service.database, "http://one.example")
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    with service.database.read() as db:
        assert db.scalars(select(Delivery.id)).all() == [other]


def test_what_is_locked_by_another_is_passed_over(new_service: Callable[..., Service]) -> None:
    """On PostgreSQL at once, by SKIP LOCKED; on SQLite the second waits, and gets the rest."""
    service = new_service()
    made = put(service.database, "http://one.example", 4)
    claimed, end, first = Event(), Event(), list[UUID]()

    def hold(db: Work) -> None:
        first.extend(one.id for one in outbox.claim(db, KIND, 2))
        claimed.set()
        end.wait(10)

    holding = Thread(target=service.database.write, args=(hold,))
    holding.start()
    claimed.wait(10)
    second = list[UUID]()
    if service.database.is_sqlite:
        # Another process: another engine on the same file.
        other = Database(service.database.config)
        asking = Thread(
            target=lambda: second.extend(
                one.id for one in other.write(lambda db: outbox.claim(db, KIND, 4))
            )
        )
        asking.start()
        asking.join(0.3)
        assert asking.is_alive()
        end.set()
        asking.join(10)
        other.engine.dispose()
    else:
        second.extend(claim(service))
        end.set()
    holding.join(10)
    assert sorted(first + second) == sorted(made)
