"""Servers that journeys start: `wren serve` as it is deployed, and what it wrote."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from api.rules.accounts import NewHandler
from shared.sealing.encoding import b64
from tests.conftest import new_postgres
from tests.environ import clean_environ
from tests.postgres import free_port
from tests.service import SECRET

TEMPLATES = {"sqlite": "sqlite_template", "postgresql": "postgres_template"}


@dataclass
class Served:
    """A running `wren serve`: its address, its files, and its people."""

    url: str
    database_url: str
    place: Path
    handlers: Mapping[str, NewHandler]
    process: subprocess.Popen[bytes] = field(repr=False)

    def written(self) -> bytes:
        """All on standard output and error until now, but for the line that says where it is."""
        return (self.place / "out").read_bytes().replace(self.says_where, b"", 1)

    @property
    def says_where(self) -> bytes:
        """The line that is put there once, when it serves."""
        return f"Serving on {self.url}\n".encode()


def database_of(request: pytest.FixtureRequest, kind: str, place: Path) -> str:
    """A copy of the filled database of this kind; its address."""
    template, _ = request.getfixturevalue(TEMPLATES[kind])
    (place / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    if kind == "sqlite":
        shutil.copy(template.removeprefix("sqlite:///"), place / "data" / "wren.db")
        return f"sqlite:///{place / 'data' / 'wren.db'}"
    server = request.getfixturevalue("postgres_server")
    return new_postgres(server, template.rsplit("/", 1)[1])


@contextmanager
def serving(
    request: pytest.FixtureRequest, kind: str, place: Path, *options: str, **settings: str
) -> Iterator[Served]:
    """`python -m api serve` on a copy of the filled database, ended and waited for.

    `settings` are more of its environment.
    """
    url = database_of(request, kind, place)
    _, handlers = request.getfixturevalue(TEMPLATES[kind])
    (place / "data" / "secret").write_text(b64(SECRET))
    for name in ("work", "tmp"):
        (place / name).mkdir()
    port = free_port()
    with (place / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--port", str(port), *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=place / "work",
            env=clean_environ(
                WREN_DATA=str(place / "data"),
                WREN_DATABASE_URL=url,
                WREN_SECRET_FILE=str(place / "data" / "secret"),
                PYTHONPATH=str(Path(__file__).parents[2]),
                TMPDIR=str(place / "tmp"),
                **{"WREN_WORK_FROM": "never", **settings},
            ),
        )
        try:
            served = Served(f"http://127.0.0.1:{port}", url, place, handlers, process)
            wait_for(lambda: answers(served), "the server does not answer")
            yield served
        finally:
            end(process)


def answers(served: Served) -> bool:
    """Whether it answers. Raises `AssertionError` if it has ended."""
    assert served.process.poll() is None, served.written().decode(errors="replace")
    try:
        with requests.Session() as http:
            http.trust_env = False
            return http.get(f"{served.url}/api/v1/health", timeout=5).ok
    except requests.RequestException:
        return False


def wait_for(what: Callable[[], bool], why: str, seconds: float = 120) -> None:
    """Waits until `what` is true."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, why
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> int:
    """Ends a process that a test started; its exit code."""
    process.terminate()
    try:
        return process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
