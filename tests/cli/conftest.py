"""Deployments to run the command `wren` on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner, Result

from api import cli
from api.models.base import Database
from api.rules.accounts import NewHandler
from shared.sealing.encoding import b64
from tests.api.exporting import ask
from tests.cli.case_files import told
from tests.conftest import Template
from tests.service import SECRET, Service


@dataclass
class Deployment:
    """A data directory, and `wren` on it."""

    place: Path
    handlers: dict[str, NewHandler]
    made: list[Database] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.place / 'wren.db'}"

    def wren(self, *arguments: str, typed: str = "", **settings: str) -> Result:
        """Runs the command; `settings` are more WREN_ variables, without their beginning."""
        environ: dict[str, str | None] = {
            name: None for name in os.environ if name.startswith("WREN_")
        }
        environ["WREN_DATA"] = str(self.place)
        environ |= {f"WREN_{name}": value for name, value in settings.items()}
        before = os.umask(0o022)  # the command sets its own, for the whole process
        result = CliRunner().invoke(cli.main, list(arguments), input=typed, env=environ)
        os.umask(before)
        for database in self.made:
            database.engine.dispose()
        self.made.clear()
        return result

    def refused(self, *arguments: str, code: int = 1, **more: str) -> str:
        """The one sentence that the command ends with, and its exit code."""
        result = self.wren(*arguments, **more)
        assert result.exit_code == code, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        lines = [one for one in result.stderr.splitlines() if one]
        assert lines[-1].startswith("Error: "), result.output
        assert "Traceback" not in result.output
        return lines[-1].removeprefix("Error: ")

    def code(self, username: str) -> str:
        """The six digits of a handler, now."""
        return pyotp.TOTP(self.handlers[username].totp_secret).now()


@pytest.fixture
def new_deployment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Deployment]]:
    """Makes deployments without anything in them."""
    made: list[Deployment] = []

    class Noted(Database):
        """Databases that commands open: the process would end, tests go on."""

        def __init__(self, *values: Any) -> None:
            super().__init__(*values)
            made[-1].made.append(self)

    monkeypatch.setattr(cli, "Database", Noted)
    monkeypatch.setattr("api.doctor.Database", Noted)

    def make(name: str = "data", handlers: dict[str, NewHandler] | None = None) -> Deployment:
        made.append(Deployment(tmp_path / name, handlers or {}))
        return made[-1]

    return make


@pytest.fixture
def empty(new_deployment: Callable[..., Deployment]) -> Deployment:
    """A deployment before `wren init`."""
    return new_deployment()


@pytest.fixture
def deployment(new_deployment: Callable[..., Deployment], sqlite_template: Template) -> Deployment:
    """A deployment with two organisations and their handlers."""
    one = new_deployment("data", sqlite_template[1])
    one.place.mkdir(mode=0o700)
    shutil.copy(sqlite_template[0].removeprefix("sqlite:///"), one.place / "wren.db")
    (one.place / "wren.db").chmod(0o600)
    (one.place / "secret").touch(mode=0o600)
    (one.place / "secret").write_text(b64(SECRET) + "\n")
    return one


@pytest.fixture
def service(deployment: Deployment) -> Iterator[Service]:
    """The service of this deployment."""
    made = Service(deployment.url, deployment.handlers)
    yield made
    made.close()


@pytest.fixture(scope="session")
def case_file(sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The case file of a case with one picture, by a service that had the same people."""
    copy = tmp_path_factory.mktemp("case-file") / "wren.db"
    shutil.copy(sqlite_template[0].removeprefix("sqlite:///"), copy)
    service = Service(f"sqlite:///{copy}", sqlite_template[1])
    made = bytes(ask(service, told(service)[0]).data)
    service.close()
    return made
