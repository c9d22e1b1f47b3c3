"""The database: tables' base, units of work, and what each of them knows of the service."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from select import POLLIN, poll
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import (
    Connection,
    Engine,
    Executable,
    MetaData,
    Result,
    Table,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool

from api.config import Config
from api.load import Load

Answer = TypeVar("Answer")
_TRIES = 4

_NO_LONGER = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""How long a PostgreSQL is waited for that is gone without a word: what libpq does by itself is
for minutes and hours, in which every thread would wait and nobody be told.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""


_ANSWERED = 1.0
"""Seconds for which a connection is not asked again whether it is still there: under load that is
a third of all that goes to PostgreSQL."""


class Base(DeclarativeBase):
    """The base of all tables; constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Work(Session):
    """One unit of work: a database session that also knows the time and the settings.

    `now` is Unix seconds and stays the same within the unit. Who began the unit commits it,
    once; rules never do.
    """

    now: float
    config: Config
    afterwards: list[Callable[[], None]]
    """What is to be done once the unit is durable, and only then; it must not raise."""
    plain: Connection | None = None
    """The connection, where it is known. Reading past the session costs a third less."""

    @property
    def utc(self) -> datetime:
        """`now` as a time in UTC."""
        return datetime.fromtimestamp(self.now, UTC)

    def fetch(self, columns: Executable, **values: Any) -> Result[*tuple[Any, ...]]:
        """Reads plain columns past the ORM: that costs a third."""
        return (self.plain or self.connection()).execute(columns, values)

    def store(self, table: type[Base], *rows: Mapping[str, Any]) -> None:
        """Inserts rows as they are, at once and past the ORM."""
        if rows:
            (self.plain or self.connection()).execute(_insert_into(table), rows)


@cache
def _insert_into(table: type[Base]) -> Executable:
    return cast(Table, table.__table__).insert()


class Database:
    """The engine and how to work with it.

    SQLite has one writer at a time, behind a lock. Whoever gets it also runs the rules that
    wait there, and one commit makes all of them durable before anybody is answered.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.engine = make_engine(config.database_url)
        self.load = Load()
        self.salt: bytes | None = None
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reading = self.engine
        if not self.is_sqlite:
            # A transaction's begin and end are two ways more to the server and back, and at READ
            # COMMITTED it sees no other rows. SQLite's are begun by hand: none is for reading.
            self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.tidied: date | None = None
        """The day on which this process last took away what is left over."""
        self._writer = threading.Lock()
        self._waiting: deque[tuple[Callable[[Work], Any], bool, Future[Any]]] = deque()

    @contextmanager
    def read(self, *, in_batches: bool = False) -> Iterator[Work]:
        """A unit that changes nothing; each statement sees what is committed when it begins.

        Rows that are read `in_batches` (`yield_per`) need a transaction around them.
        """
        engine = self.engine if in_batches else self._reading
        with engine.connect() as connection, self._work(connection) as work:
            yield work

    def write(self, rule: Callable[[Work], Answer], *, lasting: bool = True) -> Answer:
        """Runs `rule` in one transaction and commits: all of it is durable, or none.

        Another writer may have been faster with the same id: then the rule runs again and
        finds what is stored. So it does, once, where its connection broke before it was
        committed. What need not be `lasting` is not waited for on the disk: after a
        failure of power it may be gone, whole. Raises what the rule raises, nothing being
        stored then.
        """
        broke = False
        for _ in range(_TRIES - 1):
            try:
                return self._write(rule, lasting)
            except IntegrityError:
                continue
            except DBAPIError as error:
                if not broke and error.connection_invalidated and error.statement is not None:
                    broke = True  # a commit is no statement: what came of that nobody knows
                elif getattr(error.orig, "sqlstate", None) not in ("40001", "40P01"):
                    raise
        return self._write(rule, lasting)

    def _write(self, rule: Callable[[Work], Answer], lasting: bool) -> Answer:
        if not self.is_sqlite:
            with self._work() as work:
                if not lasting:
                    work.connection().exec_driver_sql("SET LOCAL synchronous_commit TO off")
                answer = rule(work)
                work.commit()
            _do(work.afterwards)
            return answer
        mine: Future[tuple[Answer, list[Callable[[], None]]]] = Future()
        self._waiting.append((rule, lasting, mine))
        with self._writer:
            if not mine.done():
                self._write_waiting()
        answer, afterwards = mine.result()
        _do(afterwards)
        return answer

    def _write_waiting(self) -> None:
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        rules = [rule for rule, _, _ in group]
        outcomes = self._outcomes(rules, any(lasting for _, lasting, _ in group))
        for (_, _, waiting), (answer, fault) in zip(group, outcomes, strict=True):
            if fault is None:
                waiting.set_result(answer)
            else:
                waiting.set_exception(fault)

    def _outcomes(
        self, rules: Sequence[Callable[[Work], Any]], lasting: bool
    ) -> list[tuple[Any, BaseException | None]]:
        """What each rule answered or raised. If one can't be stored, each runs by itself."""
        try:
            return [(answer, None) for answer in self._together(rules, lasting)]
        except BaseException as error:  # noqa: BLE001 - whoever asked for the rule gets it
            if len(rules) == 1:
                return [(None, error)]
        return [outcome for rule in rules for outcome in self._outcomes([rule], lasting)]

    def _together(self, rules: Sequence[Callable[[Work], Any]], lasting: bool) -> list[Any]:
        with self.engine.connect() as connection:
            # Set each time, since connections go back and forth. What lasts takes with it what
            # was written before it.
            wait = "FULL" if lasting else "NORMAL"
            connection.connection.cursor().execute(f"PRAGMA synchronous = {wait}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            answers = []
            for rule in rules:
                with self._work(connection) as work:
                    answers.append((rule(work), work.afterwards))
                    work.commit()
            connection.commit()
            return answers

    def empty_log(self) -> bool:
        """SQLite: what was deleted goes out of its write-ahead log too; true once that is done.

        While somebody reads what was before, it is not: then later. PostgreSQL has its own ways.
        https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        if not self.is_sqlite:
            return True
        with self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("PRAGMA busy_timeout = 250")
            try:
                busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (1,)
            finally:
                cursor.execute("PRAGMA busy_timeout = 30000")
            return not busy

    @contextmanager
    def joined(self, connection: Connection) -> Iterator[Work]:
        """A unit within a transaction that was begun by hand; its commit only flushes."""
        with self._work(connection) as work:
            yield work

    @contextmanager
    def _work(self, bind: Engine | Connection | None = None) -> Iterator[Work]:
        # Within a group a unit's own commit only flushes: the group's makes it durable.
        with Work(
            bind or self.engine,
            expire_on_commit=False,
            autoflush=False,
            join_transaction_mode="rollback_only",
        ) as work:
            work.now, work.config = self.config.clock(), self.config
            work.afterwards = []
            work.plain = bind if isinstance(bind, Connection) else None
            yield work


def _do(afterwards: Sequence[Callable[[], None]]) -> None:
    for one in afterwards:
        one()


def make_engine(url: str) -> Engine:
    """An engine for this address; errors of it never show the values of a statement."""
    if not url.startswith("sqlite"):
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=10,
            max_overflow=30,
            connect_args=_NO_LONGER,
        )
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _ask_if_old)
        return engine
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=60,
        # The connection that wrote last has its pages still in its cache.
        pool_use_lifo=True,
        connect_args={"check_same_thread": False, "timeout": 30},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _ask_if_old(connection: Any, record: Any, _proxy: Any) -> None:
    """What `pool_pre_ping` does, but for a connection that answered a moment ago and is silent.

    A server that ends one says so, or its end of the line is closed: then there is something to
    read. Raises `InvalidatePoolError` where it is gone: then the pool takes a new one, and so for
    all that are as old, since each that was asked in vain might be waited for (`_NO_LONGER`).
    """
    fresh = time.monotonic() - record.info.get("used", time.monotonic()) < _ANSWERED
    try:
        if fresh and not _has_news(connection):
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError:
        raise InvalidatePoolError from None


def _has_news(connection: Any) -> bool:
    """Whether something came on it that nobody read yet. Asks the system alone."""
    line = poll()
    line.register(connection.fileno(), POLLIN)
    return bool(line.poll(0))


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun by hand: the driver would begin them too late to be immediate.
    connection.isolation_level = None
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "busy_timeout = 30000",
    ):
        connection.execute(f"PRAGMA {setting}")


def following(column: Any) -> Any:
    """The number after the highest of this column: for order, never for identity."""
    return select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
