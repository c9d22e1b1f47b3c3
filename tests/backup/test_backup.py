"""A backup has all that was there, and is restored elsewhere: also to the other database."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api import archive, backup
from api.config import ConfigError
from api.models import tables
from api.models.case import Case
from api.rules import backups
from api.rules.backups import LEFT_OUT
from tests.api import clients
from tests.api.attaching import attached, got, send, some
from tests.api.test_withdraw import lived
from tests.backup import places
from tests.conftest import BOTH
from tests.service import SECRET, Service


@pytest.fixture(params=BOTH)
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address to restore to, of either kind."""
    return places.nowhere(request, request.param, tmp_path)


@pytest.fixture
def made(service: Service, elsewhere: str, tmp_path: Path) -> Iterator[Service]:
    """What is restored; a test calls `places.restored` first."""
    one = places.service_at(elsewhere, tmp_path, service.handlers)
    yield one
    one.close()


def test_it_works(service: Service, elsewhere: str, made: Service, tmp_path: Path) -> None:
    reference, token = lived(service)
    mine = clients.reporter(service, token)
    picture = some(200_000)
    sent = send(mine, picture)
    begun = attached(mine, some(70_000, 2))  # it hangs on nothing yet
    file = places.backed_up(service, tmp_path)
    told = places.restored(file, elsewhere, tmp_path)
    assert (told.rows["cases"], told.chunks) == (2, sent.chunks + begun.chunks)
    assert places.rows(made.database) == places.rows(service.database)
    assert (tmp_path / "restored" / "secret").read_bytes() == (tmp_path / "secret").read_bytes()
    # The words open it, the handler reads it, the picture is whole.
    again = clients.reporter(made, token)
    assert got(again, sent) == picture
    theirs = clients.handler(made, reference)
    assert [one.problem for one in theirs.thread()] == [None] * len(theirs.thread())
    assert len(theirs.thread()) == len(clients.handler(service, reference).thread())
    # It goes on: new rows take no numbers that are taken, and receipts are signed.
    another, _ = made.open_case()
    assert another != reference
    send(again, some(10, 3))
    roster = told.rosters["eeast"]
    assert len(roster) == 22
    assert told.rosters.keys() == {"eeast", "elsewhere"}


def test_a_new_organisation_after_it(
    service: Service, elsewhere: str, made: Service, tmp_path: Path
) -> None:
    from api import setup

    places.restored(places.backed_up(service, tmp_path), elsewhere, tmp_path)
    made.database.write(
        lambda db: setup.add_organisation(db, "north", "North", contacts=[], release="at once")
    )


def test_each_table_is_in_it_or_left_out(service: Service, tmp_path: Path) -> None:
    lived(service)
    held = {
        archive.table_of(name) for name, _ in places.entries(places.backed_up(service, tmp_path))
    }
    every = tables.every()
    assert held - {None} <= set(every.tables) - LEFT_OUT
    assert set(every.tables) >= LEFT_OUT
    with service.database.read() as db:
        filled = {one.name for one in every.sorted_tables if db.execute(select(one)).first()}
    assert held - {None} == filled - LEFT_OUT


def test_nobody_is_signed_in_after_it(
    service: Service, elsewhere: str, made: Service, tmp_path: Path
) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    places.restored(places.backed_up(service, tmp_path), elsewhere, tmp_path)
    assert service.get("/case", bearer).status_code == 200
    assert made.get("/case", bearer).status_code == 401
    assert made.reporter(token)


def test_it_does_not_tell_the_order(service: Service, tmp_path: Path) -> None:
    for _ in range(12):
        service.open_case()
    found = dict(places.entries(places.backed_up(service, tmp_path)))
    columns, *lines = (json.loads(one) for one in found["tables/cases/0"].split(b"\n"))
    ids = [line[columns.index("id")] for line in lines]
    assert ids == sorted(ids)
    assert len(ids) == 12


def test_only_its_key_opens_it(service: Service, tmp_path: Path) -> None:
    service.open_case()
    file = places.backed_up(service, tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    whole = file.read_bytes()
    assert whole.startswith(b"age-encryption.org/v1\n")
    with service.database.read() as db:
        envelopes = [bytes(one) for one in db.scalars(select(Case.verifier))]
    assert not any(one in whole for one in (*envelopes, SECRET, b"eeast", b"tables/"))
    other = archive.make_key()[1]
    with pytest.raises(archive.BadBackup, match="This key does not open this backup"):
        places.looked_at(whole, other, tmp_path)
    assert places.looked_at(whole, other + places.KEY, tmp_path).rows["cases"] == 1


def test_several_may_open_it(service: Service, tmp_path: Path) -> None:
    second, key = archive.make_key()
    out = tmp_path / "two.age"
    archive.write(out, [("a", b"b")], [places.RECIPIENT, second])
    for one in (places.KEY, key):
        opener = tmp_path / "opener"
        opener.write_text(one)
        with out.open("rb") as file, archive.reading(file, archive.identities(opener)) as found:
            assert list(found) == [("a", b"b")]


def test_the_day_is_noted(service: Service, tmp_path: Path) -> None:
    with service.database.read() as db:
        assert backups.last(db) is None
    places.backed_up(service, tmp_path)
    with service.database.read() as db:
        assert backups.last(db) == datetime.fromtimestamp(service.clock.now, UTC).date()


def test_older_ones_go(service: Service, tmp_path: Path) -> None:
    place, today = tmp_path / "backups", datetime.fromtimestamp(service.clock.now, UTC).date()
    place.mkdir()

    def name(days: int) -> str:
        return f"wren-{today - timedelta(days)}.age"

    others = {"wren.age", "notes.txt", f"x-{name(90)}"}
    for one in (*others, name(31), name(30), name(1), f".{name(40)}.part"):
        (place / one).write_text("earlier")
    database = places.backing_up(service)
    told = backup.back_up(database, places.secret_file(tmp_path), place)
    database.engine.dispose()
    assert told.old == 1
    assert {one.name for one in place.iterdir()} == {*others, name(30), name(1), name(0)}
    assert told.out.read_bytes().startswith(b"age-")


def test_without_a_key_none_is_made(service: Service, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="WREN_BACKUP_TO is not set"):
        backup.back_up(service.database, places.secret_file(tmp_path), tmp_path / "out.age")
    assert not (tmp_path / "out.age").exists()


def test_chunks_that_are_gone_since(service: Service, tmp_path: Path) -> None:
    """A case is withdrawn after the snapshot, before its files were read."""
    _, token = service.open_case()
    sent = send(clients.reporter(service, token), some(200_000))
    database = places.backing_up(service)
    told = backup.Told(tmp_path / "x")
    found = backup._entries(database, places.secret_file(tmp_path), date.today(), told)
    held = []
    for name, content in found:
        held.append((name, content))
        if name.startswith("vault/") and told.chunks == 1:
            assert (
                service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
            )
    database.engine.dispose()
    assert (told.chunks, told.gone, told.missing) == (1, 1, 0)
    assert sent.chunks > 1
    file = places.written(tmp_path, held)
    assert places.looked_at(file.read_bytes(), places.KEY, tmp_path).rows["cases"] == 1


def test_chunks_that_the_vault_lost(service: Service, tmp_path: Path) -> None:
    _, token = service.open_case()
    send(clients.reporter(service, token), some(200_000))
    service.empty_vault()
    database = places.backing_up(service)
    told = backup.back_up(database, places.secret_file(tmp_path), tmp_path / "out.age")
    database.engine.dispose()
    assert (told.chunks, told.gone, told.missing) == (0, 0, 1)
