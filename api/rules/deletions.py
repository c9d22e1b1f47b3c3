"""Cases that were deleted, noted so that restoring an older backup does not bring them back.

A row stands in the database, which may be what is lost; so a list with the same is kept in the
vault, on another disk if that is one. Its lines are a hash and the last day on which a backup may
hold the case, as was told when it went. Both go once that day is over, and no backup is known
that is as old as it: how long backups are kept may have been changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from api import vault
from api.logs import log
from api.models.base import Database, Work
from api.models.case import Case
from api.models.deletion import DeletedCase
from api.models.organisation import Organisation
from api.rules import backups, chores, organisations
from shared.errors import Damaged, WrenError
from shared.sealing.encoding import b64, sha256, unb64

NAME = "deletions"
"""What the worker calls the daily work."""

_HASH = 32
_WHAT = b"wren/v1/deleted"


def backups_until(db: Work, organisation: Organisation) -> date:
    """The last day on which a backup may hold what is deleted today.

    Backups are kept for as long as the organisation says or Wren is told to keep its own,
    whichever is longer.
    """
    today = max(organisations.today(db, organisation), db.utc.date())
    days = organisations.settings(organisation)["backup_days"]
    return today + timedelta(days=max(days, db.config.backup_days))


def name(salt: bytes, case_id: UUID) -> bytes:
    """What a case is called here: SHA-256 of the deployment's salt and its id."""
    return sha256(_WHAT + salt + case_id.bytes)


def note(db: Work, case: Case) -> None:
    """Before a case's row goes: notes it, and in the vault's list once that is durable.

    Each time on a later day than before, so that a restore tells whether a case that was opened
    anew, by the same words, went again after the backup.
    """
    until = backups_until(db, db.get_one(Organisation, case.organisation_id))
    called = name(organisations.salt(db), case.id)
    before = db.get(DeletedCase, called)
    if before is not None:  # it was opened anew: a day later than what backups since then have
        until = max(until, before.until + timedelta(days=1))
    row = db.merge(DeletedCase(hash=called, until=until))
    db.flush()
    config, line = db.config, _line(row)

    def add() -> None:
        try:
            vault.of(config).change_list(lambda held: _merged(held, [line], date.min))
        except WrenError as error:
            log.warning("vault_lists_later", type=type(error).__name__)

    db.afterwards.append(add)


def work(database: Database) -> None:
    """Once a day: takes out what no backup holds any more, and lists what could not be before.

    Nothing goes by a clock that may have jumped, nor what a backup still has that is kept for
    longer than it should be: it would come back by a restore.
    """
    with database.read() as db:
        first = _first(db)
    database.write(lambda db: db.execute(delete(DeletedCase).where(DeletedCase.until < first)))
    with database.read() as db:
        lines = [_line(row) for row in db.scalars(select(DeletedCase))]
    kept = vault.of(database.config)
    if lines or kept.listed():
        kept.change_list(lambda held: _merged(held, lines, first))


def _first(db: Work) -> date:
    """The first of the last days whose lines a backup may still need."""
    if not chores.follows(db, NAME):
        return date.min
    today, oldest = db.utc.date(), backups.oldest(db)
    if oldest is None:  # after a restore it is not known which there are
        return date.min if db.config.backup_to else today
    # A case went on `until` at the latest, whatever the setting was: a younger backup lacks it.
    return min(today, oldest)


def read(listed: bytes) -> dict[bytes, date]:
    """Hash and last day of all in a list; lines of another form are passed over."""
    found: dict[bytes, date] = {}
    for line in listed.splitlines():
        try:
            first, second = line.decode("ascii").split(" ")
            one, until = unb64(first), date.fromisoformat(second)
        except (Damaged, ValueError):
            continue
        found[one] = max(until, found.get(one, until))
    return found


def is_list(listed: bytes) -> bool:
    """Whether this is empty, or has a line of a list: another file is given by mistake."""
    return not listed.strip() or any(len(one) == _HASH for one in read(listed))


def since(db: Work, listed: Mapping[bytes, date]) -> list[UUID]:
    """The cases that are here and were deleted later, as a list says.

    A case that was deleted and opened anew, by the same words, has a row of its own here.
    """
    salt = organisations.salt(db)
    known = {row.hash: row.until for row in db.scalars(select(DeletedCase))}
    gone = []
    for case_id in db.scalars(select(Case.id)):
        one = name(salt, case_id)
        if one in listed and (one not in known or known[one] < listed[one]):
            gone.append(case_id)
    return gone


def _line(row: DeletedCase) -> str:
    return f"{b64(row.hash)} {row.until.isoformat()}"


def _merged(held: bytes, lines: Iterable[str], first: date) -> bytes:
    """The list with these lines, in the order of the hashes, which tells nothing."""
    every = read(held + "".join(f"{one}\n" for one in lines).encode())
    return "".join(
        f"{b64(one)} {until.isoformat()}\n"
        for one, until in sorted(every.items())
        if until >= first
    ).encode()
