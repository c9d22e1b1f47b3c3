"""Pages are tried over SQLite and PostgreSQL where SQL matters; most are, over both."""

from __future__ import annotations

import pytest

from tests.service import Service
from tests.web.hands import Hands


@pytest.fixture
def hands(service: Service) -> Hands:
    """A browser without script, in English."""
    return Hands(service)
