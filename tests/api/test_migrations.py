"""Migrations: from nothing they make the tables of the models, and nothing is lost by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Date, Uuid, bindparam, inspect, select, text

from api import migrations, setup
from api.config import Config
from api.models.account import Position
from api.models.base import Base, Database
from api.models.case import Case, CaseAccess, CaseExcluded
from api.models.organisation import Organisation
from tests.api.checks import snapshot
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
    before = snapshot(service)
    migrations.upgrade(service.database.engine)
    setup.init(service.database)
    assert snapshot(service) == before
    assert service.reporter(token)
    assert service.get(f"/cases/{reference}", service.handler()).status_code == 200


def test_what_belongs_together_goes_together(service: Service) -> None:
    # Withdrawing will delete the case's row: nothing of it may stay behind.
    left_out = [str(service.handlers["handler-2"].id)]
    before = snapshot(service)
    service.open_case(excluded=left_out)
    assert snapshot(service) != before
    service.database.write(
        lambda db: db.execute(Base.metadata.tables["cases"].delete())  # all there are: one
    )
    assert snapshot(service) == before


FIRST = (
    "INSERT INTO organisations VALUES (1, 'east', 'East', 'Europe/London', '[]', '{}', :b, :b)",
    "INSERT INTO desks VALUES (1, 1, 'guardian', 'Guardian', '')",
    "INSERT INTO accounts VALUES (:account, 'one', 'One', :b, :b, :b, :b, :b, NULL, :key, :b)",
    "INSERT INTO memberships VALUES (:account, 1)",
    "INSERT INTO cases VALUES (:case, 1, 1, 'EAS-1', 'new', :day, :no, :b, :b, :b, 0)",
    "INSERT INTO case_access VALUES (:account, :case, 1)",
    "INSERT INTO case_excluded VALUES (:case, :account)",
)
"""Rows of the first version: a case, its handler, and somebody it leaves out."""


def test_rows_of_the_first_version_stay(empty: Database) -> None:
    told = {"account": uuid4(), "case": uuid4(), "b": b"b", "key": b"key"}
    told |= {"day": date(2026, 11, 20), "no": False}
    types = [
        bindparam("account", type_=Uuid()),
        bindparam("case", type_=Uuid()),
        bindparam("day", type_=Date()),
    ]
    migrations.upgrade(empty.engine, "0001")
    with empty.engine.begin() as connection:
        for one in FIRST:
            named = [known for known in types if f":{known.key}" in one]
            used = {name: value for name, value in told.items() if f":{name}" in one}
            connection.execute(text(one).bindparams(*named), used)
    migrations.upgrade(empty.engine)
    with empty.read() as db:
        case = db.scalars(select(Case)).one()
        assert (case.confidentiality, case.acknowledge_by) == ("anonymous", date(2026, 11, 24))
        assert case.feedback_by == date(2027, 2, 20)
        access = db.scalars(select(CaseAccess)).one()
        assert (access.handler, access.seal_key) == (told["account"], b"key")
        assert db.scalars(select(CaseExcluded)).one().handler == told["account"]
        position = db.scalars(select(Position)).one()
        assert (position.role, position.listed) == ("handler", True)
        assert db.scalars(select(Organisation.settings)).one() == {}


COUNTED = (
    "INSERT INTO organisations (id, slug, name, time_zone, release, settings, directory, replies,"
    " receipt_key, receipt_private)"
    " VALUES (:id, :slug, :slug, 'Europe/London', '[]', '{}', '{}', '[]', :b, :b)"
)
CASE = (
    "INSERT INTO cases (id, organisation_id, desk_id, reference, status, opened_on, urgent,"
    " verifier, seal_key, sign_key, read_number, confidentiality, acknowledge_by, feedback_by,"
    " times_counted, answered)"
    " VALUES (:case, 1, 1, 'A', 'new', :day, :no, :b, :b, :b, 0, 'open', :day, :day, :no, :no)"
)


def test_what_was_counted_together_is_marked(empty: Database) -> None:
    migrations.upgrade(empty.engine, "0008")
    day, case = bindparam("day", type_=Date()), bindparam("case", type_=Uuid())
    with empty.engine.begin() as connection:
        for number, slug in enumerate(("cases", "counts", "new"), 1):
            connection.execute(text(COUNTED), {"id": number, "slug": slug, "b": b"b"})
        connection.execute(text("INSERT INTO desks VALUES (1, 1, 'guardian', 'Guardian', '')"))
        row = {"case": uuid4(), "day": date(2026, 11, 20), "no": False, "b": b"b"}
        connection.execute(text(CASE).bindparams(day, case), row)
        for organisation, quarter in ((1, "2026-Q1"), (2, "2025-Q3"), (2, "2025-Q4")):
            counted = f"INSERT INTO tally VALUES ({organisation}, '{quarter}', 'element', 'a', 1)"
            connection.execute(text(counted))
    migrations.upgrade(empty.engine)
    with empty.read() as db:
        found = dict(db.execute(select(Organisation.slug, Organisation.apart_since)).all())
    assert found == {"cases": "2026-Q4", "counts": "2026-Q1", "new": None}


def test_back_to_the_first_version(empty: Database) -> None:
    migrations.upgrade(empty.engine)
    config = migrations.configuration()
    with empty.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        connection.commit()
        assert "audit" not in inspect(connection).get_table_names()
        columns = {one["name"] for one in inspect(connection).get_columns("cases")}
    assert "confidentiality" not in columns
    migrations.upgrade(empty.engine)
    assert migrations.is_current(empty.engine)
