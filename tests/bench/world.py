"""What the server's rows share: an organisation, prepared requests, and running servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import psutil
import psycopg
import requests

from api import serving, setup
from api.app import create_app
from api.config import ACCOUNT_SESSION, Config
from api.console import caller
from api.models.base import Database
from api.rules import opening, organisations, sessions
from shared import conversation
from shared.schemas.base import load
from shared.schemas.cases import OpenCase
from shared.sealing import tokens
from shared.sealing.encoding import b64
from shared.sealing.roster import Roster
from shared.sealing.stretch import root_of
from tests import need, postgres
from tests.bench.load import Generator
from tests.environ import clean_environ
from tests.service import SECRET, fill
from tests.standing import copy_rows

SLUG, DESK = "eeast", "guardian"
FEW, MANY = 100, 10_000
SQLITE, POSTGRES = KINDS = "SQLite", "PostgreSQL"
STORY = "An invented story: a group chat mocks a colleague, every week since the spring. " * 12


def seal(directory: dict[str, Any], roster: Roster, count: int) -> list[bytes]:
    """Bodies of sealed cases, as the phone makes them.

    Their words are left out: stretching them would take 20 ms each, and the service never
    sees more of them than what is derived.
    """
    report = {"story": STORY, "place": "An invented station", "told_before": "No"}
    with patch("shared.sealing.stretch.root", lambda *_: root_of(os.urandom(32))):
        return [
            json.dumps(
                conversation.prepare_report(directory, roster, "", DESK, (), report).body
            ).encode()
            for _ in range(count)
        ]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `fresh` data means: the organisation, and no case."""

    port: int
    process: psutil.Process

    def resident(self) -> float:
        """MiB that its worker holds: the largest of its processes but the first."""
        return max(one.memory_info().rss for one in self.process.children(recursive=True)) / 2**20

    def held(self) -> float:
        """MiB that all its processes hold."""
        every = (self.process, *self.process.children(recursive=True))
        return sum(one.memory_info().rss for one in every) / 2**20

    def busy(self) -> float:
        """Seconds of processor time that its processes have had."""
        times = [one.cpu_times() for one in (self.process, *self.process.children(recursive=True))]
        return sum(one.user + one.system for one in times)


class World:
    """Made once for a run, in a directory that is thrown away; nothing before it is used."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._generator: Generator | None = None
        self._server: AbstractContextManager[postgres.Postgres] | None = None
        self._address = ""

    @property
    def generator(self) -> Generator:
        """The process that sends requests."""
        self._generator = self._generator or Generator()
        return self._generator

    def close(self) -> None:
        """Ends the generator's process, and PostgreSQL."""
        if self._generator:
            self._generator.close()
        if self._server is not None:
            self._server.__exit__(None, None, None)

    def database(self, data: Path) -> Database:
        """The database in a data directory."""
        return Database(Config(f"sqlite:///{data / 'wren.db'}", SECRET))

    @cached_property
    def _template(self) -> tuple[Path, str, dict[str, Any], Roster]:
        data = self._directory / "template"
        data.mkdir()
        (data / "secret").write_text(b64(SECRET), "ascii")
        database = self.database(data)
        setup.init(database)
        people = database.write(fill)
        self.administrator, who = people["administrator-1"].id, people["handler-1"]
        seed = who.keyring.seed
        begun = database.write(
            lambda db: sessions.start(db, "account", who.id, ACCOUNT_SESSION, seed)
        )
        with database.read() as db:
            directory = organisations.directory(db, SLUG)
            del directory["desks"]
            roster = organisations.read_roster(db, organisations.find(db, SLUG))
        database.engine.dispose()
        return data, str(begun["session"]), directory, roster

    @property
    def bearer(self) -> str:
        """A handler of the desk that all cases go to."""
        return self._template[1]

    @property
    def cookie(self) -> str:
        """The same session as the console's pages have it, used just now."""
        config = Config(f"sqlite:///{self._template[0] / 'wren.db'}", SECRET)
        with create_app(config).test_request_context():
            return f"{caller.SESSION}={self.bearer}; {caller.SEEN}={caller.stamp(self.bearer)}"

    @cached_property
    def sealed(self) -> list[bytes]:
        """`MANY` bodies of sealed cases, for the organisation of every fresh copy."""
        return self.sealing(MANY)

    def sealing(self, count: int) -> list[bytes]:
        """So many new bodies of sealed cases."""
        cores = os.cpu_count() or 1
        _, _, directory, roster = self._template
        with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
            made = [pool.submit(seal, directory, roster, count // cores + 1) for _ in range(cores)]
            return [body for one in made for body in one.result()][:count]

    def readable(self, count: int) -> list[bytes]:
        """New bodies of readable cases, each with words of its own."""
        return [
            json.dumps(
                {
                    "case_id": str(uuid4()),
                    "token": tokens.new_token(),
                    "desk": DESK,
                    "content": {"story": STORY},
                }
            ).encode()
            for _ in range(count)
        ]

    def fresh(self) -> Path:
        """A data directory with the organisation and no case."""
        data = self._directory / uuid4().hex
        shutil.copytree(self._template[0], data)
        return data

    def filled(self, count: int) -> Path:
        """A data directory with so many sealed cases, opened by the service's own rule."""
        data = self.fresh()
        database = self.database(data)
        bodies = [load(OpenCase(), json.loads(one)) for one in self.sealed[:count]]
        database.write(lambda db: [opening.open_case(db, SLUG, one, None) for one in bodies])
        database.engine.dispose()
        return data

    @contextmanager
    def wren(self, data: Path, *options: str, url: str = "") -> Iterator[Server]:
        """`wren serve` on a data directory, or on another database than the one in it."""
        port = serving.check_port("127.0.0.1", 0)
        settings = {"WREN_DATA": str(data), "WREN_WORK_FROM": "never"}
        if url:
            settings["WREN_DATABASE_URL"] = url
        command = ("api", "serve", "--port", str(port), *options)
        with _running(port, *command, **settings) as server:
            yield server

    @contextmanager
    def served(self, kind: str, *options: str) -> Iterator[Server]:
        """`wren serve` on a fresh database of this kind: `SQLite` or `PostgreSQL`."""
        data = self.fresh()
        with self.wren(data, *options, url=self.database_url(kind, data)) as server:
            yield server

    def database_url(self, kind: str, data: Path) -> str:
        """Where a server on this data has its database; empty for the SQLite file in it."""
        return self._postgres(data) if kind == POSTGRES else ""

    def _postgres(self, data: Path) -> str:
        """A new database of a PostgreSQL that waits for the disk, with the rows in `data`."""
        if self._server is None:
            self._server = postgres.started(need.postgres_bin(), durable=True)
            self._address = self._server.__enter__().address
        name = f"bench_{uuid4().hex}"
        with psycopg.connect(f"{self._address}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        made = Database(Config(f"{self._address}/{name}", SECRET))
        setup.init(made)
        source = self.database(data)
        copy_rows(source.engine, made.engine)
        for one in (source, made):
            one.engine.dispose()
        return made.config.database_url

    @contextmanager
    def taking(self) -> Iterator[Server]:
        """A receiver that answers 204 to all that is posted."""
        port = serving.check_port("127.0.0.1", 0)
        with _running(port, "tests.bench.taking", str(port)) as server:
            yield server

    @contextmanager
    def bare(self) -> Iterator[Server]:
        """The bare Flask view on an empty file."""
        port = serving.check_port("127.0.0.1", 0)
        file = self._directory / f"{uuid4().hex}.db"
        with _running(port, "tests.bench.bare", str(port), str(file)) as server:
            yield server


@contextmanager
def _running(port: int, *module: str, **settings: str) -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, "-m", *module], env=clean_environ(**settings))
    try:
        _wait(port, process)
        yield Server(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    with requests.Session() as http:
        http.trust_env = False
        for _ in range(2400):
            if process.poll() is not None:
                raise RuntimeError("A server of the benchmark ended at its start.")
            try:
                if http.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.05)
    raise TimeoutError("A server of the benchmark did not start.")
