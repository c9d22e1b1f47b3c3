"""Migrations: from nothing they make the tables of the models, and nothing is lost by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from api import migrations, setup
from api.config import Config
from api.models.base import Base, Database
from tests.api.checks import stored
from tests.conftest import BOTH, new_postgres
from tests.service import SECRET, Service


@pytest.fixture(params=BOTH)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = new_postgres(request.getfixturevalue("postgres_server"))
    database = Database(Config(url, SECRET))
    yield database
    database.engine.dispose()


def test_it_works(empty: Database) -> None:
    assert not migrations.is_current(empty.engine)
    migrations.upgrade(empty.engine)
    assert migrations.is_current(empty.engine)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        tables = set(inspect(connection).get_table_names())
    assert tables == set(Base.metadata.tables) | {"alembic_version"}


def test_twice_is_harmless(service: Service) -> None:
    reference, token = service.open_case()
    before = stored(service)
    migrations.upgrade(service.database.engine)
    setup.init(service.database)
    assert stored(service) == before
    assert service.reporter(token)
    assert service.get(f"/cases/{reference}", service.handler()).status_code == 200


def test_what_belongs_together_goes_together(service: Service) -> None:
    # Withdrawing will delete the case's row: nothing of it may stay behind.
    left_out = [str(service.handlers["handler-2"].id)]
    before = stored(service)
    service.open_case(excluded=left_out)
    assert stored(service) != before
    service.database.write(
        lambda db: db.execute(Base.metadata.tables["cases"].delete())  # all there are: one
    )
    assert stored(service) == before
