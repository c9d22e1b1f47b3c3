"""`wren doctor`: what is missing, belongs to nothing, is dated wrongly, is set openly or was not
done. Each is caused, and found."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyrage
import pytest
from sqlalchemy import select

from api import deployment_secret, doctor, doctor_settings, vault
from api.config import Config, Mail
from api.deployment_secret import Secrets
from api.models.attachment import Attachment
from api.rules import backups, heartbeats, upkeep
from api.vault_disk import RECORD
from shared.sealing.encoding import b64
from shared.sealing.stream import SEALED_CHUNK
from tests.cli.case_files import told
from tests.cli.conftest import Deployment
from tests.cli.test_doctor import change, examined
from tests.cli.test_doctor import read as findings
from tests.service import SECRET, Service
from tests.template import Template

RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())


@pytest.fixture(scope="module")
def with_a_picture(sqlite_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a case that has a picture, that tests get copies of."""
    place = tmp_path_factory.mktemp("filled")
    shutil.copy(sqlite_template[0].removeprefix("sqlite:///"), place / "wren.db")
    (place / "secret").write_text(b64(SECRET) + "\n")
    service = Service(f"sqlite:///{place / 'wren.db'}", sqlite_template[1])
    told(service)
    service.close()
    return place


def today() -> date:
    """Asked for in each test: a midnight may have passed since they were collected."""
    return datetime.now(UTC).date()


@pytest.fixture
def filled(deployment: Deployment, with_a_picture: Path) -> Deployment:
    """A deployment with a case that has a picture, and with all its desks."""
    shutil.copytree(with_a_picture, deployment.place, dirs_exist_ok=True)
    deployment.place.chmod(0o700)
    change(deployment, "DELETE FROM desks WHERE organisation_id = 2 AND slug = 'senior-manager'")
    for one in deployment.place.iterdir():
        one.chmod(0o700 if one.is_dir() else 0o600)
    return deployment


def only_file(deployment: Deployment) -> Path:
    """The file of the only attachment."""
    (found,) = (one for one in (deployment.place / "wren.vault").glob("*/*") if one.is_file())
    vault.at.cache_clear()  # what this process has read of it
    return found


def test_all_is_well(filled: Deployment) -> None:
    code, good, wrong = examined(filled)
    assert (code, wrong) == (0, [])
    for said in (
        "The vault has all of 1 attachments.",
        "The vault has no file that no case names.",
        "Rows fit together.",
        "No case lacks a message.",
        f"The clock fits what is stored: {today()}.",
        "Nothing that is done daily is late.",
    ):
        assert said in good


def test_it_changes_nothing(filled: Deployment) -> None:
    before = {one: one.read_bytes() for one in filled.place.rglob("*") if one.is_file()}
    examined(filled)
    after = {one: one.read_bytes() for one in filled.place.rglob("*") if one.is_file()}
    wal = {one for one in {*before, *after} if one.name.startswith("wren.db-")}
    assert {one: after.get(one) for one in before if one not in wal} == {
        one: data for one, data in before.items() if one not in wal
    }


def shorten(deployment: Deployment) -> None:
    file = only_file(deployment)
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - RECORD)


def stray(deployment: Deployment) -> None:
    kept = vault.at(str(deployment.place / "wren.vault"))
    kept.put(uuid4(), uuid4(), 0, bytes(SEALED_CHUNK))


def without_checks(*statements: str) -> Callable[[Deployment], None]:
    return lambda one: change(one, "PRAGMA foreign_keys = OFF", *statements)


def widened(name: str, mode: int = 0o644) -> Callable[[Deployment], None]:
    return lambda one: (one.place / name).chmod(mode)


AHEAD = today() + timedelta(days=40)
PAST = today() - timedelta(days=9)
NOBODY = uuid4().hex

FAULTS: dict[str, tuple[Callable[[Deployment], None], str]] = {
    "a blob that is gone": (
        lambda one: only_file(one).unlink(),
        "The vault lacks parts of 1 attachments.",
    ),
    "a blob that is cut short": (shorten, "The vault lacks parts of 1 attachments."),
    "a blob that nobody names": (stray, "The vault has 1 files that no case names"),
    "a case whose rows went": (
        lambda one: change(one, "PRAGMA foreign_keys = ON", "DELETE FROM cases"),
        "The vault has 1 files that no case names",
    ),
    "rows without their case": (
        without_checks("UPDATE case_access SET case_id = hex(randomblob(16))"),
        "2 rows belong to nothing (case_access).",
    ),
    "an attachment without its message": (
        without_checks("UPDATE attachments SET message_id = hex(randomblob(16))"),
        "1 attachments hang on messages that are not there.",
    ),
    "a message that was taken out": (
        without_checks("DELETE FROM messages WHERE number = 1"),
        "0 cases have no message, 1 lack one between others.",
    ),
    "a case without messages": (
        without_checks("DELETE FROM messages"),
        "1 cases have no message, 0 lack one between others.",
    ),
    "a day that is to come": (
        lambda one: change(one, f"UPDATE cases SET opened_on = '{AHEAD}'"),
        f"A case is dated {AHEAD}: the clock was ahead, or is behind now.",
    ),
    "an audit that is to come": (
        lambda one: change(one, f"UPDATE audit SET day = '{AHEAD}'"),
        f"The audit is dated {AHEAD}: the clock was ahead, or is behind now.",
    ),
    "a daily work that is not done": (
        lambda one: change(one, f"INSERT INTO chores VALUES ('retention', '{PAST}')"),
        "Not done for 3 days: retention. Is a worker at work?",
    ),
    "a deletion that waits": (
        lambda one: change(
            one, f"INSERT INTO vault_leftovers VALUES ('{NOBODY}', '{NOBODY}', '{PAST}')"
        ),
        "1 deletions of attachments wait since before",
    ),
    "a closed case that stays": (
        lambda one: change(one, f"UPDATE cases SET goes_on = '{PAST}'"),
        "1 closed cases should have been deleted before",
    ),
    "the log of the database is open": (widened("wren.db-wal"), "wren.db-wal can be read by"),
    "the vault is open": (widened("wren.vault", 0o755), "The vault can be read by others"),
    "the directory can be written": (
        widened("", 0o770),
        "Others can replace secret: chmod go-w data",
    ),
    "a secret that is plain": (
        lambda one: rotated(one, Secrets(SECRET, next=bytes(32))),
        "The secret is not random. Change it: wren secret rotate",
    ),
    "a change of the secret that was left": (
        lambda one: rotated(one, Secrets(SECRET, before=bytes(range(9, 41)), since=PAST)),
        f"The secret is being changed since {PAST}: wren secret rotate",
    ),
}


def rotated(deployment: Deployment, secrets: Secrets) -> None:
    deployment_secret.write(deployment.place / "secret", secrets)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault(filled: Deployment, name: str) -> None:
    fault, sentence = FAULTS[name]
    if name.startswith("the log"):
        (filled.place / "wren.db-wal").touch(mode=0o600)
    fault(filled)
    code, _, wrong = examined(filled)
    assert code == 1
    assert any(one.startswith(sentence) for one in wrong), wrong


def test_a_chunk_that_is_damaged(filled: Deployment) -> None:
    """It has its length: only who reads it sees that."""
    file = only_file(filled)
    with file.open("r+b") as opened:
        opened.seek(RECORD // 2)
        opened.write(b"\0\1\2\3")
    assert examined(filled)[0] == 0
    vault.at.cache_clear()
    code, _, wrong = findings(filled.wren("doctor", "--thorough", "--backup-days", "0"))
    assert code == 1
    assert "The vault lacks parts of 1 attachments." in wrong


def test_an_upload_that_is_on_its_way_is_no_fault(filled: Deployment) -> None:
    only_file(filled).unlink()
    change(filled, "UPDATE attachments SET whole = 0, message_id = NULL")
    assert "The vault has all of 1 attachments." in examined(filled)[1]


def test_what_waits_to_be_deleted_is_no_fault(filled: Deployment, service: Service) -> None:
    with service.database.read() as db:
        case_id = db.scalars(select(Attachment.case_id)).one()
    change(
        filled,
        "PRAGMA foreign_keys = ON",
        "DELETE FROM cases",
        f"INSERT INTO vault_leftovers VALUES ('{case_id.hex}', '{'0' * 32}', '{today()}')",
    )
    assert "The vault has no file that no case names." in examined(filled)[1]


def test_backups(filled: Deployment, service: Service) -> None:
    def said(**settings: str) -> tuple[list[str], list[str]]:
        _, good, wrong = findings(filled.wren("doctor", **settings))
        return [one for one in good if "backup" in one], [one for one in wrong if "backup" in one]

    assert said() == (
        [],
        ["No backups are made: WREN_BACKUP_TO is not set. Run: wren backup-key"],
    )
    to = {"BACKUP_TO": RECIPIENT}
    assert said(**to) == ([], ["No backup was made yet. Run: wren backup"])
    service.database.write(backups.note)
    assert said(**to) == ([f"The last backup was made on {today()}."], [])
    late = today() - timedelta(days=3)
    change(filled, f"UPDATE chores SET day = '{late}' WHERE name = 'backup'")
    assert said(**to) == (
        [],
        [f"The last backup was made on {late}, 3 days ago. Run: wren backup"],
    )
    _, good, _ = findings(filled.wren("doctor", "--backup-days", "3", BACKUP_TO=RECIPIENT))
    assert f"The last backup was made on {late}." in good
    kept = today() - timedelta(days=33)
    for day, says in ((kept, True), (kept + timedelta(days=1), False)):
        change(
            filled,
            f"DELETE FROM chores WHERE name = '{backups.KEPT}x'",
            f"INSERT INTO chores VALUES ('{backups.KEPT}x', '{day}')",
        )
        wrong = " ".join(said(**to)[1])
        assert (f"A backup of {day} is kept, longer than reporters are told." in wrong) is says


NEVER = "What is done daily was never done here. Is a worker at work?"


@pytest.mark.parametrize(
    "made_old",
    ["UPDATE audit SET day = '{day}' WHERE number = 1", "UPDATE cases SET opened_on = '{day}'"],
)
def test_no_worker_ever_ran(filled: Deployment, service: Service, made_old: str) -> None:
    """Even where every day has new acts: what is in use for days must have been looked after."""
    change(filled, "DELETE FROM chores", made_old.format(day=today() - timedelta(days=3)))
    assert NEVER not in examined(filled)[2]
    change(filled, made_old.format(day=today() - timedelta(days=4)))
    service.database.write(backups.note)  # by the command, not by a worker
    _, good, wrong = examined(filled)
    assert NEVER in wrong
    assert "Nothing that is done daily is late." not in good
    change(filled, f"INSERT INTO chores VALUES ('retention', '{today()}')")
    assert NEVER not in examined(filled)[2]


def test_no_worker_is_at_work(filled: Deployment, service: Service) -> None:
    inside = "No worker is at work now: wren serve has one in it, or run wren worker."
    apart = "No worker is at work, and WREN_WORKER is apart. Run: wren worker"
    assert inside in examined(filled)[1]
    assert examined(filled, WORKER="apart")[::2] == (1, [apart])
    service.database.write(heartbeats.beat)
    assert examined(filled, WORKER="apart")[::2] == (0, [])
    assert inside not in examined(filled)[1]
    change(filled, f"UPDATE heartbeats SET at = at - {heartbeats.LATE + 60}")
    assert examined(filled, WORKER="apart")[2] == [apart]


def test_a_clock_that_is_behind(service: Service) -> None:
    service.clock.now = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
    with service.database.read() as db:
        ((good, text),) = upkeep.clocks(db, True)
    assert not good
    assert text == "The clock shows 2024-01-01: it is behind. Set it, by NTP."


OPEN_SETTINGS = {
    "numbers for all": ({"metrics": ("0.0.0.0", 9464)}, "Numbers are told beyond this machine"),
    "whole networks": (
        {"webhooks_private": ("eeast=10.0.0.0/8", "cases.trust.example")},
        "Webhooks may reach whole networks (eeast=10.0.0.0/8): name hosts.",
    ),
    "a public address without TLS": (
        {"mail": Mail("127.0.0.1", 25, "none", "a@b.example", "http://wren.example/console")},
        "WREN_PUBLIC_ADDRESS is without TLS",
    ),
}


@pytest.mark.parametrize("name", OPEN_SETTINGS)
def test_a_setting_that_is_open(name: str) -> None:
    more, sentence = OPEN_SETTINGS[name]
    config = Config("sqlite://", SECRET)
    assert list(doctor_settings.settings(config, Secrets(SECRET))) == []
    ((good, text),) = doctor_settings.settings(replace(config, **more), Secrets(SECRET))  # type: ignore[arg-type]
    assert not good
    assert text.startswith(sentence)


def test_settings_that_are_not_open() -> None:
    config = Config(
        "sqlite://",
        SECRET,
        metrics=("127.0.0.1", 9464),
        webhooks_private=("10.1.2.0/24", "127.0.0.0/8", "cases.trust.example"),
        mail=Mail("127.0.0.1", 25, "none", "a@b.example", "https://wren.example/console"),
    )
    assert list(doctor_settings.settings(config, Secrets(SECRET))) == []


def test_the_password_of_the_mail_server(filled: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("an invented password")
    file.chmod(0o644)
    mail = {
        "SMTP": "smtp://somebody@127.0.0.1:9",
        "SMTP_FROM": "wren@trust.example",
        "PUBLIC_ADDRESS": "https://wren.example",
        "SMTP_PASSWORD_FILE": str(file),
    }
    assert any(one.startswith("password can be read") for one in examined(filled, **mail)[2])
    file.chmod(0o600)
    assert "password is for its owner only." in examined(filled, **mail)[1]


def test_a_disk_over_the_network(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        f"23 22 0:22 / {tmp_path} rw shared:2 - nfs4 files.example:/x rw\n"
    )
    found = list(doctor_settings.disk(tmp_path / "wren.db", mounts))
    assert found[0] == (False, "SQLite's file is on a network (nfs4): keep it on a local disk.")
    # Where a link leads there, and where its name has a blank, which is written in octal.
    there, here = tmp_path / "far away é", tmp_path / "here"
    there.mkdir()
    here.symlink_to(there)
    mounts.write_text(
        "22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        f"23 22 0:22 / {str(there).replace(' ', chr(92) + '040')} rw - nfs4 files.example:/x rw\n"
    )
    for place in (there, here):
        assert next(doctor_settings.disk(place / "wren.db", mounts))[0] is False
    (here / "wren.db").touch()
    (tmp_path / "wren.db").symlink_to(here / "wren.db")
    assert next(doctor_settings.disk(tmp_path / "wren.db", mounts))[0] is False
    (tmp_path / "wren.db").unlink()
    mounts.write_text("22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n")
    assert [good for good, _ in doctor_settings.disk(tmp_path / "wren.db", mounts)] == [True]


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_settings, "ROOM", 2**62)
    ((good, text),) = doctor_settings.disk(tmp_path / "wren.db")
    assert not good
    assert text.endswith("where the database is: soon no report is taken.")


def test_swap(tmp_path: Path) -> None:
    swaps = tmp_path / "swaps"
    swaps.write_text("Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n")
    assert list(doctor_settings.machine(swaps)) == [
        (False, "Memory can get to the disk by swap (/dev/sda2): swapoff -a")
    ]
    for text in ("Filename Type Size\n", "Filename\n/dev/zram0 partition 1 0 100\n"):
        swaps.write_text(text)
        assert [good for good, _ in doctor_settings.machine(swaps)] == [True]


@pytest.mark.parametrize("new_service", ["postgresql"], indirect=True)
def test_on_postgresql(new_service: Callable[..., Service], tmp_path: Path) -> None:
    """What PostgreSQL's settings tell, and a clock that is another than its own."""
    service = new_service()
    told(service)
    file = tmp_path / "secret"
    deployment_secret.make(file)

    def wrong(seconds: float = 0) -> list[str]:
        config = replace(service.database.config, clock=lambda: time.time() + seconds)
        return [text for good, text in doctor.examine(config, file, backup_days=0) if not good]

    assert not any("seconds apart" in one or one.startswith("The vault") for one in wrong())
    assert any(one.startswith("PostgreSQL tells more than it should: log_") for one in wrong())
    assert any("wal_recycle = on, log_checkpoints = on, archive_timeout" in one for one in wrong())
    assert "Wren is PostgreSQL's superuser: give it a role of its own." in wrong()
    assert any(one.endswith("seconds apart: use NTP.") for one in wrong(600))
    role = f"wren_{uuid4().hex}"
    quiet = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
    with service.database.engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        connection.exec_driver_sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        for name, value in quiet.items():
            connection.exec_driver_sql(f"ALTER ROLE {role} SET {name} = {value}")
        connection.commit()
    own = service.database_url.replace("://wren@", f"://{role}@")
    assert own != service.database_url
    config = replace(service.database.config, database_url=own)
    found = doctor.examine(config, file, backup_days=0)
    assert (True, "PostgreSQL's log tells nothing of anybody.") in found
    assert not any("superuser" in text or "TLS" in text for _, text in found)
