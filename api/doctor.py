"""`wren doctor`: is this deployment as it should be?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from api import doctor_settings, mailing, migrations, vault
from api.config import Config, read_secrets
from api.models.base import Database, Work
from api.models.organisation import Desk, Organisation
from api.rules import (
    auditing,
    cleaning,
    dead_letters,
    heartbeats,
    notices,
    organisations,
    rosters,
    secret_rotation,
    upkeep,
)
from api.vault import Finding
from shared.errors import WrenError


def examine(
    config: Config, secret_file: Path, *, backup_days: int = 2, thorough: bool = False
) -> list[Finding]:
    """What was checked, each with true if it is as it should be.

    `backup_days` is how old the last backup may be, 0 where they are made otherwise; `thorough`
    reads every envelope, and every chunk in the vault. Nothing is changed.
    """
    database = Database(config)
    try:
        return _examine(database, secret_file, backup_days, thorough)
    finally:
        database.engine.dispose()


def _examine(
    database: Database, secret_file: Path, backup_days: int, thorough: bool
) -> list[Finding]:
    config = database.config
    file = Path(database.engine.url.database or "") if database.is_sqlite else None
    findings = [*doctor_settings.files(secret_file, file), *cleaning.check()]
    findings += doctor_settings.machine()
    findings += doctor_settings.settings(config, read_secrets(secret_file))
    findings += doctor_settings.disk(file) if file else []
    kept = list(vault.of(config).check())
    try:
        if not migrations.fits(database.engine):
            return [*findings, (False, "The tables are of another version. Run: wren init")]
        whose = "this version" if migrations.is_current(database.engine) else "a newer version"
        findings.append((True, f"The tables are of {whose}."))
        with database.read(in_batches=True) as db:
            findings.extend(_database(db, database.is_sqlite))
            findings.append(upkeep.last_backup(db, backup_days))
            findings.extend(upkeep.old_backups(db, backup_days))
            if thorough:
                findings.append(upkeep.envelopes(db))
            for one in db.scalars(select(Organisation)).all():
                findings.extend(_organisation(db, one))
            findings.extend(_told_outside(db))
        if all(good for good, _ in kept):
            kept += _vault(database, thorough)
    except DBAPIError as error:
        name = type(error.orig).__name__
        findings.append((False, f"The database does not answer ({name})."))
    return [*findings, *kept, *_mail(config)]


def _database(db: Work, is_sqlite: bool) -> Iterator[Finding]:
    if is_sqlite:
        yield _integrity(db)
    else:
        yield from doctor_settings.postgres(db)
    yield from upkeep.orphans(db, is_sqlite)
    yield from upkeep.clocks(db, is_sqlite)
    yield from upkeep.works(db)
    shut = secret_rotation.shut(db)
    if shut:
        yield False, f"{shut} stored values open under no secret that is known."


def _vault(database: Database, thorough: bool) -> list[Finding]:
    try:
        return list(upkeep.vault_fits(database, thorough))
    except WrenError as error:
        return [(False, f"The vault could not be looked through ({error.code}).")]


def _integrity(db: Work) -> Finding:
    answer = db.connection().exec_driver_sql("PRAGMA quick_check").scalar()
    return answer == "ok", f"The database file: {answer}."


def _organisation(db: Work, one: Organisation) -> Iterator[Finding]:
    try:
        organisations.receipt_key(db, one)
        yield True, f"{one.slug}: the receipt key opens with this secret."
    except WrenError:
        yield (
            False,
            f"{one.slug}: the receipt key does not open. Is WREN_SECRET_FILE the right one?",
        )
    yield _audit(db, one)
    yield _deliveries(db, one)
    try:
        roster = organisations.find_roster(db, one)
    except WrenError as error:
        yield False, f"{one.slug}: the roster does not check ({error.code})."
        return
    if roster is None:
        yield False, f"{one.slug}: there is no roster yet. Run: wren invite {one.slug}"
        return
    newest = roster.newest
    yield True, f"{one.slug}: the roster checks, version {newest.version}."
    if not rosters.can_sign(db, one, newest):
        yield (
            False,
            f"{one.slug}: nobody has keys that can sign the roster: it can't go on. Begin a new "
            "organisation.",
        )
    for name in rosters.renewed(db, one, newest):
        yield (
            False,
            f"{one.slug}: the account of {name} has other keys than the roster: reports are "
            "sealed to the old ones. A handler has to approve the new ones.",
        )
    gone = rosters.left(db, one, newest)
    if gone:
        yield (
            False,
            f"{one.slug}: the roster lists {gone} who left: reports are still sealed to them. "
            "A handler has to retire them.",
        )
    present = organisations.present(db, one)
    for desk in db.scalars(select(Desk).where(Desk.organisation_id == one.id)).all():
        readers = sum(reader.id in present for reader in newest.desk(desk.slug))
        count = "1 reader" if readers == 1 else f"{readers} readers"
        text = f"{one.slug}: the desk {desk.slug} has {count}."
        yield readers >= 2, text if readers >= 2 else f"{text} Two are needed, for cover."


def _deliveries(db: Work, one: Organisation) -> Finding:
    dead = dead_letters.count(db, one)
    if not dead:
        return True, f"{one.slug}: nothing was given up of what is told outside."
    return False, (
        f"{one.slug}: {dead} deliveries were given up. An administrator finds them in the "
        "console, under Organisation, Not delivered."
    )


def _told_outside(db: Work) -> Iterator[Finding]:
    if not heartbeats.is_alive(db):
        if db.config.worker_inside:
            yield True, "No worker is at work now: wren serve has one in it, or run wren worker."
        else:
            yield False, "No worker is at work, and WREN_WORKER is apart. Run: wren worker"
    for why, count in sorted(notices.held_up(db).items()):
        yield False, f"Mail: {count} wait, since the server does not take them ({why})."


def _mail(config: Config) -> Iterator[Finding]:
    if config.mail is None:
        yield True, "Mail: none is sent (WREN_SMTP is not set)."
        return
    why = mailing.check(config.mail)
    if why is None:
        yield True, "Mail: the server answers, and its certificate is good."
    else:
        yield False, f"Mail: nothing can be sent ({why}). Look at WREN_SMTP."


def _audit(db: Work, one: Organisation) -> Finding:
    held, broken = auditing.check(db, one)
    if broken is None:
        return True, f"{one.slug}: the audit checks, {held} entries."
    return (
        False,
        f"{one.slug}: the audit does not check from entry {broken} on: "
        "it was changed, taken out or moved.",
    )
