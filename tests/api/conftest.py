"""The application on both databases, for all tests of the calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import BOTH
from tests.service import Service
from tests.standing import Standing


@pytest.fixture(params=BOTH)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The application with two organisations; runs without Flask's TESTING, as users have it."""
    standing: Standing = request.getfixturevalue(f"{request.param}_standing")
    with standing.lent() as made:
        yield made
