"""Workers in processes of their own: killed at each step, and several at once."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from api.models.base import Work
from api.models.case import Case
from api.models.message import Message
from api.models.organisation import Organisation
from api.models.outbox import Chore, Delivery, OverdueTold
from api.rules import outbox
from tests.service import Service
from tests.worker import one_that_dies
from tests.worker.receiver import put, receiving


def begin(service: Service, step: str, ahead: int = 0, name: str = "one") -> int:
    """A worker in a process of its own, which ends with 0 once it has done all; its id."""
    # No connection may be known to both processes.
    service.database.engine.dispose()
    child = os.fork()
    if child:
        return child
    try:
        one_that_dies.work(service.database_url, service.vault, step, ahead, name)
        os._exit(0)
    finally:
        os._exit(1)


def ended(child: int) -> int:
    """Waits for a process; what it ended with, as minus the signal if it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(service: Service, step: str, ahead: int = 0) -> int:
    """Runs a worker until it has done what is due, or died; what its process ended with."""
    return ended(begin(service, step, ahead))


def left(service: Service) -> int:
    """How many rows the outbox has."""
    with service.database.read() as db:
        return db.scalar(select(func.count()).select_from(Delivery)) or 0


def case_of(service: Service, reference: str) -> Case:
    """The case."""
    with service.database.read() as db:
        return db.scalars(select(Case).where(Case.reference == reference)).one()


@pytest.mark.parametrize("step", one_that_dies.STEPS)
def test_everything_arrives(new_service: Callable[..., Service], step: str) -> None:
    service = new_service()
    with receiving() as receiver:
        made = put(service.database, receiver.url, 3)
        made += put(service.database, receiver.url, 3, target=uuid4())
        assert run(service, step) == -signal.SIGKILL
        assert left(service) > 0 or step == "recorded"
        # The next one finds what that one had, once its time is over.
        assert run(service, "none", 2 * outbox.LEASE) == 0
        assert left(service) == 0
        assert set(receiver.arrived) == set(made)
        if step in ("claiming", "claimed"):
            assert len(receiver.arrived) == len(made), "nothing was sent yet, so nothing is twice"


def test_two_at_once_share_them(new_service: Callable[..., Service]) -> None:
    service = new_service()
    with receiving() as receiver:
        made = [one for _ in range(10) for one in put(service.database, receiver.url, 10)]
        workers = [begin(service, "none", name=name) for name in ("one", "other")]
        assert [ended(one) for one in workers] == [0, 0]
        assert Counter(receiver.arrived) == Counter(made)
        assert set(receiver.brought_by.values()) == {"one", "other"}
    assert left(service) == 0


def test_a_release_that_was_cut_off_is_told_by_the_next(
    new_service: Callable[..., Service],
) -> None:
    service = new_service()
    hours = {"release": ["07:00"]}
    service.database.write(lambda db: db.execute(update(Organisation).values(**hours)))
    reference, _ = service.open_case()
    case = case_of(service, reference)
    assert run(service, "telling", 2 * 86400) == -signal.SIGKILL
    assert _shown(service, case) is None
    assert run(service, "none", 2 * 86400) == 0
    assert _shown(service, case) == 1


def _shown(service: Service, case: Case) -> int | None:
    with service.database.read() as db:
        return db.scalar(select(Message.desk_number).where(Message.case_id == case.id))


@pytest.mark.parametrize("step", one_that_dies.WORKS)
def test_a_daily_work_that_was_cut_off_is_done_by_the_next(
    new_service: Callable[..., Service], step: str
) -> None:
    service = new_service()
    late, gone = (service.open_case()[0] for _ in range(2))

    def age(db: Work) -> None:
        long_ago, today = date.today() - timedelta(900), date.today()
        db.execute(update(Case).where(Case.reference == late).values(acknowledge_by=long_ago))
        closed = {"status": "closed", "closed_on": long_ago, "goes_on": today}
        db.execute(update(Case).where(Case.reference == gone).values(**closed))

    service.database.write(age)
    assert run(service, step) == -signal.SIGKILL
    assert run(service, "none") == 0
    with service.database.read() as db:
        assert db.scalars(select(Case.reference)).all() == [late]
        assert db.scalars(select(OverdueTold.kind)).all() == ["acknowledge"]
        assert len(db.scalars(select(Chore.name)).all()) >= 3
