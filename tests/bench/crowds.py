"""Many at once, as in the field: polls and few reports, a notice to all staff, a crash.

Each row is measured on SQLite and on PostgreSQL that waits for the disk. Processor time is that of
`wren serve` alone: what PostgreSQL and the generator take is not in it.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import requests
from argon2.low_level import Type, hash_secret_raw

from shared.sealing.stretch import TOKEN
from tests.bench.load import Job, Result
from tests.bench.row import Row
from tests.bench.world import KINDS, POSTGRES, SLUG, SQLITE, Server, World

OPEN = f"/api/v1/organisations/{SLUG}/cases"
CLIENTS, SECONDS = 64, 60.0
"""How many open cases at once, and for how long."""
MOST = 40_000
"""Sealed cases that are made beforehand: more than two cores open in that time."""
POLLS = 10_000
FIELD_POLLS, FIELD_REPORTS, FIELD_SECONDS = 6_000, 120, 30.0
SIGN_INS, IN_A_MINUTE = 1_000, 60.0
READABLE = 300


def _told(result: Result) -> str:
    return (
        f"p50 {result.latency * 1000:.1f} ms, p99 {result.slowest * 1000:.1f} ms, "
        f"{result.failures} of {result.answers:,} failed, {result.rate:.0f} a second"
    )


def _warm(world: World, server: Server, workers: int = 2) -> None:
    """What is made at the first request is made."""
    bodies = world.sealed[-100 * workers :]
    world.generator.run(Job(server.port, "POST", OPEN, bodies))


def opening(world: World) -> Iterator[Row]:
    """64 clients open sealed cases at once for 60 s: p99 next to p50, and the processor's time."""
    for kind in KINDS:
        with world.served(kind) as server:
            _warm(world, server)
            job = Job(server.port, "POST", OPEN, world.sealed[:1000], connections=CLIENTS)
            pace = world.generator.run(job).rate
            bodies = world.sealing(min(int(pace * SECONDS * 1.2), MOST))
            before = server.busy()
            result = world.generator.run(
                Job(
                    server.port, "POST", OPEN, bodies, connections=CLIENTS, seconds=SECONDS,
                    fails=False,
                )
            )  # fmt: skip
            cost = (server.busy() - before) / result.answers
            note = _told(result) + f", {server.held():.0f} MiB"
            yield Row(
                f"{CLIENTS} clients open sealed cases for {SECONDS:.0f} s, {kind}: p99 / p50",
                "ms", ("at most", 20.0 if not result.failures else 0.0),
                result.slowest * 1000, result.latency * 1000, note,
            )  # fmt: skip
            yield Row(
                f"processor time of a sealed case, {kind} / 4 ms",
                "ms", ("at most", 1.0), cost * 1000, 4.0,
            )  # fmt: skip


def opening_readable(world: World) -> Iterator[Row]:
    """Processor time of a readable case, next to one run of Argon2id at its cost."""
    for kind in KINDS:
        with world.served(kind) as server:
            world.generator.run(Job(server.port, "POST", OPEN, world.readable(40)))
            before = server.busy()
            result = world.generator.run(Job(server.port, "POST", OPEN, world.readable(READABLE)))
            cost = (server.busy() - before) / result.answers
            yield Row(
                f"processor time of a readable case, {kind} / one run of Argon2id",
                "ms", ("at most", 1.3), cost * 1000, _stretching() * 1000,
            )  # fmt: skip


def _stretching() -> float:
    """Seconds of processor time of one run, made as the service makes them: two at once."""
    code = (
        "import os, time; from concurrent.futures import ThreadPoolExecutor as P;"
        "from tests.bench.crowds import stretch;"
        "p = P(os.cpu_count() or 1); list(p.map(stretch, range(10)));"
        f"b = time.process_time(); list(p.map(stretch, range({READABLE})));"
        f"print((time.process_time() - b) / {READABLE})"
    )
    return float(subprocess.check_output([sys.executable, "-c", code], text=True))


def stretch(_: int) -> bytes:
    """One run at the cost of a token."""
    secret, salt = secrets.token_bytes(11), secrets.token_bytes(16)
    return hash_secret_raw(secret, salt, TOKEN.t, TOKEN.m, TOKEN.p, 32, Type.ID)


def _begin(world: World, server: Server, cases: int) -> tuple[list[bytes], list[str]]:
    """Readable cases: the bodies that sign their reporters in, and a session of each."""
    opened = world.readable(cases)
    world.generator.run(Job(server.port, "POST", OPEN, opened, seconds=120))
    signing = [json.dumps({"token": json.loads(one)["token"]}).encode() for one in opened]
    bearers = []
    with requests.Session() as http:
        http.trust_env = False
        for body in signing:
            url = f"http://127.0.0.1:{server.port}/api/v1/sessions"
            head = {"Content-Type": "application/json"}
            answer = http.post(url, body, headers=head, timeout=60)
            answer.raise_for_status()
            bearers.append(answer.json()["session"])
    return signing, bearers


def _polls(server: Server, bearers: list[str], count: int) -> Job:
    path = "/api/v1/case/news"
    each = [(bearers[at % len(bearers)], path) for at in range(count)]
    return Job(server.port, "GET", path, [b""] * count, each=each, seconds=600)


def polling(world: World) -> Iterator[Row]:
    """Processor time of a poll without news, next to a millisecond."""
    for kind in KINDS:
        with world.served(kind) as server:
            _, bearers = _begin(world, server, 20)
            world.generator.run(_polls(server, bearers, 500))
            before = server.busy()
            result = world.generator.run(_polls(server, bearers, POLLS))
            cost = (server.busy() - before) / result.answers
            yield Row(
                f"processor time of a poll without news, {POLLS:,} of them, {kind} / 1 ms",
                "ms", ("at most", 1.0), cost * 1000, 1.0, _told(result),
            )  # fmt: skip


def field(world: World) -> Iterator[Row]:
    """The field's load: many polls, few reports, half of them typed into a browser."""
    for kind in KINDS:
        with world.served(kind) as server:
            _, bearers = _begin(world, server, 20)
            _warm(world, server)
            sealed = Job(server.port, "POST", OPEN, world.sealed[: FIELD_REPORTS // 2])
            typed = Job(server.port, "POST", OPEN, world.readable(FIELD_REPORTS // 2))
            polls = _polls(server, bearers, FIELD_POLLS)
            before = server.busy()
            job = replace_all(polls, sealed, typed)
            result = world.generator.run(job)
            cost = (server.busy() - before) / FIELD_REPORTS
            note = f"{_told(result)}, {cost * 1000:.0f} ms of the processor to each report with "
            note += f"its {FIELD_POLLS // FIELD_REPORTS} polls, {server.held():.0f} MiB"
            goal = 20.0 if not result.failures else 0.0
            yield Row(
                f"{FIELD_POLLS:,} polls and {FIELD_REPORTS} reports in {FIELD_SECONDS:.0f} s, "
                f"{kind}: p99 / p50",
                "ms", ("at most", goal), result.slowest * 1000, result.latency * 1000, note,
            )  # fmt: skip


def replace_all(polls: Job, *reports: Job) -> Job:
    """One job of all, spread over the field's seconds; what fails is counted."""
    return Job(
        polls.port, polls.method, polls.path, polls.bodies, each=polls.each, others=reports,
        within=FIELD_SECONDS, connections=CLIENTS, seconds=600, fails=False,
    )  # fmt: skip


def sign_ins(world: World) -> Iterator[Row]:
    """1,000 sign-ins with words, as fast as they come after a notice to all staff."""
    for kind in KINDS:
        with world.served(kind) as server:
            signing, _ = _begin(world, server, 20)
            bodies = [signing[at % len(signing)] for at in range(SIGN_INS)]
            job = Job(
                server.port, "POST", "/api/v1/sessions", bodies, connections=CLIENTS,
                seconds=600, fails=False,
            )  # fmt: skip
            before = server.busy()
            result = world.generator.run(job)
            cost = (server.busy() - before) / result.answers
            note = f"{_told(result)}, {cost * 1000:.0f} ms of the processor each, "
            note += f"{server.held():.0f} MiB"
            goal = 1.0 if not result.failures else 0.0
            yield Row(
                f"{SIGN_INS:,} sign-ins with words, {CLIENTS} at once, {kind} / a minute",
                "s", ("at most", goal), result.answers / result.rate, IN_A_MINUTE, note,
            )  # fmt: skip


def restarting(world: World) -> Iterator[Row]:
    """From a start after kill -9 in the middle of writing to the first answer, next to 2 s."""
    for kind in KINDS:
        data = world.fresh()
        url = world.database_url(kind, data)
        with world.wren(data, url=url) as server:
            world.generator.run(Job(server.port, "POST", OPEN, world.sealed[:500]))
            for one in (server.process, *server.process.children(recursive=True)):
                os.kill(one.pid, signal.SIGKILL)
        start = time.perf_counter()
        with world.wren(data, url=url) as server:
            took = time.perf_counter() - start
        yield Row(
            f"from the start after kill -9 to the first answer, {kind} / 2 s",
            "s", ("at most", 1.0), took, 2.0,
        )  # fmt: skip


def scaling(world: World) -> Iterator[Row]:
    """Workers 1, 2 and 4: sealed cases and polls a second, next to one worker on SQLite."""
    first: dict[str, float] = {}
    for kind, workers in ((SQLITE, 1), (POSTGRES, 1), (POSTGRES, 2), (POSTGRES, 4)):
        with world.served(kind, "--workers", str(workers)) as server:
            _, bearers = _begin(world, server, 20)
            _warm(world, server, workers)
            rates = {
                "sealed cases": world.generator.run(
                    Job(server.port, "POST", OPEN, world.sealed[:4000], connections=CLIENTS)
                ),
                "polls": world.generator.run(_polls(server, bearers, 4000)),
                "readable cases": world.generator.run(
                    Job(server.port, "POST", OPEN, world.readable(200))
                ),
            }
            for what, result in rates.items():
                first.setdefault(what, result.rate)
                yield Row(
                    f"{what} a second, {kind}, workers: {workers} / SQLite",
                    "1/s", ("at least", 0.0), result.rate, first[what], _told(result),
                )  # fmt: skip


MEASURES = {
    "crowd": opening,
    "crowd-readable": opening_readable,
    "polls": polling,
    "field": field,
    "sign-ins": sign_ins,
    "restart": restarting,
    "scaling": scaling,
}
"""The rows by the name that `--only` takes; each gives several."""
