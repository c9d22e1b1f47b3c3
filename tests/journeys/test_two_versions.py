"""Two versions at once: the old one goes on, and can be started, where a newer one's tables are.

The newer one is a copy of this package with one more migration, whose column it reads and writes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select

from api import migrations
from api.config import Config
from api.models.base import Database
from api.models.case import Case
from shared.client import Client
from shared.conversation import ReporterCase, prepare_report, send_report
from shared.sealing.tokens import new_token
from tests.journeys.machines import ROOT, another, run
from tests.journeys.served import Served, serving
from tests.ordeal import tell
from tests.postgres import free_port
from tests.service import SECRET

pytestmark = pytest.mark.timeout(300)

MIGRATION = '''
"""One more"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{next}", "{newest}"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("tried", sa.String()))
    weight = sa.Column("weight", sa.Integer(), server_default="0", nullable=False)
    op.add_column("messages", weight)
    op.create_index("ix_messages_weight", "messages", ["weight"])
    op.create_table(
        "trials",
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("cases.id", ondelete="CASCADE")),
        sa.Column("id", sa.Integer(), primary_key=True),
    )
'''
MODEL = """

import sqlalchemy as _sa
from sqlalchemy.orm import mapped_column as _column

Case.tried = _column(_sa.String(), default="by the newer one")
"""


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages that is one migration ahead, and knows its column."""
    place = tmp_path_factory.mktemp("newer")
    for name in ("api", "shared"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    newest = migrations.newest()
    following = f"{int(newest) + 1:04}"
    one_more = MIGRATION.format(next=following, newest=newest)
    (place / "api/migrations/versions" / f"{following}_one_more.py").write_text(one_more)
    with (place / "api/models/case.py").open("a") as file:
        file.write(MODEL)
    return place


def report(served: Served) -> str:
    """Opens a case and writes again; its words."""
    client, token = Client(served.url, answer=60), new_token()
    directory, roster = client.organisation("eeast"), client.roster("eeast")
    content = {"story": "An invented story about two versions."}
    made = prepare_report(directory, roster, token, "guardian", (), content)
    send_report(client, "eeast", roster, made)
    write(served, token)
    client.close()
    return token


def write(served: Served, token: str) -> list[Any]:
    """Writes a message in the case of these words; what its thread has."""
    client = Client(served.url, answer=60)
    case = ReporterCase.sign_in(client, token, client.organisation("eeast"))
    case.refresh()
    case.send(case.prepare("An invented message."))
    case.refresh()
    found = case.thread()
    assert [one.problem for one in found] == [None] * len(found)
    client.close()
    return found


def going_on(served: Served, stop: Event) -> list[str]:
    """Reports until it is told to stop, and once more after; their words."""
    found = []
    while not stop.is_set():
        found.append(report(served))
    return [*found, report(served)]


def tried(served: Served) -> dict[str | None, int]:
    """How many cases have which value in the newer one's column."""
    database = Database(Config(served.database_url, SECRET))
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT tried, count(*) AS number FROM cases GROUP BY 1"
        ).all()
    database.engine.dispose()
    return {one.tried: one.number for one in rows}


def cases(served: Served) -> int:
    """How many cases are stored."""
    database = Database(Config(served.database_url, SECRET))
    with database.read() as db:
        found = db.scalar(select(func.count()).select_from(Case)) or 0
    database.engine.dispose()
    return found


@pytest.mark.ordeal
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_it_works(request: pytest.FixtureRequest, kind: str, tmp_path: Path, newer: Path) -> None:
    with serving(request, kind, tmp_path / "server") as old:
        refused = run(old, newer, "serve", "--port", str(free_port()))
        assert refused.returncode == 1
        assert "Run: wren init" in refused.stderr
        stop = Event()
        with ThreadPoolExecutor(2) as threads:
            going = [threads.submit(going_on, old, stop) for _ in range(2)]
            try:
                done = run(old, newer, "init")
            finally:
                stop.set()
            words = [word for one in going for word in one.result()]
        assert (done.returncode, done.stderr) == (0, "")
        assert cases(old) == len(words)
        if kind == "postgresql":  # SQLite has one server at a time
            with another(old, newer) as new:
                both(old, new, words)
        assert run(old, ROOT, "init").returncode == 0
        doctor = run(old, ROOT, "doctor").stdout
        assert "The tables are of a newer version." in doctor
    with another(old, newer) as new:
        words.append(report(new))
        assert len(write(new, words[0])) == 3
    # What the newer one stored is there for the old one, which can be gone back to.
    with another(old, ROOT) as again:
        assert len(write(again, words[-1])) == 3
        report(again)
    assert set(tried(old)) == {None, "by the newer one"}
    assert b"Traceback" not in old.written()
    tell(
        "scale", f"cases opened and read while two versions ran, {kind}", tried=cases(old), lost=0
    )


def both(old: Served, new: Served, words: list[str]) -> None:
    """Each reads and writes what the other stored."""
    assert len(write(new, words[1])) == 3
    words.append(report(new))
    assert len(write(old, words[-1])) == 3


def refuse(change: Callable[[str], str], served: Served) -> str:
    """What `wren serve` says to tables whose revision was changed."""
    database = Database(Config(served.database_url, SECRET))
    with database.engine.begin() as connection:
        (now,) = connection.exec_driver_sql("SELECT version_num FROM alembic_version").one()
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{change(now)}'")
    database.engine.dispose()
    answer = run(served, ROOT, "serve", "--port", str(free_port()))
    assert answer.returncode == 1
    assert run(served, ROOT, "init").returncode == (0 if "wren init" in answer.stderr else 1)
    return answer.stderr


@pytest.mark.ordeal
def test_tables_of_another_kind_are_refused(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with serving(request, "sqlite", tmp_path / "server") as served:
        pass
    cannot = "a version that this one can't work with"
    assert cannot in refuse(lambda now: f"1{now[1:]}", served)  # the next that took something away
    assert cannot in refuse(lambda _: "elsewhere", served)
