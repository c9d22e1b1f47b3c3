"""The server's rows: opening cases, the inbox, and what the process holds in memory."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from argon2.low_level import Type, hash_secret_raw

from shared.sealing.stretch import TOKEN
from tests.bench import attaching, delivering, figuring, returning, web
from tests.bench.load import Job
from tests.bench.row import ROUNDS, Row, compare
from tests.bench.world import FEW, MANY, SLUG, World

OPEN = f"/api/v1/organisations/{SLUG}/cases"
SEALED_A_ROUND, READABLE_A_ROUND = 1000, 200
PAGES_A_ROUND, PAGE_ROUNDS = 50, 21
"""A page takes milliseconds: short turns, so that a busy moment of the machine meets both."""

SEARCHED = 1000
MEMORY_ROUNDS = 5


def opening_sealed(world: World) -> Row:
    """Sealed cases opened a second, next to bare durable inserts of the same bodies."""
    bodies = world.sealed
    ours, reference = _slices(bodies), _slices(bodies)

    with world.wren(world.fresh()) as wren, world.bare() as bare:

        def rate(port: int, path: str, some: Sequence[bytes]) -> float:
            return world.generator.run(Job(port, "POST", path, some)).rate

        # Both warm up on bodies that are not measured.
        rate(wren.port, OPEN, ours.pop())
        rate(bare.port, "/bodies", reference.pop())
        return compare(
            "open a sealed case / bare Flask with one durable insert",
            "requests/s",
            ("at least", 0.5),
            lambda: rate(wren.port, OPEN, ours.pop()),
            lambda: rate(bare.port, "/bodies", reference.pop()),
        )


def _slices(bodies: Sequence[bytes]) -> list[Sequence[bytes]]:
    size = min(SEALED_A_ROUND, len(bodies) // (ROUNDS + 1))
    return [bodies[at * size : (at + 1) * size] for at in range(ROUNDS + 1)]


def opening_readable(world: World) -> Row:
    """Readable cases opened a second, next to what the machine stretches at the same cost."""
    cores = os.cpu_count() or 1
    with world.wren(world.fresh()) as wren, ThreadPoolExecutor(cores) as pool:

        def ours(count: int = READABLE_A_ROUND) -> float:
            return world.generator.run(Job(wren.port, "POST", OPEN, world.readable(count))).rate

        def reference() -> float:
            start = time.perf_counter()
            list(pool.map(lambda _: _stretch(), range(READABLE_A_ROUND)))
            return READABLE_A_ROUND / (time.perf_counter() - start)

        ours(count=20)
        return compare(
            "open a readable case / Argon2id alone, same cost and pool",
            "requests/s",
            ("at least", 0.8),
            ours,
            reference,
        )


def _stretch() -> bytes:
    secret, salt = secrets.token_bytes(11), secrets.token_bytes(16)
    return hash_secret_raw(secret, salt, TOKEN.t, TOKEN.m, TOKEN.p, 32, Type.ID)


def inbox(world: World) -> Row:
    """Milliseconds of the inbox's first page with many cases, next to that with few."""
    return _first_page(world, "the inbox's first page", "/api/v1/cases", {"bearer": world.bearer})


def console(world: World) -> Row:
    """The same of the console's page, with its counts of what is new, due and overdue."""
    return _first_page(world, "the console's inbox", "/console/inbox", {"cookie": world.cookie})


def _first_page(world: World, name: str, path: str, who: Mapping[str, str]) -> Row:
    many, few = world.filled(MANY), world.filled(FEW)
    with world.wren(many) as full, world.wren(few) as light:

        def milliseconds(port: int) -> float:
            pages = [b""] * PAGES_A_ROUND
            job = Job(port, "GET", path, pages, connections=1, **who)
            return world.generator.run(job).latency * 1000

        milliseconds(full.port)
        milliseconds(light.port)
        return compare(
            f"{name} with {MANY:,} cases / with {FEW}",
            "ms",
            ("at most", 1.5),
            lambda: milliseconds(full.port),
            lambda: milliseconds(light.port),
            rounds=PAGE_ROUNDS,
        )


def search(world: World) -> Row:
    """Milliseconds to search the reports of 1,000 cases, next to a second."""
    body = json.dumps({"text": "a word that no report has"}).encode()
    with world.wren(world.filled(SEARCHED)) as wren:

        def milliseconds() -> float:
            job = Job(wren.port, "POST", "/api/v1/search", [body], world.bearer, connections=1)
            return world.generator.run(job).latency * 1000

        milliseconds()
        return compare(
            f"search over the reports of {SEARCHED:,} cases / one second",
            "ms",
            ("at most", 1.0),
            milliseconds,
            lambda: 1000.0,
        )


def memory(world: World) -> Row:
    """MiB that the worker holds after it opened many cases, next to after few."""
    bodies = world.sealed
    after_few, after_many = [], []
    for _ in range(MEMORY_ROUNDS):
        with world.wren(world.fresh()) as wren:
            for some, found in ((bodies[:FEW], after_few), (bodies[FEW:], after_many)):
                world.generator.run(Job(wren.port, "POST", OPEN, some, seconds=120))
                found.append(wren.resident())
    return Row(
        f"resident memory after {MANY:,} cases / after {FEW}",
        "MiB",
        ("at most", 1.2),
        median(after_many),
        median(after_few),
    )


MEASURES = {
    "sealed": opening_sealed,
    "readable": opening_readable,
    "inbox": inbox,
    "console": console,
    "search": search,
    "memory": memory,
    "web": web.a_report,
    "upload": attaching.upload,
    "upload-memory": attaching.memory,
    "webhooks": delivering.deliver,
    "figures": figuring.statistics,
    "publication": figuring.publishing,
    "returns": returning.quarter,
}
