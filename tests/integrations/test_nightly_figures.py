"""The nightly export of figures, run as its page says, against `wren serve`."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from api.config import ACCOUNT_SESSION, Config
from api.models.base import Database
from api.rules import sessions
from shared.client import Client
from shared.schemas.integrations import STATISTICS, STATUS
from tests.filling import fill, invented
from tests.integrations.as_written import PAGES, blocks, environ, filled_in, run
from tests.journeys.served import Served, serving
from tests.receiver import receiving
from tests.service import SECRET


@dataclass
class World:
    """A running service with published figures, and who makes keys there."""

    served: Served
    client: Client
    database: Database

    def key(self, scope: str = STATISTICS) -> tuple[UUID, str]:
        """A new API key: its id and itself."""
        body = {"organisation": "eeast", "name": "Nightly", "scopes": [scope],
                "expires_on": datetime.now(UTC).date().isoformat()}  # fmt: skip
        made = self.client.make_api_key(body, self.bearer())
        return UUID(str(made["id"])), str(made["key"])

    def bearer(self) -> str:
        """A session of the administrator."""
        who = self.served.handlers["administrator-1"]
        begun = self.database.write(
            lambda db: sessions.start(db, "account", who.id, ACCOUNT_SESSION, who.keyring.seed)
        )
        return str(begun["session"])


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with serving(request, "sqlite", tmp_path_factory.mktemp("nightly") / "server") as served:
        database = Database(Config(served.database_url, SECRET))
        fill(database, "eeast", invented(5, 200, date(2025, 10, 1), date(2026, 6, 30)))
        client = Client(served.url)
        yield World(served, client, database)
        client.close()
        database.engine.dispose()


def script(world: World, folder: Path, key: str, **other: str) -> str:
    """The page's lines, with the values of a test."""
    (block,) = blocks("nightly_figures.md")
    values = {"WREN": world.served.url, "KEY": key, "ORGANISATION": "eeast", "FOLDER": str(folder)}
    return filled_in(block, values | other)


def fails(lines: str) -> str:
    """What a run says that writes nothing."""
    done = subprocess.run(
        ["/bin/bash", "-e", "-c", lines], cwd=PAGES, env=environ(), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Nothing was written")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_it_works(world: World, tmp_path: Path) -> None:
    _, key = world.key()
    lines = script(world, tmp_path, key)
    assert run(lines) == "written\n"
    today = date.today().isoformat()
    names = {one.name for one in tmp_path.iterdir()}
    assert names == {"figures-eeast.csv", f"figures-eeast-{today}.csv"}
    with (tmp_path / "figures-eeast.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    opened = {one["quarter"]: one for one in rows if one["field"] == "opened"}
    assert {"2025-Q3", "2025-Q4", "2026-Q1"} <= set(opened)
    assert all(int(one["count"]) >= 5 for one in opened.values() if one["hidden"] == "no")
    hidden = [one for one in rows if one["hidden"] == "yes"]
    assert hidden
    assert {one["count"] for one in hidden} == {""}
    # The next night nothing is new.
    before = (tmp_path / "figures-eeast.csv").stat()
    assert run(lines) == "unchanged\n"
    assert (tmp_path / "figures-eeast.csv").stat() == before
    (tmp_path / "figures-eeast.csv").write_text("an older night")
    assert run(lines) == "written\n"
    assert {one.name for one in tmp_path.iterdir()} == names


def test_the_script_is_short() -> None:
    lines = (PAGES / "nightly_figures.py").read_text("utf-8").splitlines()
    assert len(lines) < 100
    assert "(nightly_figures.py)" in (PAGES / "nightly_figures.md").read_text("utf-8")


def test_keys_that_may_not(world: World, tmp_path: Path) -> None:
    (tmp_path / "figures-eeast.csv").write_text("last night's")
    ended, key = world.key()
    world.client.revoke_api_key(ended, world.bearer())
    _, other = world.key(STATUS)
    for given in (key, other, "wk_nothing"):
        told = fails(script(world, tmp_path, given))
        assert "Wren answered 40" in told
        assert given not in told
    _, own = world.key()
    assert "404" in fails(script(world, tmp_path, own, ORGANISATION="elsewhere"))
    assert [one.read_text() for one in tmp_path.iterdir()] == ["last night's"]


def test_what_is_not_wren(world: World, tmp_path: Path) -> None:
    with receiving(200) as stranger:
        said = fails(script(world, tmp_path, "wk_secret", WREN=stranger.url))
        assert "not a table of figures" in said
    # A redirect is not followed: the key would go along.
    with receiving(302) as pointing:
        assert "302" in fails(script(world, tmp_path, "wk_secret", WREN=pointing.url))
        assert len(pointing.got) == 1
    said = fails(script(world, tmp_path, "wk_secret", WREN="http://127.0.0.1:9"))
    assert said == "Nothing was written: ConnectionError.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written(world: World, tmp_path: Path) -> None:
    _, key = world.key()
    assert "FileNotFoundError" in fails(script(world, tmp_path / "nowhere", key))
