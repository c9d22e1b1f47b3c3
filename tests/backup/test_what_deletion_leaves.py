"""After a case is deleted, nothing of its ciphertext is in the files that Wren has a say over.

What PostgreSQL keeps until its tables are written anew is told in docs/backup.md, and shown here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from api.config import vault_place
from api.models.attachment import Attachment
from api.models.case import Case, CaseKey
from api.models.message import Message
from api.models.note import Note
from api.worker import Worker
from tests.api import clients
from tests.api.attaching import send, some
from tests.api.handling import note
from tests.api.test_withdraw import lived
from tests.ordeal import tell
from tests.service import Service
from tests.worker.test_retention import after, put

PIECE = 24
"""Bytes that are looked for: of what is random, none is elsewhere by chance."""


FEW = 150


def pieces(sealed: bytes) -> Iterator[bytes]:
    """What is looked for of something sealed: all of it, piece by piece."""
    for at in range(0, len(sealed) - PIECE + 1, PIECE):
        yield sealed[at : at + PIECE]


def ciphertext(service: Service, reference: str) -> set[bytes]:
    """Pieces of all that is sealed of a case: messages, notes, keys, descriptions, chunks."""
    found: set[bytes] = set()
    with service.database.read() as db:
        case = db.scalars(select(Case).where(Case.reference == reference)).one()
        for one in (Message.envelope, Note.envelope, Attachment.envelope, CaseKey.sealed_key):
            for sealed in db.scalars(select(one).where(one.class_.case_id == case.id)):
                found.update(pieces(bytes(sealed)))
        for key in (case.verifier, case.seal_key, case.sign_key):
            found.update(pieces(key))
    for file in (Path(vault_place(service.database.config)) / case.id.hex).iterdir():
        found.update(pieces(file.read_bytes()[4:]))
    return found


def left(files: Iterator[Path], marks: set[bytes]) -> dict[str, int]:
    """File -> how many of the marks are in it, for those that have one; wherever they begin."""
    found = {}
    for file in files:
        try:
            content = file.read_bytes()
        except OSError:  # it went meanwhile
            continue
        if len(marks) < FEW:
            count = sum(one in content for one in marks)
        else:  # one way through the file, however many are looked for
            ends = range(PIECE, len(content) + 1)
            count = len({content[end - PIECE : end] for end in ends} & marks)
        if count:
            found[file.name] = count
    return found


def sqlite_files(service: Service) -> list[Path]:
    """The file of SQLite and what lies beside it, and the vault's."""
    file = Path(service.database.engine.url.database or "")
    vault = Path(vault_place(service.database.config)).rglob("*")
    return [*file.parent.glob(f"{file.name}*"), *(one for one in vault if one.is_file())]


def filled(service: Service) -> tuple[str, str]:
    """A case with all that a case can have, and others beside it; its reference and token."""
    for _ in range(3):
        service.open_case()
    reference, token = lived(service)
    mine = clients.reporter(service, token)
    for number in range(4):
        send(mine, some(100_000, number), f"Invented, with a long text. {'And more. ' * 700}")
        service.post(f"/cases/{reference}/notes", note(), service.handler())
        _, other = service.open_case()
        send(clients.reporter(service, other), some(10, number))
    return reference, token


def withdrawn(service: Service, reference: str, token: str) -> None:
    answer = service.call("DELETE", "/case", bearer=service.reporter(token))
    assert answer.get_json()["deleted"] is True


def expired(service: Service, reference: str, token: str) -> None:
    day = service.database.config.clock() - 900 * 86400
    put(
        service,
        reference,
        status="closed",
        closed_on=Case.opened_on.type.python_type.fromtimestamp(day),
    )
    after(service)
    after(service, 30)


WAYS = {"withdrawn": withdrawn, "after its period": expired}


@pytest.mark.parametrize(
    "way", ["withdrawn", pytest.param("after its period", marks=pytest.mark.ordeal)]
)
def test_it_works(sqlite_service: Service, way: str) -> None:
    service = sqlite_service
    reference, token = filled(service)
    marks = ciphertext(service, reference)
    before = left(iter(sqlite_files(service)), marks)
    # But for the pieces that lie across the pages of a file.
    assert sum(before.values()) > 0.99 * len(marks) > 3000, "all is found while it is there"
    WAYS[way](service, reference, token)
    Worker(service.database, ()).run_once()
    assert left(iter(sqlite_files(service)), marks) == {}
    # The others are still there.
    with service.database.read() as db:
        (other, *_) = db.scalars(select(Message.envelope))
    assert left(iter(sqlite_files(service)), {bytes(other)[:PIECE]})


def test_its_log_has_it_until_the_worker_comes(sqlite_service: Service) -> None:
    service = sqlite_service
    reference, token = filled(service)
    marks = ciphertext(service, reference)
    withdrawn(service, reference, token)
    found = left(iter(sqlite_files(service)), marks)
    assert set(found) <= {"wren.db-wal"} or not found
    with service.database.engine.connect() as reader:
        # Who reads keeps what they read: then the log is emptied later.
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM cases")
        service.open_case()
        assert service.database.empty_log() is False
    assert service.database.empty_log() is True
    assert left(iter(sqlite_files(service)), marks) == {}


@pytest.fixture
def sqlite_service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service on SQLite."""
    with request.getfixturevalue("sqlite_standing").lent() as made:
        yield made


@pytest.fixture
def postgres_service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service on PostgreSQL."""
    with request.getfixturevalue("postgresql_standing").lent() as made:
        yield made


def postgres_files(service: Service) -> tuple[list[Path], list[Path]]:
    """The files of this database's tables, and those of PostgreSQL's write-ahead log."""
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    data = Path(row[0])
    return (
        [one for one in (data / "base" / str(row[1])).rglob("*") if one.is_file()],
        list((data / "pg_wal").glob("0*")),
    )


@pytest.mark.ordeal
def test_what_postgresql_keeps(postgres_service: Service) -> None:
    service = postgres_service
    reference, token = filled(service)
    every = sorted(ciphertext(service, reference))
    marks = set(every[:: len(every) // (FEW - 10) + 1])  # its files are large
    assert left(iter(postgres_files(service)[0]), marks)
    withdrawn(service, reference, token)
    vault = (one for one in Path(vault_place(service.database.config)).rglob("*") if one.is_file())
    assert left(vault, marks) == {}
    told = {}
    for how in ("", "VACUUM", "VACUUM FULL"):
        if how:
            with psycopg.connect(service.database_url, autocommit=True) as connection:
                connection.execute(how.encode())
        rows, log = postgres_files(service)
        told[how] = left(iter(rows), marks), left(iter(log), marks)
    # Told in docs/backup.md: whoever reads that must not be told less than is so.
    assert told[""][0], "deleting leaves the bytes where they are"
    assert told["VACUUM FULL"][0] == {}
    assert told["VACUUM FULL"][1], "the log has them until its files are used again"
    said = ", ".join(
        f"{how.lower() or 'deleted'}: {sum(rows.values())} in tables, {sum(log.values())} in WAL"
        for how, (rows, log) in told.items()
    )
    tell(
        "deletion", "pieces of a withdrawn case's ciphertext looked for in PostgreSQL's tables "
        "after VACUUM FULL", tried=len(marks), lost=0, note=said,
    )  # fmt: skip
