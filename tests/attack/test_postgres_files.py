"""Somebody has PostgreSQL's own files: data directory, write-ahead log, log of errors.

What they tell of when a reporter acted is named in docs/threats.md, and how to shorten it. That is
done here with the very settings of that page, and the time that PostgreSQL takes is waited for.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import need, postgres
from tests.attack.forensics import Finding, Seizure
from tests.attack.test_forensics import act, act_by_pages
from tests.conftest import Template, new_postgres
from tests.journeys.marks import Marks, postgres_places
from tests.journeys.served import Served, serving
from tests.journeys.traffic import Traffic, over_socket
from tests.ordeal import tell
from tests.template import filled

SHORTENED = ("wal_recycle = off", "archive_timeout = 5min", "log_checkpoints = off")
"""The settings that docs/threats.md names."""

QUICKER = ("archive_timeout = 2s", "checkpoint_timeout = 30s")
"""In place of five minutes each, so that a test can wait for what they do."""

LEFT = {
    ("time", "pg_wal"): "write-ahead log has the time of every commit",
    ("time", "base heartbeats"): "when a worker was last at work",
    ("time", "log"): "note when it wrote to the disk",
    ("time", "global"): "note when it wrote to the disk",
    ("date of a file", "base"): "carry the time at which they were last written",
    ("date of a file", "pg_wal"): "carry the time at which they were last written",
    ("date of a file", "global"): "carry the time at which they were last written",
    ("date of a file", "pg_xact"): "carry the time at which they were last written",
}
"""What is found, by the directory, and the words of docs/threats.md that tell it."""


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL whose files hold these tests alone."""
    with postgres.running(need.postgres_bin()) as address:
        yield address


@pytest.fixture(scope="module")
def postgres_template(postgres_server: str) -> Template:
    return filled(new_postgres(postgres_server))


def found_in(served: Served, traffic: Traffic, since: float, until: float) -> set[tuple[str, str]]:
    """Kind and directory of what the cluster's files give away."""
    cluster, _ = postgres_places(served.database_url)
    # Files of 16 MiB: for the values as they are; test_forensics.py has the other forms.
    forms = {name: {min(forms, key=len)} for name, forms in traffic.marks.forms.items()}
    forms.pop("code", None)  # six digits: they stand there by chance
    seizure = Seizure(Path(cluster).parent, served.database_url, since, until, Marks(forms))
    with psycopg.connect(served.database_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        told = "SELECT pg_relation_filenode(oid)::text, relname FROM pg_class WHERE relkind = 'r'"
        tables = {str(number): str(name) for number, name in connection.execute(told.encode())}
    found = [one for one in seizure.findings() if not _is_row(one)]
    return {(one.kind, _place(one, tables)) for one in found}


def _is_row(one: Finding) -> bool:
    return one.where.startswith("table ")


def _place(one: Finding, tables: Mapping[str, str]) -> str:
    """The directory of the cluster that it lies in; of a time in a table's file, which table's."""
    directory, _, rest = one.where.removeprefix("file ").removeprefix("data/").partition("/")
    number = rest.rpartition("/")[2].partition(".")[0]
    return f"{directory} {tables.get(number, number)}" if one.kind == "time" and rest and (
        directory == "base") else directory  # fmt: skip


def dated(served: Served) -> tuple[int, int]:
    """Of how many cases the second is told by their row's transaction in the log; of how many."""
    cluster, _ = postgres_places(served.database_url)
    with psycopg.connect(served.database_url) as connection:
        rows = connection.execute("SELECT xmin::text FROM cases").fetchall()
    segments = sorted(one.name for one in Path(cluster, "pg_wal").glob("?" * 24))
    dump = (need.postgres_bin() / "pg_waldump", "--rmgr=Transaction", segments[0])
    said = subprocess.run(  # it ends with an error where the log does
        [str(one) for one in dump], cwd=f"{cluster}/pg_wal", capture_output=True, check=False
    ).stdout.decode()
    known = set(re.findall(r"tx:\s+(\d+),.*?COMMIT \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", said))
    return sum(str(row[0]) in known for row in rows), len(rows)


def configure(served: Served, *settings: str) -> None:
    """Sets PostgreSQL's settings, as an administrator does in its file."""
    with psycopg.connect(served.database_url, autocommit=True) as connection:
        for one in settings:
            connection.execute(f"ALTER SYSTEM SET {one.replace('= ', '= ' + chr(39))}'".encode())
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.ordeal
@pytest.mark.timeout(900)
def test_it_works(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with serving(request, "postgresql", tmp_path / "server") as served:
        traffic = Traffic(over_socket(urlsplit(served.url).port or 0), served.handlers)
        since, _ = act(traffic)
        _, until = act_by_pages(traffic, served.database_url)
        found = found_in(served, traffic, since, until)
        known, cases = dated(served)
        # The search finds what is there: PostgreSQL as it comes tells the second of each case.
        assert ("time", "pg_wal") in found
        assert known == cases > 1
        assert found <= set(LEFT), found - set(LEFT)
        configure(served, *SHORTENED)
        configure(served, *QUICKER)
        for _ in range(60):
            time.sleep(5)
            if not dated(served)[0]:
                break
        later = found_in(served, traffic, since, until)
        assert later <= set(LEFT) - {("time", "pg_wal")}, later
    tell("attack", "cases whose second PostgreSQL's log tells", tried=cases, lost=0,
         note=f"{known} of {cases} as it comes; none with the settings of docs/threats.md once "
         "the log was changed and written out")  # fmt: skip


def test_what_is_left_is_told() -> None:
    told = " ".join(Path("docs/threats.md").read_text("utf-8").split())
    for words in (*LEFT.values(), *SHORTENED):
        assert words in told
