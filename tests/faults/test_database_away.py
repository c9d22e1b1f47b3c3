"""PostgreSQL ends and comes again while people write: nobody is told of what is not stored."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy.exc import OperationalError

from api import setup
from api.config import Config
from api.models.base import Database, make_engine
from shared.errors import Unavailable
from tests import need
from tests.conftest import Template, new_postgres
from tests.faults.acts import Reporter
from tests.faults.busy import busy
from tests.faults.mortal import mortal
from tests.ordeal import tell
from tests.postgres import Postgres, started
from tests.service import SECRET
from tests.standing import copy_rows


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """A server that no other test uses."""
    with started(need.postgres_bin()) as made:
        yield made


@pytest.fixture
def url(own_postgres: Postgres, sqlite_template: Template) -> str:
    """A database in it with the people of the template."""
    source = Database(Config(sqlite_template[0], SECRET))
    made = Database(Config(new_postgres(own_postgres.address), SECRET))
    setup.init(made)
    copy_rows(source.engine, made.engine)
    for one in (source, made):
        one.engine.dispose()
    return made.config.database_url


@pytest.mark.ordeal
@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_it_says_so_and_goes_on(
    request: pytest.FixtureRequest, tmp_path: Path, own_postgres: Postgres, url: str, how: str
) -> None:
    with mortal(request, "postgresql", tmp_path, url) as server:
        server.start()
        reporter = Reporter(server.url)
        act = reporter.act("a sealed message")
        own_postgres.stop(how)
        with pytest.raises(Unavailable):
            act.calls[0]()
        for path, kind in (
            ("/api/v1/health", "application/problem+json"),
            ("/api/v1/case", "application/problem+json"),
            ("/o/eeast", "text/html; charset=utf-8"),
        ):
            headers = {"Authorization": f"Bearer {reporter.bearer}"}
            answer = requests.get(server.url + path, headers=headers, timeout=60)
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, kind), path
            assert int(answer.headers["Retry-After"]) > 0
            assert "psycopg" not in answer.text
        own_postgres.start()
        act.calls[0]()
        act.check()
        reporter.close()


@pytest.mark.timeout(60)
def test_one_that_never_answers_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        engine = make_engine(f"postgresql://wren@127.0.0.1:{silent.getsockname()[1]}/wren")
        with pytest.raises(OperationalError), engine.connect():
            pass
        engine.dispose()


def restarts(
    request: pytest.FixtureRequest, place: Path, postgres: Postgres, url: str, count: int
) -> tuple[int, int]:
    """Restarts it so often while four people write; acts and tries that were not heard."""
    with mortal(request, "postgresql", place, url) as server:
        server.start()
        with busy(server.url) as people:
            for at in range(count):
                people.wait_for(5)
                postgres.stop("fast" if at % 2 else "immediate")
                postgres.start()
            people.wait_for(5)
        return people.check(), people.tries


@pytest.mark.ordeal
def test_what_was_acknowledged_is_there(
    request: pytest.FixtureRequest, tmp_path: Path, own_postgres: Postgres, url: str
) -> None:
    assert restarts(request, tmp_path, own_postgres, url, 1)[0] >= 10


@pytest.mark.ordeal
@pytest.mark.timeout(900)
def test_what_was_acknowledged_is_there_however_often_it_ends(
    request: pytest.FixtureRequest, tmp_path: Path, own_postgres: Postgres, url: str
) -> None:
    done, tries = restarts(request, tmp_path, own_postgres, url, 20)
    note = (
        f"20 restarts, every second one a crash; {tries} calls were answered by 503 and repeated"
    )
    tell("faults", "acknowledged while PostgreSQL restarted", tried=done, lost=0, note=note)
