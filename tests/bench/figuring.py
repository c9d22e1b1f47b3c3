"""Figures over five years of cases, about as many as all trusts of England have in one year."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from api.models.base import Database
from api.models.case import Case
from api.models.figures import PublishedFigures
from api.models.organisation import Desk
from api.models.tally import Tally
from api.rules import publication, tally
from tests.bench.load import Job
from tests.bench.row import Row, compare
from tests.bench.world import FEW, SLUG, World
from tests.filling import fill, invented

CASES, YEARS = 30_000, 5
MOST = 300.0
"""Milliseconds that the figures may take."""

PATH = f"/api/v1/statistics?organisation={SLUG}&from=2015-Q1"
PAGES, ROUNDS = 20, 9


def _filled(world: World, count: int) -> Path:
    data, today = world.fresh(), date.today()
    database = world.database(data)
    fill(database, SLUG, invented(7, count, today - timedelta(days=365 * YEARS), today))
    publication.run(database)
    database.engine.dispose()
    return data


def statistics(world: World) -> Row:
    """Milliseconds of the figures of five years, next to those of a hundred cases."""
    many, few = _filled(world, CASES), _filled(world, FEW)
    with world.wren(many) as full, world.wren(few) as light:

        def milliseconds(port: int) -> float:
            job = Job(port, "GET", PATH, [b""] * PAGES, connections=1, bearer=world.bearer)
            return world.generator.run(job).latency * 1000

        milliseconds(full.port)
        milliseconds(light.port)
        row = compare(
            f"figures of {CASES:,} cases over {YEARS} years / of {FEW}",
            "ms",
            ("at most", 1.5),
            lambda: milliseconds(full.port),
            lambda: milliseconds(light.port),
            rounds=ROUNDS,
        )
    kept = "kept" if row.ours is not None and row.ours <= MOST else "NOT kept"
    return replace(row, note=f"at most {MOST:.0f} ms: {kept}")


def publishing(world: World) -> Row:
    """Milliseconds to publish all quarters at once, next to a bare count of the same rows."""
    database = world.database(_filled(world, CASES))

    def publish() -> float:
        database.write(lambda db: db.execute(delete(PublishedFigures)))
        begun = time.perf_counter()
        publication.run(database)
        return (time.perf_counter() - begun) * 1000

    row = compare(
        f"publish {YEARS * 4} quarters of {CASES:,} cases / count their rows in one go",
        "ms",
        ("at most", 10.0),
        publish,
        lambda: _bare(database),
        rounds=5,
    )
    database.engine.dispose()
    return row


def _bare(database: Database) -> float:
    """Milliseconds to read every case and every count, and to count them by quarter."""
    begun, found = time.perf_counter(), Counter[tuple[str, ...]]()
    with database.read() as db:
        rows = select(Case.opened_on, Desk.slug, Case.status).join(Desk, Desk.id == Case.desk_id)
        for opened, desk, status in db.execute(rows):
            found[tally.quarter_of(opened), desk, status] += 1
        counted = select(Tally.quarter, Tally.field, Tally.value, Tally.count)
        for quarter, field, value, count in db.execute(counted):
            found[quarter, field, value] += count
    return (time.perf_counter() - begun) * 1000
