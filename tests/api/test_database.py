"""Writing: all of a rule or nothing, also when several write at the same moment."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from api.models.account import Throttle
from api.models.base import Database, Work
from tests.service import Service


def add(key: int) -> Any:
    """A rule that adds a row through the ORM."""

    def rule(db: Work) -> int:
        db.add(Throttle(key=key.to_bytes(32, "big"), failures=key, not_before=0))
        db.flush()
        return key

    return rule


def keys(service: Service) -> list[int]:
    """The rows that are stored."""
    with service.database.read() as db:
        return list(db.scalars(select(Throttle.failures).order_by(Throttle.failures)))


def in_line(service: Service, many: int) -> None:
    """Waits until so many stand behind the one that writes; on PostgreSQL nobody does."""
    while service.database.is_sqlite and len(service.database._waiting) < many:
        time.sleep(0.01)


def together(service: Service, rules: list[Any]) -> list[Future[Any]]:
    """What comes of rules that all wait while another writes."""
    holds, go_on = threading.Event(), threading.Event()

    def hold(_db: Work) -> None:
        holds.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(len(rules) + 1) as threads:
        holder = threads.submit(service.database.write, hold)
        assert holds.wait(60)
        found = [threads.submit(service.database.write, rule) for rule in rules]
        in_line(service, len(rules))
        go_on.set()
        holder.result(60)
    return found


def test_it_works(service: Service) -> None:
    assert service.database.write(add(1)) == 1
    assert keys(service) == [1]


def test_a_rule_that_fails_stores_nothing(service: Service) -> None:
    def fail(db: Work) -> None:
        add(1)(db)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        service.database.write(fail)
    assert keys(service) == []


@pytest.mark.parametrize("how", ["flush", "statement", "plain"])
def test_one_that_fails_takes_no_other_with_it(service: Service, how: str) -> None:
    service.database.write(add(1))

    def fail(db: Work) -> None:
        add(7)(db)
        taken = {"key": (1).to_bytes(32, "big"), "failures": 9, "not_before": 0}
        if how == "plain":
            raise RuntimeError
        if how == "statement":
            db.execute(insert(Throttle), [taken])
            return
        db.add(Throttle(**taken))
        db.flush()

    found = together(service, [add(2), fail, add(3), fail, add(4)])
    assert [found[at].result(60) for at in (0, 2, 4)] == [2, 3, 4]
    assert all(found[at].exception(60) is not None for at in (1, 3))
    assert keys(service) == [1, 2, 3, 4]
    service.database.write(add(5))
    assert keys(service) == [1, 2, 3, 4, 5]


def test_all_are_told_their_own(service: Service) -> None:
    found = together(service, [add(at) for at in range(1, 9)])
    assert [one.result(60) for one in found] == list(range(1, 9))
    assert keys(service) == list(range(1, 9))


def waits(db: Work) -> bool:
    """Whether the commit of this unit will wait for the disk."""
    if db.connection().dialect.name == "sqlite":
        return int(db.connection().exec_driver_sql("PRAGMA synchronous").scalar_one()) == 2
    return str(db.connection().exec_driver_sql("SHOW synchronous_commit").scalar_one()) == "on"


def test_only_what_is_to_last_is_waited_for(service: Service) -> None:
    write = service.database.write
    assert write(waits)
    assert not write(waits, lasting=False)
    with pytest.raises(ZeroDivisionError):
        write(lambda _db: 1 / 0, lasting=False)
    assert write(waits)


def test_what_lasts_is_waited_for_also_in_company(service: Service) -> None:
    holds, go_on = threading.Event(), threading.Event()

    def hold(_db: Work) -> None:
        holds.set()
        assert go_on.wait(60)

    with ThreadPoolExecutor(3) as threads:
        holder = threads.submit(service.database.write, hold)
        assert holds.wait(60)
        first = threads.submit(service.database.write, waits, lasting=False)
        in_line(service, 1)
        second = threads.submit(service.database.write, waits)
        in_line(service, 2)
        go_on.set()
        holder.result(60)
        assert second.result(60)
        # On SQLite they share a commit, which is waited for.
        assert first.result(60) == service.database.is_sqlite


def break_line(db: Work, database: Database) -> None:
    """PostgreSQL ends the connection of this unit, which nobody has noticed yet."""
    pid = db.scalar(select(func.pg_backend_pid()))
    other = Database(database.config)
    with other.read() as elsewhere:
        assert elsewhere.scalar(select(func.pg_terminate_backend(pid, 10_000)))
    other.engine.dispose()


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
def test_a_connection_that_broke_a_moment_ago_is_not_handed_out(service: Service) -> None:
    with service.database.read() as db:
        break_line(db, service.database)
    assert keys(service) == []
    runs = list[int]()

    def rule(db: Work) -> int:
        runs.append(1)
        return add(1)(db)

    with service.database.read() as db:
        break_line(db, service.database)
    assert service.database.write(rule) == 1
    assert len(runs) == 1


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
def test_where_one_is_gone_none_that_is_as_old_is_asked(service: Service) -> None:
    """Each might be waited for, one request after the other."""

    def pids() -> set[int]:
        with ExitStack() as held:
            units = [held.enter_context(service.database.read()) for _ in range(4)]
            return {db.scalar(select(func.pg_backend_pid())) for db in units}

    before = pids()
    with service.database.read() as db:
        break_line(db, service.database)
    pids()  # one of these finds it
    assert pids().isdisjoint(before)


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
@pytest.mark.parametrize("times", [1, 2])
def test_a_rule_whose_connection_breaks_is_run_once_more(service: Service, times: int) -> None:
    runs = list[int]()

    def rule(db: Work) -> int:
        runs.append(1)
        if len(runs) <= times:
            break_line(db, service.database)
        return add(1)(db)

    if times == 1:
        assert service.database.write(rule) == 1
    else:
        with pytest.raises(DBAPIError):
            service.database.write(rule)
    assert len(runs) == 2
    assert keys(service) == [1] * (times == 1)


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
def test_what_broke_in_the_commit_is_not_run_again(service: Service) -> None:
    """It may have been stored."""
    runs = list[int]()

    def rule(db: Work) -> None:
        runs.append(1)
        add(len(runs))(db)
        break_line(db, service.database)

    with pytest.raises(DBAPIError):
        service.database.write(rule)
    assert len(runs) == 1
