"""A backup has all that was there, and is restored elsewhere: also to the other database."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from api import archive, backup, vault
from api.config import ConfigError, vault_place
from api.models import tables
from api.models.case import Case
from api.rules import backups, upkeep
from api.rules.backups import LEFT_OUT
from shared.errors import Unavailable
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


DAY = 86400


def called(service: Service, days: int) -> str:
    """What a backup from so many days ago is called."""
    return f"wren-{datetime.fromtimestamp(service.clock.now, UTC).date() - timedelta(days)}.age"


def into(service: Service, place: Path, *others: str, days: int = 0) -> backup.Told:
    """A backup into a directory with these in it, `days` later."""
    place.mkdir(exist_ok=True)
    for one in others:
        (place / one).write_text("age-encryption.org/v1\nearlier")
    service.clock.now += DAY * days
    database = places.backing_up(service)
    try:
        return backup.back_up(database, places.secret_file(place.parent), place)
    finally:
        database.engine.dispose()


def names(place: Path) -> set[str]:
    """What is in a directory, but for what says which have all files."""
    return {one.name for one in place.iterdir() if one.suffix != ".files"}


def test_older_ones_go(service: Service, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    into(service, place)
    others = {"wren.age", "notes.txt", f"x-{called(service, 90)}"}
    days = (30, 29, 1)
    earlier = [called(service, one) for one in days]
    first = called(service, 0)
    told = into(service, place, *others, *earlier, f".{called(service, 40)}.part", days=1)
    assert (told.old, told.kept, told.ahead) == (1, 0, 0)
    assert names(place) == {*others, *earlier[1:], first, called(service, 0)}
    assert told.out.read_bytes().startswith(b"age-")


def test_none_goes_by_a_clock_that_jumped(service: Service, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    into(service, place)
    earlier = {called(service, one) for one in (0, 1, 20)}
    for _ in range(2):  # nor by the second run of that day
        told = into(service, place, *earlier, days=0 if _ else 1000)
        assert (told.old, told.kept) == (0, 3)
        assert names(place) >= earlier
    wrong = called(service, 0)
    told = into(service, place, days=-999)
    assert (told.old, told.kept, told.ahead) == (0, 0, 1)
    assert names(place) == {*earlier, wrong, called(service, 0)}
    # What should go after a long pause goes once two days agree.
    told = into(service, place, days=60)
    assert (told.old, told.kept) == (0, 4)
    told = into(service, place, days=1)
    assert (told.old, told.kept) == (4, 0)


def test_older_ones_go_though_none_can_be_made(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may be what fills the disk. The newest stays: it is all that there is."""
    place = tmp_path / "backups"
    into(service, place)
    newest, older = called(service, 0), called(service, 3)
    (place / older).write_text("earlier")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(archive, "write", full)
        for _ in range(6):
            with pytest.raises(OSError, match="No space"):
                into(service, place, days=7)
    assert names(place) == {newest}
    told = into(service, place, days=7)
    assert told.old == 1
    assert names(place) == {called(service, 0)}


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
    kept = vault.of(service.database.config)
    (lost, *_), *_ = kept.held()
    send(clients.reporter(service, service.open_case()[1]), some(10))
    kept.delete_case(lost)
    database = places.backing_up(service)
    told = backup.back_up(database, places.secret_file(tmp_path), tmp_path / "out.age")
    database.engine.dispose()
    assert (told.chunks, told.gone, told.missing) == (1, 0, 1)


def test_an_attachment_that_cannot_be_read(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that gives errors for one file keeps no backup from being made."""
    tokens = [service.open_case()[1] for _ in range(3)]
    sent = [send(clients.reporter(service, one), some(150_000)) for one in tokens]
    real, whole = os.pread, {sent[1].id, sent[2].id}
    kept = vault.of(service.database.config)
    (spoilt,) = Path(vault_place(service.database.config)).glob(f"*/{sent[0].id.hex}")
    inode = spoilt.stat().st_ino

    def fails(file: int, size: int, at: int) -> bytes:
        if os.fstat(file).st_ino == inode:
            raise OSError(5, "Input/output error")
        return real(file, size, at)

    database = places.backing_up(service)
    vault.at.cache_clear()  # what this process has read of it
    with monkeypatch.context() as patched:
        patched.setattr(os, "pread", fails)
        told = backup.back_up(database, places.secret_file(tmp_path), tmp_path / "out.age")
        findings = [said for good, said in upkeep.vault_fits(database, thorough=True) if not good]
    found = places.entries(told.out)
    assert (told.missing, told.gone, len(whole)) == (1, 0, 2)
    assert told.chunks == sent[1].chunks + sent[2].chunks
    assert {place[1] for name, _ in found if (place := archive.chunk_of(name))} == whole
    assert findings == ["The vault lacks parts of 1 attachments."]

    # The vault as a whole is away: that is no backup.
    def away(*_: object) -> bytes:
        raise Unavailable

    with monkeypatch.context() as patched:
        patched.setattr(type(kept), "get", away)
        patched.setattr(type(kept), "look", away)
        with pytest.raises(Unavailable):
            backup.back_up(database, places.secret_file(tmp_path), tmp_path / "none.age")
    database.engine.dispose()
    assert not (tmp_path / "none.age").exists()
