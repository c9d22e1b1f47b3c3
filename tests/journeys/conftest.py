"""Journeys break applications and their databases: each has one of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.service import Service


@pytest.fixture
def service(new_service: Callable[..., Service]) -> Service:
    """The application with two organisations, once on SQLite and once on PostgreSQL."""
    return new_service()
