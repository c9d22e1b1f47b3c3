"""Real parts for all tests: SQLite and PostgreSQL, the application, the served demo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from api import setup
from api.config import Config
from api.models.base import Database
from tests import need, postgres, template
from tests.doubles import on_one_database
from tests.environ import clean_environ
from tests.journeys.browser import FLAGS
from tests.ordeal import tell_results
from tests.service import SECRET, Service
from tests.spreading import Spread, longest_first
from tests.standing import Standing, cheaply, copy_rows, on_postgres, on_sqlite, remembered
from tests.template import Template

os.environ["TZ"] = "Europe/London"
time.tzset()
"""`date.today()` is the day of the tests' organisations, wherever they run."""

expect.set_options(timeout=30_000)
"""A page of a busy machine may take longer than the five seconds that Playwright waits."""

BOTH = ("sqlite", "postgresql")
QUICKLY = ("sqlite", pytest.param("postgresql", marks=pytest.mark.ordeal))
"""For what takes long and is the same on both but for the database: PostgreSQL in the ordeal.

`tests/doubles.py` does the same for whole files.
"""


def pytest_runtest_setup() -> None:
    """No test begins just before an hour ends: with it the day may end, and tests ask for it."""
    left = 3600 - time.time() % 3600
    if left < 15:
        time.sleep(left)


def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as there are cores: browsers and disks are waited for."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spread:
    """Whole files go to a process, but for those whose tests take as long as many files."""
    return Spread(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the ordeal found is noted for its page, once for all processes."""
    if not hasattr(terminalreporter.config, "workerinput"):
        ran = terminalreporter.stats
        tell_results([one for kind in ("passed", "failed", "error") for one in ran.get(kind, ())])


@pytest.hookimpl(tryfirst=True)  # before marks choose what is run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first; most are run on one database."""
    on_one_database(items)
    longest_first(items)


@pytest.fixture(scope="session", autouse=True)
def stretched_once() -> Iterator[None]:
    """The service in this process stretches the same words and passwords once."""
    with remembered():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL, without a database."""
    with postgres.running(need.postgres_bin()) as address:
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A filled SQLite file that tests get copies of: one for all processes."""
    place = tmp_path_factory.getbasetemp()
    return template.of(place.parent if "PYTEST_XDIST_WORKER" in os.environ else place)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, sqlite_template: Template) -> Template:
    """A PostgreSQL database with the same people, that tests get copies of."""
    source, handlers = sqlite_template
    filled = Database(Config(source, SECRET))
    database = Database(Config(new_postgres(postgres_server), SECRET))
    setup.init(database)
    copy_rows(filled.engine, database.engine)
    for one in (filled, database):
        one.engine.dispose()
    return database.config.database_url, handlers


def new_postgres(server: str, template: str | None = None) -> str:
    """A new database, empty or a copy; its address."""
    name = f"wren_{uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        of = f" TEMPLATE {template}" if template else ""
        connection.execute(f"CREATE DATABASE {name}{of}".encode())
    return f"{server}/{name}"


@pytest.fixture(scope="session")
def sqlite_standing(
    sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    """An application on SQLite that stays for all tests."""
    url, handlers = sqlite_template
    copy = tmp_path_factory.mktemp("standing") / "wren.db"
    made = on_sqlite(Path(url.removeprefix("sqlite:///")), handlers, copy)
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgresql_standing(postgres_server: str, postgres_template: Template) -> Iterator[Standing]:
    """An application on PostgreSQL that stays for all tests."""
    source, handlers = postgres_template
    url = new_postgres(postgres_server, source.rsplit("/", 1)[1])
    made = on_postgres(url, handlers)
    yield made
    made.close()


@pytest.fixture(params=BOTH)
def new_service(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Service]]:
    """Makes services on copies of the filled database: once on SQLite, once on PostgreSQL."""
    made: list[Service] = []
    sqlite = request.param == "sqlite"
    # Filled before anything is stretched cheaply: servers of other tests have the same people.
    source, handlers = request.getfixturevalue(
        "sqlite_template" if sqlite else "postgres_template"
    )

    def make(**more: Any) -> Service:
        if sqlite:
            copy = tmp_path / f"{uuid4().hex}.db"
            shutil.copy(source.removeprefix("sqlite:///"), copy)
            url = f"sqlite:///{copy}"
        else:
            server = request.getfixturevalue("postgres_server")
            url = new_postgres(server, source.rsplit("/", 1)[1])
        made.append(Service(url, handlers, **more))
        return made[-1]

    with cheaply():
        yield make
    for one in made:
        one.close()


@pytest.fixture(params=BOTH)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The application with two organisations; runs without Flask's TESTING, as users have it.

    A test that changes the application itself takes `new_service`.
    """
    standing: Standing = request.getfixturevalue(f"{request.param}_standing")
    with standing.lent() as made:
        yield made


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; only one may be open in a process."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Chromium, for many windows; without it the test is skipped, and says why."""
    program = need.program("chromium")
    playwright: Playwright = request.getfixturevalue("playwright")
    started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
    yield started
    started.close()


def start_demo(data: Path, *options: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """A running `wren demo` on a free port, and what it printed."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "api",
            "demo",
            "--port",
            "0",
            "--data",
            str(data),
            "--no-app",
            "--json",
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environ(),
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate(timeout=20)[1])
    return process, json.loads(line)


def stop(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Ends a server that a test started; what else it wrote."""
    process.terminate()
    try:
        return process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A running `wren demo`: `url`, `organisation` and `handlers`, over a real socket."""
    process, told = start_demo(tmp_path_factory.mktemp("demo"))
    yield told
    stop(process)
