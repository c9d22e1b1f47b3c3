"""What was withdrawn or deleted after a backup does not come back by restoring it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from api import backup, backup_directory, cli, config, vault
from api.config import Config, ConfigError, vault_place
from api.models.deletion import DeletedCase
from api.rules import backups, deletions, upkeep
from api.vault_disk import LIST, DiskVault
from api.worker import Worker
from shared.errors import Unavailable
from tests.api import clients
from tests.api.attaching import send, some
from tests.api.handling import change, change_settings
from tests.backup import places
from tests.service import SECRET, Service
from tests.worker.test_retention import after, closed


def withdraw(service: Service, token: str) -> date:
    """Until when a backup may hold it, as the reporter is told."""
    answer = service.call("DELETE", "/case", bearer=service.reporter(token))
    assert answer.get_json()["deleted"] is True
    return date.fromisoformat(answer.get_json()["backups_until"])


def listed(service: Service) -> dict[bytes, date]:
    """What the list in the vault says."""
    return deletions.read(vault.of(service.database.config).listed())


def stored(service: Service) -> dict[bytes, date]:
    """What the database says."""
    with service.database.read() as db:
        return {row.hash: row.until for row in db.scalars(select(DeletedCase))}


def today(service: Service) -> date:
    """The day it is for the organisation: in London, where tests run."""
    return date.fromtimestamp(service.clock.now)


def backups_day(service: Service) -> date:
    """The same for backups, whose days are UTC's."""
    return datetime.fromtimestamp(service.clock.now, UTC).date()


def test_it_works(service: Service, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    kept, words = service.open_case()
    _, token = service.open_case()
    for one in (words, token):
        send(clients.reporter(service, one), some(70_000))
    file = places.backed_up(service, tmp_path)
    until = withdraw(service, token)
    assert set(listed(service).values()) == set(stored(service).values()) == {until}
    # The database is lost, the vault is not.
    place = tmp_path / "restored" / "vault"
    place.parent.mkdir()
    shutil.copytree(vault_place(service.database.config), place)
    url = places.nowhere(request, "sqlite", tmp_path)
    told = places.restored(file, url, tmp_path)
    assert (told.deleted, told.listed) == (1, True)
    made = places.service_at(url, tmp_path, service.handlers)
    assert made.post("/sessions", {"token": token}).status_code == 401
    assert made.reporter(words)
    assert len(list(place.glob("*/*"))) == 1, "nor are its files"
    items = made.get("/cases", made.handler()).get_json()["items"]
    assert [one["reference"] for one in items] == [kept]
    assert stored(made) == stored(service)
    made.close()


def test_a_copy_of_the_list_serves_too(
    service: Service, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    _, token = service.open_case()
    file = places.backed_up(service, tmp_path)
    withdraw(service, token)
    copy = vault.of(service.database.config).listed()
    for given, status in ((copy, 401), (b"", 201), (None, 201)):
        url = places.nowhere(request, "sqlite", tmp_path)
        told = places.restored(file, url, tmp_path, deleted=given)
        assert (told.deleted, told.listed) == (status == 401, given is not None)
        made = places.service_at(url, tmp_path, service.handlers)
        # Without the list it is there again: docs/backup.md says so.
        assert made.post("/sessions", {"token": token}).status_code == status
        made.close()
        shutil.rmtree(tmp_path / "restored")


@pytest.mark.parametrize("given", [True, False])
def test_whether_there_was_a_list_is_told(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: bool
) -> None:
    """What may be back is never told as nothing."""
    secret = tmp_path / "restored" / "secret"
    _, token = service.open_case()
    file, copy = places.backed_up(service, tmp_path), tmp_path / "deleted"
    withdraw(service, token)
    copy.write_bytes(vault.of(service.database.config).listed())
    url = f"sqlite:///{tmp_path / 'restored' / 'wren.db'}"
    settings = Config(url, SECRET, vault=str(tmp_path / "restored" / "vault"))
    for name, value in {"from_env": settings, "database_url": url, "secret_file": secret}.items():
        monkeypatch.setattr(config, name, lambda value=value: value)
    words = ["restore", str(file), "--identity", str(places.key_file(tmp_path))]
    done = CliRunner().invoke(cli.main, [*words, "--deleted", str(copy)] if given else words)
    assert done.exit_code == 0, done.output
    assert ("not brought back: 1 cases." in done.output) is given
    assert ("No list of deleted cases was found" in done.output) is not given


def test_what_went_after_its_period(service: Service) -> None:
    closed(service)
    after(service)
    after(service, 30)
    assert list(stored(service).values()) == [today(service) + timedelta(30)]
    assert listed(service) == stored(service)


def test_what_went_when_a_hold_was_lifted(service: Service) -> None:
    reference, token = service.open_case()
    change(service, reference, legal_hold={"reason": "An invented claim."})
    answer = service.call("DELETE", "/case", bearer=service.reporter(token)).get_json()
    assert (answer["held"], stored(service), listed(service)) == (True, {}, {})
    assert change(service, reference, legal_hold=None)["deleted"] is True
    assert len(stored(service)) == len(listed(service)) == 1


def test_the_same_words_used_anew_are_not_deleted(
    service: Service, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    body, token = service.report()
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    withdraw(service, token)
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    file = places.backed_up(service, tmp_path)
    url = places.nowhere(request, "sqlite", tmp_path)
    lists = vault.of(service.database.config).listed()
    assert places.restored(file, url, tmp_path, deleted=lists).deleted == 0
    shutil.rmtree(tmp_path / "restored")
    # Withdrawn again, be it on the same day, it goes.
    until = withdraw(service, token)
    assert until == today(service) + timedelta(30), "what is told does not grow"
    assert listed(service) == stored(service)
    lists = vault.of(service.database.config).listed()
    assert places.restored(file, url, tmp_path, deleted=lists).deleted == 1


def test_backups_are_kept_for_less_by_then(
    service: Service, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The first withdrawal has the later day: the second is told from it all the same."""
    change_settings(service, backup_days=40)
    body, token = service.report()
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    withdraw(service, token)
    assert service.post("/organisations/eeast/cases", body).status_code == 201
    file = places.backed_up(service, tmp_path)
    change_settings(service, backup_days=7)
    withdraw(service, token)
    lists = vault.of(service.database.config).listed()
    url = places.nowhere(request, "sqlite", tmp_path)
    assert places.restored(file, url, tmp_path, deleted=lists).deleted == 1


@pytest.mark.parametrize("other", [b"another file\n", b"\xff\xfe", b"AAAA 2026-01-02\n"])
def test_a_file_that_is_no_list(
    service: Service, request: pytest.FixtureRequest, tmp_path: Path, other: bytes
) -> None:
    service.open_case()
    file, url = places.backed_up(service, tmp_path), places.nowhere(request, "sqlite", tmp_path)
    with pytest.raises(ConfigError, match="no list of deleted cases"):
        places.restored(file, url, tmp_path, deleted=other)
    assert not (tmp_path / "restored").exists()
    assert places.restored(file, url, tmp_path, deleted=b"\n").deleted == 0


def test_a_clock_that_is_ahead_takes_nothing_out(service: Service) -> None:
    """Nor does the one that comes back; what is over goes once two days agree."""
    worker = Worker(service.database, ())
    worker.run_once()
    _, token = service.open_case()
    until = withdraw(service, token)
    held = stored(service)
    for days in (1000, -999):
        service.clock.now += days * 86400
        worker.run_once()
        assert stored(service) == listed(service) == held
    # A case that goes while it is ahead takes no other out of the list either.
    _, another = service.open_case()
    service.clock.now += 1000 * 86400
    withdraw(service, another)
    assert listed(service).keys() > held.keys()
    service.clock.now -= 1000 * 86400
    service.clock.now += ((until - today(service)).days + 1) * 86400
    worker.run_once()
    assert held.items() <= listed(service).items(), "it was the first run for weeks"
    service.clock.now += 86400
    worker.run_once()
    assert not held.keys() & (listed(service).keys() | stored(service).keys())


def test_the_list_says_no_more_than_it_must(service: Service) -> None:
    tokens = [service.open_case()[1] for _ in range(5)]
    for one in tokens:
        withdraw(service, one)
    text = vault.of(service.database.config).listed()
    lines = text.decode().splitlines()
    assert len(lines) == 5
    hashes = list(listed(service))
    assert hashes == sorted(hashes), "not in the order in which they went"
    place = Path(vault_place(service.database.config))
    assert (place / LIST).stat().st_mode & 0o077 == 0
    assert (place / LIST).stat().st_mtime % 86400 == 0


def test_it_goes_once_no_backup_holds_it(service: Service) -> None:
    _, token = service.open_case()
    until = withdraw(service, token)
    service.clock.now += (until - backups_day(service)).days * 86400
    Worker(service.database, ()).run_once()
    assert len(stored(service)) == len(listed(service)) == 1
    service.clock.now += 86400
    Worker(service.database, ()).run_once()
    assert stored(service) == listed(service) == {}


@pytest.mark.parametrize("how", ["into a directory", "to a file", "none is made any more"])
def test_it_stays_while_a_backup_does(service: Service, tmp_path: Path, how: str) -> None:
    """The last that has all files is kept for longer: what was withdrawn since stays away."""
    _, token = service.open_case()
    send(clients.reporter(service, service.open_case()[1]), some(10))
    kept = vault.of(service.database.config)
    place = tmp_path / "backups"
    place.mkdir()
    out = place / "one.age" if how == "to a file" else place
    database = places.backing_up(service)
    worker = Worker(database, ())

    def night(backup_too: bool = True, days: int = 1) -> None:
        service.clock.now += days * 86400
        vault.at.cache_clear()
        if backup_too:
            backup.back_up(database, places.secret_file(tmp_path), out)
        worker.run_once()

    night()
    first = next(place.glob("*.age"))
    os.utime(first, (service.clock.now, service.clock.now))
    night(how == "into a directory")
    withdraw(service, token)
    for case_id, one, _ in list(kept.held()):
        kept.delete(case_id, one)
    send(clients.reporter(service, service.open_case()[1]), some(10))
    for days in (7, 7, 7, 7, 7, 1, 1):
        night(how != "none is made any more", days)
    held = stored(service)
    assert (len(held), listed(service)) == (1, held)
    with database.read() as db:
        said = [text for _, text in upkeep.old_backups(db, 2)]
    assert ("is kept, longer than reporters are told" in "".join(said)) is (
        how != "none is made any more"
    )
    # It goes by hand, or once there is another.
    for one in place.glob("*.age"):
        one.unlink()
    for _ in range(2):
        night()
    assert (stored(service), listed(service)) == ({}, {})
    database.engine.dispose()


@pytest.mark.parametrize(("before", "then"), [(5, 12), (12, 5)])
def test_backups_are_kept_for_another_time_by_now(
    service: Service, tmp_path: Path, before: int, then: int
) -> None:
    """What was withdrawn stays in the list for as long as any backup is there that has it."""
    mine, place = places.backing_up(service), tmp_path / "backups"
    settings, worker, stayed = (mine.config, service.database.config), Worker(mine, ()), 0
    place.mkdir()

    def keep_for(days: int) -> None:
        change_settings(service, backup_days=days)
        for one in settings:
            object.__setattr__(one, "backup_days", days)

    try:
        keep_for(before)
        _, token = service.open_case()
        for night in range(1, 23):
            backup.back_up(mine, places.secret_file(tmp_path), place)
            worker.run_once()
            if night == 2:
                until, withdrawn = withdraw(service, token), today(service)
                assert until == withdrawn + timedelta(before)
                keep_for(then)
            elif night > 2 and min(backup_directory.of_days(place))[0] <= withdrawn:
                stayed += 1
                assert (list(stored(service).values()), listed(service)) == (
                    [until], stored(service)
                ), night  # fmt: skip
            service.clock.now += 86400
        assert stayed >= then - 1, "the case was in backups"
        assert (stored(service), listed(service)) == ({}, {})
    finally:
        mine.engine.dispose()
        object.__setattr__(service.database.config, "backup_days", 0)


@pytest.mark.parametrize("how", ["over midnight", "copied without its date", "copied later"])
def test_the_day_of_one_that_is_set_aside(service: Service, tmp_path: Path, how: str) -> None:
    """Its file's date is that of its end, or of a copy: it has what was there before."""
    send(clients.reporter(service, service.open_case()[1]), some(10))
    mine, file = places.backing_up(service), tmp_path / "one.age"
    kept, made = vault.of(service.database.config), backups_day(service)

    def night(days: int) -> None:
        service.clock.now += days * 86400
        vault.at.cache_clear()
        backup.back_up(mine, places.secret_file(tmp_path), file)

    def dated(one: Path, days: int) -> None:
        then = service.clock.now + days * 86400
        os.utime(one, (then, then))

    night(0)
    if how == "over midnight":
        service.clock.now += 86400
        dated(file, 0)
        mine.write(backups.note)
    elif how == "copied without its date":
        dated(file, 9)
    for case_id, one, _ in list(kept.held()):
        kept.delete(case_id, one)
    send(clients.reporter(service, service.open_case()[1]), some(10))
    night(9)
    if how == "copied later":
        dated(tmp_path / "one.before.age", 9)
        night(9)
    with service.database.read() as db:
        found = backups.oldest(db)
    mine.engine.dispose()
    assert found in (made - timedelta(1), made)


def test_a_line_stays_until_it_is_known_which_backups_there_are(service: Service) -> None:
    """After a restore the days of backups are forgotten."""
    _, token = service.open_case()
    withdraw(service, token)
    database = places.backing_up(service)
    worker = Worker(database, ())
    for days in (38, 1, 1):
        service.clock.now += days * 86400
        worker.run_once()
    assert len(stored(service)) == 1
    service.database.write(backups.note)
    service.clock.now += 86400
    worker.run_once()
    assert stored(service) == {}
    database.engine.dispose()


def test_a_vault_that_is_away_is_told_later(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable

    _, token = service.open_case()
    with monkeypatch.context() as patched:
        patched.setattr(DiskVault, "change_list", away)
        withdraw(service, token)
    assert (len(stored(service)), listed(service)) == (1, {})
    Worker(service.database, ()).run_once()
    assert listed(service) == stored(service)


@pytest.mark.parametrize(("own", "wren", "days"), [(7, 0, 7), (7, 30, 30), (40, 30, 40)])
def test_the_longer_time_is_told(service: Service, own: int, wren: int, days: int) -> None:
    object.__setattr__(service.database.config, "backup_days", wren)
    try:
        change_settings(service, backup_days=own)
        _, token = service.open_case()
        assert withdraw(service, token) == today(service) + timedelta(days)
    finally:
        object.__setattr__(service.database.config, "backup_days", 0)


def test_lines_that_are_none_are_passed_over() -> None:
    assert deletions.read(b"\xff\xfe x\n\nabc\nAAAA 2026-13-01\nAA== 2026-01-01\n") == {}
    one = b"AAAA 2026-01-02\nAAAA 2026-01-03\nAAAA 2026-01-01\n"
    assert deletions.read(one) == {bytes(3): date(2026, 1, 3)}
