"""Numbers for those who run the service (Prometheus), which tell the time of nobody's act.

A counter that is read each fifteen seconds tells when somebody reported, wrote or worked, whatever
it is called; so does the processor's time on a quiet night. So nothing is told as it happens:

- what reporters do, all of it together and without addresses, is told once a day;
- what staff and integrations do is told once an hour, by route;
- at once only whether the service is well: faults, which the log has too, and the worker.

Within a day or an hour every reading is the same. There is nothing of a case, an organisation or a
person, and no number of the process itself (processor, memory).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from threading import Lock

import prometheus_client
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from api.models.base import Database
from api.rules import heartbeats

HOUR, DAY = 3600.0, 86400.0
"""Seconds after which numbers of staff, and of reporters, are told."""

BUCKETS = (0.1, 0.5, 2.0, 10.0)
"""Seconds: coarse, since a fine one tells one kind of call from another."""

PORTS = 64
"""Ports that are tried from the one that is set: each process that serves takes one."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OF_STAFF = ("/console",)
_ENTERING = frozenset({"/api/v1/sign-in", "/api/v1/join", "/api/v1/recovery"})

# Else each series comes with the second in which it was first counted.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Held:
    """Counts, and tells them only once a period is over: what was told stays until the next is.

    The clock is one that nobody sets, so that none is over early.
    """

    def __init__(
        self, name: str, what: str, labels: tuple[str, ...], period: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._own = CollectorRegistry()
        self.calls = Counter(f"{name}_requests", what, (*labels, "status"), registry=self._own)
        self.seconds = Histogram(
            f"{name}_seconds", "Seconds of them", labels, buckets=BUCKETS, registry=self._own
        )
        self._period, self._clock = period, clock
        self._began, self._over = clock(), 0
        # From the beginning with all names, so that the first period ends without a sign.
        self._told: list[Metric] = list(self._own.collect())
        self._lock = Lock()

    def count(self, labels: tuple[str, ...], status: str, seconds: float) -> None:
        """Counts a request that was answered."""
        with self._lock:
            self._tell()
            self.calls.labels(*labels, status).inc()
            # The library takes no empty labels.
            (self.seconds.labels(*labels) if labels else self.seconds).observe(seconds)

    def told(self) -> list[Metric]:
        """What was counted until the last period was over."""
        with self._lock:
            self._tell()
            return self._told

    def _tell(self) -> None:
        over = int((self._clock() - self._began) // self._period)
        if over != self._over:
            self._over, self._told = over, list(self._own.collect())


class Numbers(Collector):
    """All that is told of one process that serves."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self.staff = Held(
            "wren_staff", "Requests of staff and integrations, told each hour",
            ("method", "route"), HOUR, clock,
        )  # fmt: skip
        self.reporters = Held(
            "wren_reporter", "All requests that need no account, told each day", (), DAY, clock
        )
        self.registry = CollectorRegistry()
        self.faults = Counter(
            "wren_faults", "Answers of 500 and above, each also in the log", registry=self.registry
        )
        self.registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """What is told now."""
        yield from self.staff.told()
        yield from self.reporters.told()
        yield GaugeMetricFamily("wren_worker_alive", "1: a worker is at work", self._worker())
        built = GaugeMetricFamily("wren_build_info", "The version", labels=["version"])
        built.add_metric([version("wren")], 1)
        yield built

    def describe(self) -> Iterable[Metric]:
        """Nothing: else it would be collected once before there is a database."""
        return ()

    def _worker(self) -> float:
        try:
            with self._database.read() as db:
                return float(heartbeats.is_alive(db))
        except SQLAlchemyError:
            return 0.0


def is_of_staff(app: Flask) -> bool:
    """Whether this request's route is of staff or integrations; all others count as reporters'."""
    rule = request.url_rule
    if rule is None:
        return False
    if rule.rule in _ENTERING or rule.rule.startswith(_OF_STAFF):
        return True
    view = app.view_functions.get(rule.endpoint)
    method = getattr(getattr(view, "view_class", None), request.method.lower(), None)
    needs = getattr(method, "wren_needs", ())
    return bool(needs) and "reporter" not in needs


def watch(app: Flask, numbers: Numbers) -> None:
    """Counts every answer of the application from now on."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.pop("began", time.perf_counter())
        status = f"{response.status_code // 100}xx"
        if response.status_code >= 500:
            numbers.faults.inc()
        if request.path == "/api/v1/health":
            return response
        if is_of_staff(app) and request.url_rule is not None:
            method = request.method if request.method in _METHODS else "other"
            numbers.staff.count((method, request.url_rule.rule), status, seconds)
        else:
            numbers.reporters.count((), status, seconds)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)


def serve(app: Flask) -> int | None:
    """Tells this process's numbers at `WREN_METRICS`; the port, or None if that is not set.

    Several processes take the next ports in turn. If none is free nothing is told.
    """
    database: Database = app.extensions["wren"]
    if database.config.metrics is None:
        return None
    numbers = Numbers(database)
    watch(app, numbers)
    host, first = database.config.metrics
    for port in range(first, min(first + PORTS, 65536)):
        try:
            prometheus_client.start_http_server(port, host, numbers.registry)
        except OSError:
            continue
        return port
    return None
