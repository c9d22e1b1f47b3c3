"""A vault that is away, or lost, takes no good backup with it; one that is read-only is read."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, delete, select, update

from api import archive, backup, backup_directory, config, vault
from api.config import ConfigError, vault_place
from api.models.attachment import Attachment
from api.models.base import Database
from api.models.outbox import Chore
from api.rules import upkeep
from api.vault_disk import RECORD, DiskVault
from shared.errors import Unavailable
from tests.api import clients
from tests.api.attaching import attached, send, some
from tests.backup import places
from tests.backup.test_damaged import wren
from tests.service import Service

DAY = 86400


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service on SQLite."""
    with request.getfixturevalue("sqlite_standing").lent() as made:
        yield made
        made.empty_vault()


@pytest.fixture(autouse=True)
def token(service: Service) -> str:
    """The words of the case."""
    return report(service)


def report(service: Service) -> str:
    """A case with a file of two chunks: its words."""
    _, words = service.open_case()
    send(clients.reporter(service, words), some(100_000))
    return words


def root(service: Service) -> Path:
    """Where the vault lies."""
    return Path(vault_place(service.database.config))


def nightly(service: Service, place: Path, days: int = 1, bare: bool = False) -> backup.Told:
    """The backup of so many days later."""
    if place.suffix != ".age":
        place.mkdir(exist_ok=True)
    service.clock.now += DAY * days
    database = places.backing_up(service)
    vault.at.cache_clear()  # each night it is another process
    try:
        secret = places.secret_file(place.parent)
        return backup.back_up(database, secret, place, without_files=bare)
    finally:
        database.engine.dispose()


def day(service: Service) -> str:
    """What today's is called."""
    return f"wren-{datetime.fromtimestamp(service.clock.now, UTC).date()}.age"


def names(place: Path) -> set[str]:
    """The backups in a directory; what says which have all files is beside none else."""
    found = {one.name for one in place.glob("*.age")}
    assert {one.stem for one in place.glob("*.files*")} <= found
    return found


@pytest.mark.parametrize("how", ["moved away", "not mounted"])
def test_no_backup_is_made(service: Service, tmp_path: Path, how: str) -> None:
    place, kept = tmp_path / "backups", root(service)
    nightly(service, place)
    whole = day(service)
    kept.rename(tmp_path / "elsewhere")
    if how == "not mounted":
        kept.mkdir()
    for _ in range(6):
        with pytest.raises(Unavailable, match="No file can be read from the vault"):
            nightly(service, place, 7)
    assert names(place) == {whole}
    if kept.exists():
        kept.rmdir()
    (tmp_path / "elsewhere").rename(kept)
    assert nightly(service, place).chunks == 2
    assert names(place) == {day(service)}


def test_all_files_that_there_are_may_be_damaged(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A young service has one: the rows are backed up each night all the same."""
    place = tmp_path / "backups"
    nightly(service, place)
    whole = day(service)
    (one,) = root(service).glob("*/*")
    spoilt = bytearray(one.read_bytes())
    for at in range(100, len(spoilt), RECORD):
        spoilt[at] ^= 1
    one.write_bytes(spoilt)
    for _ in range(6):
        told = nightly(service, place, 7)
        assert (told.chunks, told.missing, told.rows["cases"]) == (0, 1, 1)
        assert backup_directory.has(told.out) == backup_directory.SOME
    assert names(place) >= {whole, day(service)}
    # Nor where the case's directory can't be looked into: something is there.
    monkeypatch.setattr(DiskVault, "held", lambda _: denied())
    assert nightly(service, place).missing == 1


def denied() -> Iterator[tuple[UUID, UUID, int]]:
    """What a vault holds where a directory in it is another's."""
    raise PermissionError(errno.EACCES, "Permission denied")
    yield


def test_doctor_says_how_to_go_on_without_a_vault(service: Service, tmp_path: Path) -> None:
    """It is empty, and looks like one that is not mounted."""
    shutil.rmtree(root(service))
    root(service).mkdir()
    for no in range(2):
        said = " ".join(said for good, said in upkeep.vault_fits(service.database) if not good)
        assert "The vault lacks parts of 1 attachments." in said
        assert ("no backup is made" in said, "--without-files" in said) == (not no, not no)
        report(service)
    assert nightly(service, tmp_path / "backups").missing == 1, "something is in it by now"


def test_the_last_that_has_all_files_stays(service: Service, token: str, tmp_path: Path) -> None:
    """The vault is lost, but for what came since."""
    place = tmp_path / "backups"
    nightly(service, place)
    nightly(service, place, 3)
    whole = day(service)
    shutil.rmtree(root(service))
    report(service)
    for _ in range(6):
        told = nightly(service, place, 7)
        assert (told.chunks, told.missing) == (2, 1)
    assert (told.old, told.kept, [f"wren-{one}.age" for one in told.spared]) == (1, 0, [whole])
    assert names(place) >= {whole, day(service)}
    assert len(names(place)) == 6, "others go"
    chunks = [one for one, _ in places.entries(place / whole) if archive.chunk_of(one)]
    assert len(chunks) == 2
    # Once there is another, it goes: the case whose file is lost is withdrawn.
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    told = nightly(service, place, 7)
    assert (told.missing, told.spared) == (0, [])
    assert whole not in names(place)


def test_those_from_before_it_was_told(service: Service, tmp_path: Path) -> None:
    """Made by a version that did not: any may be the last with all files, until one is told."""
    place = tmp_path / "backups"
    for _ in range(3):
        nightly(service, place)
    before = names(place)
    for one in place.glob("*.files"):
        one.unlink()
    kept = root(service)
    kept.rename(tmp_path / "elsewhere")
    words = report(service)
    for _ in range(6):
        told = nightly(service, place, 7)
    assert names(place) >= before
    assert len(told.spared) == 3
    assert len(names(place)) == 3 + 5, "but those go that lack files"
    assert service.call("DELETE", "/case", bearer=service.reporter(words)).status_code == 200
    shutil.rmtree(kept)
    (tmp_path / "elsewhere").rename(kept)
    told = nightly(service, place)
    assert (told.missing, told.spared, before & names(place)) == (0, [], set())


@pytest.mark.parametrize("what", ["restored", "made elsewhere by hand"])
def test_it_stays_whatever_else_is_done(service: Service, tmp_path: Path, what: str) -> None:
    """A restore forgets what was done each day; what lies elsewhere may be gone tomorrow."""
    place = tmp_path / "backups"
    nightly(service, place)
    nightly(service, place)
    whole = day(service)
    if what == "restored":
        service.database.write(lambda db: db.execute(delete(Chore)))
    else:
        nightly(service, tmp_path / "by hand", 1)
    shutil.rmtree(root(service))
    report(service)
    for _ in range(6):
        told = nightly(service, place, 7)
    assert [f"wren-{one}.age" for one in told.spared] == [whole]
    assert whole in names(place)
    assert len(names(place)) == 5 + 1


def test_one_without_files(service: Service, tmp_path: Path) -> None:
    """Asked for by name, it is made, and takes no other with it."""
    place = tmp_path / "backups"
    nightly(service, place)
    whole = day(service)
    shutil.rmtree(root(service))
    for _ in range(6):
        told = nightly(service, place, 7, bare=True)
    assert (told.chunks, told.missing, told.rows["cases"]) == (0, 1, 1)
    assert names(place) >= {whole, day(service)}


def test_none_takes_the_place_of_one_that_has_more(service: Service, tmp_path: Path) -> None:
    """On the same day."""
    place = tmp_path / "backups"
    nightly(service, place)
    before = (place / day(service)).read_bytes()
    shutil.rmtree(root(service))
    report(service)
    with pytest.raises(ConfigError, match="may have all files, and stays"):
        nightly(service, place, 0)
    assert (place / day(service)).read_bytes() == before
    # Of the next day it is one beside it.
    assert nightly(service, place).missing == 1
    assert nightly(service, place, 0).missing == 1


def test_a_file_that_has_more_is_set_aside(
    service: Service, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that there is a new one each night all the same."""
    secret, file = places.secret_file(tmp_path), tmp_path / "one.age"
    monkeypatch.setattr(config, "secret_file", lambda: secret)
    out = ("backup", "--out", str(file))
    assert wren(service, monkeypatch, *out)[0] == 0
    aside, first = tmp_path / "one.before.age", file.read_bytes()
    shutil.rmtree(root(service))
    report(service)
    aside.write_text("Dear Sirs")
    code, said = wren(service, monkeypatch, *out)
    assert (code, "may have all files, and stays" in " ".join(said.split())) == (1, True)
    assert (file.read_bytes(), aside.read_text()) == (first, "Dear Sirs")
    aside.unlink()
    seen = {first}
    for _ in range(2):
        code, said = wren(service, monkeypatch, *out)
        assert (code, "one.before.age stays until there is one" in said) == (1, True), said
        assert aside.read_bytes() == first
        seen.add(file.read_bytes())
    assert len(seen) == 3
    # Once there is another that has all, it goes.
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    code, said = wren(service, monkeypatch, *out)
    assert (code, "Deleted: 1 older backups." in said, aside.exists()) == (0, True, False), said


def test_a_file_that_is_called_as_a_nights(service: Service, token: str, tmp_path: Path) -> None:
    """What is said beside it is of what is there now, so that the one before it stays."""
    place = tmp_path / "backups"
    nightly(service, place)
    whole = place / day(service)
    nightly(service, place)
    again = place / day(service)
    shutil.rmtree(root(service))
    report(service)
    assert nightly(service, again, 0).missing == 1
    assert backup_directory.has(again) == backup_directory.SOME
    for _ in range(6):
        nightly(service, place, 7)
    assert whole.exists()
    # And what has all files is one that the others may go by.
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).status_code == 200
    assert nightly(service, place / day(service), 0).missing == 0
    assert backup_directory.has(place / day(service)) == backup_directory.ALL
    # Beside others nothing is said.
    nightly(service, tmp_path / "one.age", 0)
    assert not list(tmp_path.glob("*.files"))


def test_a_disk_that_is_read_only(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are read from it: the system's error stands in for every opening to write."""
    real, kept = os.open, root(service)

    def opens(path: Path, flags: int, *more: int, **others: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY) and Path(path).is_relative_to(kept):
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return real(path, flags, *more, **others)

    monkeypatch.setattr(os, "open", opens)
    told = nightly(service, tmp_path / "backups")
    assert (told.chunks, told.missing) == (2, 0)
    disk = vault.of(service.database.config)
    case_id, one, _ = next(disk.held())
    assert disk.have(case_id, one) == {0, 1}
    with pytest.raises(Unavailable):
        disk.put(case_id, one, 2, b"more")


def test_what_was_still_coming_lacks_nothing(service: Service, tmp_path: Path) -> None:
    """An upload that ends between the snapshot and the look at the vault."""
    mine = clients.reporter(service, service.open_case()[1])
    attached(mine, some(10))
    with service.database.read() as db:
        (one,) = db.scalars(select(Attachment).where(Attachment.message_id.is_(None)))
    one_id, case_id = one.id, one.case_id

    def set_whole(whole: bool) -> None:
        change = update(Attachment).where(Attachment.id == one_id).values(whole=whole)
        service.database.write(lambda db: db.execute(change))

    set_whole(False)
    vault.of(service.database.config).delete(case_id, one_id)
    told = backup.Told(tmp_path / "x")
    database = places.backing_up(service)
    for name, _ in backup._entries(
        database, places.secret_file(tmp_path), datetime.now(UTC).date(), told
    ):
        if name.startswith("vault/"):
            set_whole(True)
    database.engine.dispose()
    assert (told.chunks, told.missing, told.gone) == (2, 0, 0)


def test_the_secret_is_that_from_before_the_rows(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It changes as the rows begin to be read, whose values that other does not open."""
    secret, real = places.secret_file(tmp_path), backup._snapshot
    before = secret.read_bytes()

    @contextmanager
    def later(database: Database) -> Iterator[Connection]:
        with real(database) as connection:
            secret.write_bytes(b"another\n")
            yield connection

    monkeypatch.setattr(backup, "_snapshot", later)
    told, database = backup.Told(tmp_path / "x"), places.backing_up(service)
    found = dict(backup._entries(database, secret, datetime.now(UTC).date(), told))
    database.engine.dispose()
    assert found[archive.SECRET] == before


def test_where_it_is_written_to(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = places.secret_file(tmp_path)
    monkeypatch.setattr(config, "secret_file", lambda: secret)
    there = tmp_path / "letter.age"
    there.write_text("Dear Sirs")
    for out, said in (
        (tmp_path / "backup", "is no directory. Make it, or give a file that ends with .age."),
        (there, "is there already, and no backup. Take it away first."),
    ):
        code, told = wren(service, monkeypatch, "backup", "--out", str(out))
        assert (code, said in " ".join(told.split())) == (1, True), told
    assert not (tmp_path / "backup").exists()
    assert there.read_text() == "Dear Sirs"
    for _ in range(2):
        code, told = wren(service, monkeypatch, "backup", "--out", str(tmp_path / "one.age"))
        assert code == 0, told


def test_what_the_command_says(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, place = places.secret_file(tmp_path), tmp_path / "backups"
    monkeypatch.setattr(config, "secret_file", lambda: secret)
    nightly(service, place)
    whole = day(service)
    shutil.rmtree(root(service))
    out = ("backup", "--out", str(place))
    service.clock.now += DAY
    code, said = wren(service, monkeypatch, *out)
    assert (code, "--without-files" in said, "mounted" in said) == (1, True, True)
    assert names(place) == {whole}
    service.clock.now += 31 * DAY
    code, said = wren(service, monkeypatch, *out, "--without-files")
    assert (code, "It lacks the files: 1 attachments." in said) == (1, True)
    assert f"The backup of {whole[5:15]} stays, longer than reporters are told" in said
