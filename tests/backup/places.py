"""Where tests of backups back up from and restore to, and how they compare the two."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect, select

from api import archive, backup, restore
from api.config import Config
from api.models import tables
from api.models.base import Database
from api.rules.accounts import NewHandler
from api.rules.backups import LEFT_OUT
from shared.sealing.encoding import b64
from tests.conftest import new_postgres
from tests.service import SECRET, Service

RECIPIENT, KEY = archive.make_key()


def key_file(place: Path) -> Path:
    """The file that opens backups."""
    made = place / "key"
    made.write_text(KEY)
    return made


def secret_file(place: Path, secret: bytes = SECRET) -> Path:
    """The secret file of a service of the tests."""
    made = place / "secret"
    made.write_text(b64(secret) + "\n")
    return made


def backing_up(service: Service) -> Database:
    """The service's database, as `wren backup` has it in its own process."""
    settings = replace(service.database.config, backup_to=(RECIPIENT,), backup_days=30)
    return Database(settings)


def backed_up(service: Service, place: Path) -> Path:
    """A backup of the service as it is."""
    place.mkdir(exist_ok=True)
    database = backing_up(service)
    try:
        return backup.back_up(database, secret_file(place), place / f"{uuid4().hex}.age").out
    finally:
        database.engine.dispose()


def nowhere(request: pytest.FixtureRequest, kind: str, place: Path) -> str:
    """The address of a database of this kind that is not there yet, or has nothing in it."""
    if kind == "sqlite":
        return f"sqlite:///{place / 'restored' / 'wren.db'}"
    return new_postgres(request.getfixturevalue("postgres_server"))


def restored(
    file: Path,
    url: str,
    place: Path,
    key: str = KEY,
    deleted: bytes | None = None,
    damaged: bool = False,
) -> restore.Told:
    """Restores a backup to this address, a vault and a secret file under `place`."""
    opener = place / f"{uuid4().hex}.key"
    opener.write_text(key)
    settings = Config(url, SECRET, vault=str(place / "restored" / "vault"))
    with file.open("rb") as opened:
        return restore.restore(
            lambda: settings,
            url,
            place / "restored" / "secret",
            opened,
            archive.identities(opener),
            deleted,
            damaged=damaged,
        )


def service_at(url: str, place: Path, handlers: Mapping[str, NewHandler]) -> Service:
    """The application over what was restored."""
    return Service(url, handlers, vault=str(place / "restored" / "vault"))


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that backups have, as Python has them whatever the database."""
    with database.read() as db:
        return {
            table.name: sorted((tuple(row) for row in db.execute(select(table))), key=repr)
            for table in tables.every().sorted_tables
            if table.name not in LEFT_OUT
        }


def entries(file: Path) -> list[tuple[str, bytes]]:
    """What a backup has in it."""
    key = archive.identities(key_file(file.parent))
    with file.open("rb") as opened, archive.reading(opened, key) as found:
        return list(found)


def written(place: Path, content: list[tuple[str, bytes]]) -> Path:
    """A backup with this in it, whatever it is."""
    out = place / f"{uuid4().hex}.age"
    archive.write(out, content, [RECIPIENT])
    return out


def looked_at(file: bytes, key: str, place: Path) -> restore.Told:
    """What `wren restore --check` finds in a file of these bytes."""
    opener = place / "looks.key"
    opener.write_text(key)
    return restore.check(io.BytesIO(file), archive.identities(opener))


def is_empty(url: str) -> bool:
    """Whether this database has no table."""
    database = Database(Config(url, b""))
    try:
        return not inspect(database.engine).get_table_names()
    finally:
        database.engine.dispose()
