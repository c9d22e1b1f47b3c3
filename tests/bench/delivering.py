"""The worker's row: webhooks delivered a minute, next to bare posts of the same bodies."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import requests

from api.models.base import Work
from api.rules import organisations, outbox, webhooks
from api.worker import Worker
from shared.sealing.encoding import exact_json
from tests.bench.row import Row, compare
from tests.bench.world import SLUG, World

A_ROUND, DELIVER_ROUNDS, THREADS = 1000, 3, 4
DUE = 1000.0
"""Webhooks a minute that the worker has to deliver."""


def deliver(world: World) -> Row:
    """Webhooks of one receiver: claimed, signed, posted, written down; next to posts alone.

    Both post four at a time, each by a connection of its own, to the same receiver.
    """
    with world.taking() as taker:
        url = f"http://127.0.0.1:{taker.port}/"
        database = world.database(world.fresh())
        database.config = replace(database.config, webhooks_private=("127.0.0.1",))
        webhook = database.write(lambda db: _hook(db, world.administrator, url))
        worker = Worker(database)

        def ours() -> float:
            database.write(lambda db: _put(db, webhook))
            start = time.perf_counter()
            arrived = worker.run_once()[webhooks.KIND]
            assert arrived == A_ROUND
            return 60 * A_ROUND / (time.perf_counter() - start)

        def reference() -> float:
            bodies = [exact_json(_body(at)) for at in range(A_ROUND)]
            start = time.perf_counter()
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(lambda body: requests.post(url, body, timeout=10), bodies))
            return 60 * A_ROUND / (time.perf_counter() - start)

        row = compare(
            "webhooks the worker delivers / bare posts of the same bodies",
            "a minute",
            ("at least", 0.2),
            ours,
            reference,
            DELIVER_ROUNDS,
        )
        database.engine.dispose()
    enough = "are" if (row.ours or 0) >= DUE else "ARE NOT"
    return replace(row, note=f"1,000 a minute {enough} reached")


def _hook(db: Work, administrator: UUID, url: str) -> UUID:
    body = {"organisation": SLUG, "name": "Bench", "url": url, "events": ["case.opened"]}
    return UUID(str(webhooks.make(db, "account", administrator, body)["id"]))


def _body(at: int) -> dict[str, str]:
    return {"event": "case.opened", "organisation": SLUG, "reference": f"EEA-{at:010}"}


def _put(db: Work, webhook: UUID) -> None:
    organisation = organisations.find(db, SLUG)
    for at in range(A_ROUND):
        outbox.put(
            db,
            kind=webhooks.KIND,
            target=webhook,
            organisation_id=organisation.id,
            event="case.opened",
            body=_body(at),
        )
