"""A real service for tests: two organisations, their handlers, a clock that tests can set."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import setup
from api.app import create_app
from api.config import ACCOUNT_SESSION, S3, Config, vault_place
from api.models.base import Database, Work
from api.rules import sessions
from api.rules.accounts import NewHandler
from shared.sealing import tokens
from shared.sealing.keyring import Keyring

SECRET = bytes(range(32))

PEOPLE = {
    # user name: organisation, desk
    "handler-1": ("eeast", "guardian"),
    "handler-2": ("eeast", "guardian"),
    "handler-3": ("eeast", "senior-manager"),
    "handler-4": ("eeast", "senior-manager"),
    "handler-5": ("elsewhere", "guardian"),
    "handler-6": ("elsewhere", "guardian"),
}
STAFF = {
    # user name: organisation, role; they have no desk and read no case
    "administrator-1": ("eeast", "administrator"),
    "analyst-1": ("eeast", "analyst"),
}
OUTSIDERS = ("handler-3", "handler-5")
"""For a case of eeast's guardian: a handler of another desk, and one of another organisation."""


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


def fill(db: Work, release: Any = "at once") -> dict[str, NewHandler]:
    """Both organisations and their people; handlers are approved by the first of theirs."""
    made: dict[str, NewHandler] = {}
    first: dict[str, tuple[UUID, Keyring]] = {}
    for username, (slug, desk) in PEOPLE.items():
        if slug not in first:
            setup.add_organisation(db, slug, f"The {slug} trust", contacts=[], release=release)
        new, _ = setup.add_handler(db, slug, (desk,), username, username, first.get(slug))
        first.setdefault(slug, (new.id, new.keyring))
        made[username] = new
    for username, (slug, role) in STAFF.items():
        made[username], _ = setup.add_handler(db, slug, (), username, username, role=role)
    return made


@dataclass
class Service:
    """The application over its real database, and people to call it as."""

    database_url: str
    handlers: Mapping[str, NewHandler]
    clock: Clock = field(default_factory=Clock)
    testing: bool = False
    secret: bytes = field(default=SECRET, repr=False)
    vault: str = ""
    other_secrets: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        self._own: TemporaryDirectory[str] | None = None
        if not self.vault and not self.database_url.startswith("sqlite"):
            self._own = TemporaryDirectory(prefix="wren-vault-")
            self.vault = f"{self._own.name}/vault"
        config = Config(
            self.database_url,
            self.secret,
            clock=self.clock,
            testing=self.testing,
            vault=self.vault,
            other_secrets=self.other_secrets,
        )
        self.app = create_app(config)
        self.database: Database = self.app.extensions["wren"]
        self.http: FlaskClient = self.app.test_client()

    def begin_anew(self) -> None:
        """The clock shows now again, and cookies are forgotten."""
        self.clock.now = Clock().now
        self.http = self.app.test_client()

    def close(self) -> None:
        """Lets go of the database, and of a vault of its own."""
        self.database.engine.dispose()
        if self._own is not None:
            self._own.cleanup()

    def empty_vault(self) -> None:
        """Takes everything out of the vault, where it is a directory."""
        place = vault_place(self.database.config)
        if not place.startswith(S3):
            shutil.rmtree(place, ignore_errors=True)

    def call(
        self, method: str, path: str, body: Any = None, bearer: str | None = None, **more: Any
    ) -> TestResponse:
        """One call under /api/v1, as `curl` would make it."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if body is not None:
            more["json"] = body
        return self.http.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def get(self, path: str, bearer: str | None = None) -> TestResponse:
        return self.call("GET", path, bearer=bearer)

    def post(self, path: str, body: Any, bearer: str | None = None) -> TestResponse:
        return self.call("POST", path, body, bearer)

    def handler(self, username: str = "handler-1") -> str:
        """A bearer of this handler, begun without the stretching of a sign-in."""
        who = self.handlers[username]
        return str(
            self.database.write(
                lambda db: sessions.start(db, "account", who.id, ACCOUNT_SESSION, who.keyring.seed)
            )["session"]
        )

    def code(self, username: str = "handler-1", at: float | None = None) -> str:
        """The six digits of this handler, now or at a time."""
        return pyotp.TOTP(self.handlers[username].totp_secret).at(int(at or self.clock.now))

    def report(self, **fields: Any) -> tuple[dict[str, Any], str]:
        """A readable request that opens a case at eeast's guardian desk, and its token."""
        token = tokens.new_token()
        content = {"story": "An invented story about a group chat."} | fields.pop("content", {})
        return {
            "case_id": str(uuid4()),
            "token": token,
            "desk": "guardian",
            "excluded": [],
            "content": content,
            **fields,
        }, token

    def open_case(self, slug: str = "eeast", **fields: Any) -> tuple[str, str]:
        """Opens a case by readable calls; its reference and token."""
        body, token = self.report(**fields)
        answer = self.post(f"/organisations/{slug}/cases", body)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["reference"]), token

    def reporter(self, token: str) -> str:
        """A bearer of the reporter who has these words; the service may open for it."""
        answer = self.post("/sessions", {"token": token})
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["session"])
