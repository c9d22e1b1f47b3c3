"""Handlers at the console: quick ones without a browser, and Chromium on a served console."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from api.console import caller
from tests.console.hands import Hands
from tests.console.screen import Screen, window
from tests.journeys.served import Served, serving
from tests.service import Service
from tests.standing import Standing


@pytest.fixture
def service(sqlite_standing: Standing) -> Iterator[Service]:
    """The application on SQLite.

    The rules are tested on both databases in tests/api, and every page is asked on both by the
    canary; twice the pages here would take minutes.
    """
    with sqlite_standing.lent() as made:
        yield made


@pytest.fixture
def hands(service: Service) -> Callable[..., Hands]:
    """Makes browsers: `hands()` is signed in as handler-1, `hands(None)` as nobody.

    The session is begun without the stretching of a sign-in.
    """

    def make(username: str | None = "handler-1") -> Hands:
        made = Hands(service, service.app.test_client())
        if username is not None:
            let_in(made.http, service, username)
        return made

    return make


def let_in(http: FlaskClient, service: Service, username: str) -> None:
    """Gives a test's browser a session of this handler."""
    bearer = service.handler(username)
    with service.app.test_request_context():
        seen = caller._stamps(bearer).dumps(int(service.clock.now))
    for name, value in ((caller.SESSION, bearer), (caller.SEEN, str(seen))):
        http.set_cookie(name, value, secure=True, httponly=True, samesite="Strict")


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A running `wren serve` on a filled database."""
    with serving(request, "sqlite", tmp_path_factory.mktemp("console") / "server") as one:
        yield one


@pytest.fixture
def screen(served: Served, chromium: Browser) -> Iterator[Screen]:
    """A new window on the served console; nothing may have left the machine in the end."""
    made = window(chromium, served.url)
    yield made
    made.context.close()
    made.check()


def person(served: Served, username: str) -> dict[str, str]:
    """What somebody of the filled database signs in with."""
    one = served.handlers[username]
    return {"username": username, "password": one.password, "totp_secret": one.totp_secret}
