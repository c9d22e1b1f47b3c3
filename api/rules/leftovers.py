"""What is left of attachments: rows go in a transaction, and with them the keys; chunks after.

What could not be taken out of the vault then stands in a table, and is tried again each day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select

from api import vault
from api.config import Config
from api.logs import log
from api.models.attachment import WHOLE_CASE, Attachment, VaultLeftover
from api.models.base import Database, Work
from api.models.case import Case
from shared.errors import WrenError

UNHUNG_DAYS = 7
"""Days after which what hangs on nothing is taken away."""


def discard_case(db: Work, case_id: UUID) -> None:
    """Before a case's row goes: its chunks go out of the vault once that is durable."""
    some = select(Attachment.id).where(Attachment.case_id == case_id).limit(1)
    if db.scalar(some) is not None:
        _discard(db, [(case_id, WHOLE_CASE)])


def _discard(db: Work, gone: Sequence[tuple[UUID, UUID]]) -> None:
    """Notes what is to go, and takes it out of the vault after the commit."""
    day = db.utc.date()
    for case_id, attachment_id in gone:
        db.merge(VaultLeftover(case_id=case_id, attachment_id=attachment_id, deleted_on=day))
    db.flush()
    config = db.config

    def take_out() -> None:
        for one in gone:
            _take_out(config, *one)

    db.afterwards.append(take_out)


def _take_out(config: Config, case_id: UUID, attachment_id: UUID) -> bool:
    """Takes chunks out of the vault; false where it could not be done now."""
    kept = vault.of(config)
    try:
        if attachment_id == WHOLE_CASE:
            kept.delete_case(case_id)
        else:
            kept.delete(case_id, attachment_id)
    except WrenError as error:
        log.warning("vault_deletes_later", type=type(error).__name__)
        return False
    return True


def tidy(database: Database) -> None:
    """Once a day: takes away what hangs on nothing for a week, and what deleting left behind."""
    today = datetime.fromtimestamp(database.config.clock(), UTC).date()
    if database.tidied == today:
        return
    database.tidied = today
    database.write(_let_go)
    with database.read() as db:
        again = exists().where(
            Attachment.case_id == VaultLeftover.case_id,
            Attachment.id == VaultLeftover.attachment_id,
        )
        late = db.scalars(
            select(VaultLeftover).where(VaultLeftover.deleted_on < today, ~again)
        ).all()
    done = _taken_out(database, late)
    if done:
        database.write(lambda db: _forget(db, done))


def _taken_out(database: Database, late: Sequence[VaultLeftover]) -> list[VaultLeftover]:
    """Takes chunks out of the vault; those for which that was done.

    A case that was stored again after it had gone keeps what it names now.
    """
    whole = {one.case_id for one in late if one.attachment_id == WHOLE_CASE}
    with database.read() as db:
        again = set(db.scalars(select(Case.id).where(Case.id.in_(whole))))
    try:
        nobodys = _nobodys(database, again) if again else {}
    except WrenError as error:
        log.warning("vault_deletes_later", type=type(error).__name__)
        late = [one for one in late if one.case_id not in again]
    done = []
    for row in late:
        gone = [row.attachment_id]
        if row.attachment_id == WHOLE_CASE and row.case_id in again:
            gone = nobodys.get(row.case_id, [])
        stays = [one for one in gone if not _take_out(database.config, row.case_id, one)]
        if not stays:
            done.append(row)
    return done


def _nobodys(database: Database, cases: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Of what the vault has of these cases, what they do not name."""
    held = [one for one in vault.of(database.config).held() if one[0] in cases]
    with database.read() as db:  # after the look: a chunk comes later than its row
        rows = db.execute(
            select(Attachment.case_id, Attachment.id).where(Attachment.case_id.in_(cases))
        )
        named = {(case_id, one) for case_id, one in rows}
    found: dict[UUID, list[UUID]] = {}
    for case_id, one, _ in held:
        if (case_id, one) not in named:
            found.setdefault(case_id, []).append(one)
    return found


def _forget(db: Work, done: Sequence[VaultLeftover]) -> None:
    for one in done:
        db.execute(
            delete(VaultLeftover).where(
                VaultLeftover.case_id == one.case_id,
                VaultLeftover.attachment_id == one.attachment_id,
            )
        )


def let_go(db: Work, case_id: UUID, author: str, ids: Collection[UUID]) -> None:
    """Deletes those of an author's among these that hang on nothing."""
    gone = db.execute(
        delete(Attachment)
        .where(
            Attachment.case_id == case_id,
            Attachment.id.in_(ids),
            Attachment.author == author,
            Attachment.message_id.is_(None),
        )
        .returning(Attachment.case_id, Attachment.id)
    ).all()
    if gone:
        _discard(db, [(case_id, one) for case_id, one in gone])


def _let_go(db: Work) -> None:
    """Deletes the rows of what hangs on nothing for more than a week."""
    first = db.utc.date() - timedelta(days=UNHUNG_DAYS)
    gone = db.execute(
        delete(Attachment)
        .where(Attachment.message_id.is_(None), Attachment.created_on < first)
        .returning(Attachment.case_id, Attachment.id)
    ).all()
    if gone:
        _discard(db, [(case_id, one) for case_id, one in gone])
