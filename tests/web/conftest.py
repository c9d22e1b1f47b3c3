"""Pages are tried over SQLite and PostgreSQL where SQL matters (`hands`), else over SQLite alone
(`page_hands`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.service import Service
from tests.standing import Standing
from tests.web.hands import Hands
from tests.web.screen import Place, listening


@pytest.fixture
def hands(service: Service) -> Hands:
    """A browser without script, in English."""
    return Hands(service)


@pytest.fixture
def page_hands(sqlite_standing: Standing) -> Iterator[Hands]:
    """The same, on SQLite alone: for what pages say and how they are sent."""
    with sqlite_standing.lent() as service:
        yield Hands(service)


@pytest.fixture
def place(sqlite_standing: Standing, chromium: Browser) -> Iterator[Place]:
    """A window on a service that has an address; nothing may have left the machine in the end."""
    with sqlite_standing.lent() as service, listening(service) as url:
        made = Place(service, chromium, url)
        yield made
        made.close()
