"""A server of its own for what would hold up that of other tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.served import Served, serving


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A running `wren serve` on a filled database."""
    with serving(request, "sqlite", tmp_path_factory.mktemp("attack") / "server") as one:
        yield one
