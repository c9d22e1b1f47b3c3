"""Backups and restores that are killed, that find a disk full, that are of an older version."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, inspect, select

from api import archive, migrations, restore, vault
from api.cli import main
from api.models.attachment import Attachment
from api.models.case import Case
from shared.sealing.stream import SEALED_CHUNK
from tests.api import clients
from tests.api.attaching import send, some
from tests.backup import places
from tests.environ import clean_environ
from tests.ordeal import tell
from tests.service import Service

ROOT = str(Path(__file__).parents[2])
DEAD = -signal.SIGKILL


def apart(work: Callable[[], object]) -> int:
    """Does this in a process of its own; what that ended with."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die() -> None:
    """Ends this process as a failure of power would."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("after", [0, 1, 5, 20])
def test_a_backup_that_is_killed(tmp_path: Path, after: int) -> None:
    out = tmp_path / "wren.age"
    archive.write(out, [("first", b"1")], [places.RECIPIENT])
    before = out.read_bytes()

    def entries() -> Iterator[archive.Entry]:
        for number in range(after):
            yield str(number), bytes(100_000)
        die()

    def work() -> None:
        archive.write(out, entries(), [places.RECIPIENT])

    assert apart(work) == DEAD
    assert out.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {"wren.age", ".wren.age.part"}
    archive.write(out, [("second", b"2")], [places.RECIPIENT])
    assert [one.name for one in tmp_path.iterdir()] == ["wren.age"]
    assert places.entries(out) == [("second", b"2")]


def test_two_at_once(tmp_path: Path) -> None:
    out = tmp_path / "wren.age"

    def entries() -> Iterator[archive.Entry]:
        yield "a", b"1"
        with pytest.raises(archive.ConfigError, match="Another backup is being written"):
            archive.write(out, [("b", b"2")], [places.RECIPIENT])
        yield "c", b"3"

    archive.write(out, entries(), [places.RECIPIENT])
    assert [name for name, _ in places.entries(out)] == ["a", "c"]


def test_one_that_ended_while_another_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second opened the file before the first gave it its name, and locks it after."""
    out, real = tmp_path / "wren.age", archive.flock

    def late(file: Any, how: int) -> None:
        part = tmp_path / ".wren.age.part"
        part.write_text("the whole of another")
        part.replace(out)
        real(file, how)

    monkeypatch.setattr(archive, "flock", late)
    with pytest.raises(archive.ConfigError, match="Another backup is being written"):
        archive.write(out, [("b", b"2")], [places.RECIPIENT])
    assert out.read_text() == "the whole of another"


def test_the_key_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both the file and its name: nothing else opens a backup."""
    waited, real = set[int](), os.fsync

    def waits(file: Any) -> None:
        waited.add(os.fstat(file).st_ino)
        real(file)

    monkeypatch.setattr(os, "fsync", waits)
    out = tmp_path / "wren.key"
    assert CliRunner().invoke(main, ["backup-key", "--out", str(out)]).exit_code == 0
    assert waited == {out.stat().st_ino, tmp_path.stat().st_ino}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    before = out.read_bytes()
    assert CliRunner().invoke(main, ["backup-key", "--out", str(out)]).exit_code == 1
    assert out.read_bytes() == before


def test_a_full_disk(tmp_path: Path) -> None:
    """A file of this process may not grow beyond what is set: that is how a full disk answers."""
    out = tmp_path / "wren.age"
    archive.write(out, [("first", b"1")], [places.RECIPIENT])
    before = out.read_bytes()

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        with pytest.raises(OSError, match="File too large"):
            archive.write(out, (("x", bytes(90_000)) for _ in range(9)), [places.RECIPIENT])

    assert apart(work) == 0
    assert out.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["wren.age"]


@pytest.fixture
def sqlite_service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service on SQLite, with a case and a file."""
    with request.getfixturevalue("sqlite_standing").lent() as made:
        _, token = made.open_case()
        send(clients.reporter(made, token), some(150_000))
        yield made


@pytest.mark.parametrize("at", ["rows", "chunks", "end"])
def test_a_restore_that_is_killed(
    sqlite_service: Service, request: pytest.FixtureRequest, tmp_path: Path, at: str
) -> None:
    file = places.backed_up(sqlite_service, tmp_path)
    url = places.nowhere(request, "sqlite", tmp_path)

    def work() -> None:
        real = restore._migrate

        def dies(connection: object, to: str) -> None:
            real(connection, to)  # type: ignore[arg-type]
            if to == "head":
                die()

        if at == "rows":
            restore._migrate = dies  # type: ignore[assignment]
        elif at == "chunks":
            place = vault.at(str(tmp_path / "restored" / "vault"))
            put = place.put
            place.put = lambda *one: (put(*one), die())  # type: ignore[method-assign]
        else:
            Path.replace = lambda *_: die()  # type: ignore[method-assign, assignment, return-value]
        places.restored(file, url, tmp_path)

    sqlite_service.database.engine.dispose()
    assert apart(work) == DEAD
    assert not (tmp_path / "restored" / "wren.db").exists()
    told = places.restored(file, url, tmp_path)
    assert (told.rows["cases"], told.chunks) == (1, 3)
    names = {one.name for one in (tmp_path / "restored").iterdir()}
    assert names == {"secret", "vault", "wren.db"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_of_an_older_version(
    sqlite_service: Service, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """Its tables had fewer columns, or were not there: they are made, filled and upgraded."""
    engine = create_engine(f"sqlite:///{tmp_path / 'older.db'}")
    migrations.upgrade(engine, "0008")
    known = {
        table: {one["name"] for one in inspect(engine).get_columns(table)}
        for table in inspect(engine).get_table_names()
    }
    engine.dispose()
    older, rows = list[archive.Entry](), dict[str, int]()
    for name, content in places.entries(places.backed_up(sqlite_service, tmp_path)):
        table, kept = archive.table_of(name), content
        if table is not None and table not in known:
            continue
        if table is not None:
            columns, *lines = (json.loads(one) for one in content.split(b"\n"))
            there = [at for at, one in enumerate(columns) if one in known[table]]
            kept = b"\n".join(
                json.dumps([line[at] for at in there]).encode() for line in (columns, *lines)
            )
            rows[table] = rows.get(table, 0) + len(lines)
        elif name == archive.BEGIN:
            kept = json.dumps(json.loads(content) | {"tables": "0008"}).encode()
        elif name == archive.END:
            kept = json.dumps(json.loads(content) | {"rows": rows}).encode()
        older.append((name, kept))
    url = places.nowhere(request, kind, tmp_path)
    told = places.restored(places.written(tmp_path, older), url, tmp_path)
    made = places.service_at(url, tmp_path, sqlite_service.handlers)
    assert migrations.is_current(made.database.engine)
    assert told.rows["cases"] == 1
    items = made.get("/cases", made.handler()).get_json()["items"]
    assert len(items) == 1
    made.close()


MEASURED = """
import sys
from api.cli import main
try:
    main(sys.argv[1:])
finally:
    # Not getrusage: that begins with what the process had which started this one.
    told = open("/proc/self/status").read()
    print("KiB", told.split("VmHWM:")[1].split()[0])
"""


def memory(words: list[str], **settings: str) -> float:
    """The most MiB that the command had at once."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words],
        env=clean_environ(PYTHONPATH=ROOT, **settings),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.split("KiB")[1]) / 1024


@pytest.mark.ordeal
def test_memory_does_not_grow(sqlite_service: Service, tmp_path: Path) -> None:
    """Of 200 MiB of files, and of none, backed up and restored."""
    service, key = sqlite_service, places.key_file(tmp_path)
    secret, used = places.secret_file(tmp_path), list[list[float]]()
    for attachments in (0, 25):
        fill(service, attachments)
        file, place = tmp_path / f"{attachments}.age", tmp_path / str(attachments)
        made = memory(
            ["backup", "--out", str(file)],
            WREN_DATABASE_URL=service.database_url,
            WREN_SECRET_FILE=str(secret),
            WREN_BACKUP_TO=places.RECIPIENT,
        )
        back = memory(["restore", str(file), "--identity", str(key)], WREN_DATA=str(place))
        used.append([made, back])
        size = file.stat().st_size
        shutil.rmtree(place)
    assert size > 200 * 1024 * 1024
    (small, small_back), (large, large_back) = used
    assert large - small < 48
    assert large_back - small_back < 48
    tell(
        "backup", "MiB of files backed up and restored in little memory", tried=200, lost=0,
        note=f"{large:.0f} MiB for the backup, {large_back:.0f} MiB for the restore; "
        f"{small:.0f} and {small_back:.0f} MiB without files",
    )  # fmt: skip


def fill(service: Service, attachments: int) -> None:
    """Puts so many files of 8 MiB beside those of the case."""
    kept = vault.of(service.database.config)
    with service.database.read() as db:
        case_id = db.scalars(select(Case.id)).one()
        like = db.scalars(select(Attachment)).first()
    assert like is not None
    for _ in range(attachments):
        one = uuid4()
        values = {
            column.name: getattr(like, column.name) for column in Attachment.__table__.columns
        } | {"id": one, "chunks": 128, "created_on": date.today()}
        service.database.write(lambda db, values=values: db.store(Attachment, values))
        kept.fill(case_id, one, (os.urandom(SEALED_CHUNK) for _ in range(128)))
