"""The quarterly return over five years of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from api.config import ACCOUNT_SESSION
from api.rules import sessions, tally
from tests.bench.figuring import CASES, MOST, PAGES, ROUNDS, YEARS
from tests.bench.load import Job
from tests.bench.row import Row, compare
from tests.bench.world import FEW, SLUG, World
from tests.filling import fill, invented


def _filled(world: World, count: int) -> tuple[Path, str]:
    """The data, and a bearer of the administrator in it."""
    data, today = world.fresh(), date.today()
    database = world.database(data)
    fill(database, SLUG, invented(7, count, today - timedelta(days=365 * YEARS), today))
    begun = database.write(
        lambda db: sessions.start(db, "account", world.administrator, ACCOUNT_SESSION)
    )
    database.engine.dispose()
    return data, str(begun["session"])


def quarter(world: World) -> Row:
    """Milliseconds of the preview of last year's return, next to that of a hundred cases."""
    many, few = _filled(world, CASES), _filled(world, FEW)
    year, _, number = tally.quarter_of(date.today() - timedelta(days=365)).partition("-Q")
    path = f"/api/v1/returns/{year}/{number}?organisation={SLUG}&number=0"
    with world.wren(many[0]) as full, world.wren(few[0]) as light:

        def milliseconds(port: int, bearer: str) -> float:
            job = Job(port, "GET", path, [b""] * PAGES, connections=1, bearer=bearer)
            return world.generator.run(job).latency * 1000

        milliseconds(full.port, many[1])
        milliseconds(light.port, few[1])
        row = compare(
            f"return of {CASES:,} cases over {YEARS} years / of {FEW}",
            "ms",
            ("at most", 10.0),
            lambda: milliseconds(full.port, many[1]),
            lambda: milliseconds(light.port, few[1]),
            rounds=ROUNDS,
        )
    kept = "kept" if row.ours is not None and row.ours <= MOST else "NOT kept"
    return replace(row, note=f"at most {MOST:.0f} ms: {kept}")
