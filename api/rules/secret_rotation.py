"""What changes in the database when the deployment's secret changes.

What only lives in pages and cookies for a day is not stored, so it needs nothing here; nor do
`throttles`, whose counts begin anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from api.config import Config
from api.models.base import Database, Work
from api.models.integration import Webhook
from api.models.notice import NoticeAddress
from api.models.organisation import Deployment, Organisation
from api.rules import locking, notice_addresses, organisations, webhook_secrets
from shared.errors import Damaged
from shared.sealing.encoding import b64, exact_json, unbox


class Locked(NamedTuple):
    """A column that is locked under the secret: for which use, and bound to what of its row."""

    key: InstrumentedAttribute[Any]
    column: str
    info: str
    bound_to: Callable[[Any], bytes]


def _slug(row: Organisation) -> bytes:
    return row.slug.encode()


def _id(row: Webhook) -> bytes:
    return row.id.bytes


def _account(row: NoticeAddress) -> bytes:
    return row.account_id.bytes


def _nothing(_row: Deployment) -> bytes:
    return b""


LOCKED = (
    Locked(Organisation.id, "receipt_private", organisations.RECEIPT_KEY, _slug),
    Locked(Organisation.id, "receipt_next_private", organisations.RECEIPT_KEY, _slug),
    Locked(Webhook.id, "secret", webhook_secrets.INFO, _id),
    Locked(Webhook.id, "previous_secret", webhook_secrets.INFO, _id),
    Locked(NoticeAddress.account_id, "address", notice_addresses.INFO, _account),
    Locked(NoticeAddress.account_id, "asked", notice_addresses.INFO, _account),
    Locked(Deployment.id, "lasting", locking.LASTING, _nothing),
)
"""All that the database has locked under the secret."""


class Relocked(NamedTuple):
    """How many values are under the secret in use, and how many of these were locked anew.

    `shut` are those that no known secret opens.
    """

    held: int
    anew: int
    shut: int


def keep_lasting(db: Work) -> None:
    """Before a change begins: keeps what must stay the same through all changes.

    What is kept already stays as it is.
    """
    row = db.get_one(Deployment, 1, with_for_update=True)
    found = {name: b64(locking.lasting(db, name)) for name in locking.ALL_LASTING}
    row.lasting = locking.lock(db.config, locking.LASTING, exact_json(found), b"")
    db.flush()


def relock(database: Database) -> Relocked:
    """Locks anew, under the secret in use, all that another one locked.

    A row at a time, so that nobody waits; it may be ended at any time and run again.
    """
    held = anew = shut = 0
    for one in LOCKED:
        with database.read() as db:
            ids = list(db.scalars(select(one.key).where(_column(one).is_not(None))))
        for row_id in ids:
            found = database.write(partial(_relock, one, row_id))
            held += found is not None
            anew += found is True
            shut += found is None
    return Relocked(held, anew, shut)


def shut(db: Work) -> int:
    """How many values no known secret opens."""
    found = 0
    for one in LOCKED:
        for row in db.scalars(select(one.key.class_).where(_column(one).is_not(None))):
            try:
                locked = getattr(row, one.column)
                locking.unlock(db.config, one.info, locked, one.bound_to(row))
            except Damaged:
                found += 1
    return found


def _relock(one: Locked, row_id: Any, db: Work) -> bool | None:
    """Whether it was locked anew; None if nothing opens it."""
    row = db.get(one.key.class_, row_id, with_for_update=True)
    locked = getattr(row, one.column, None)
    if row is None or locked is None:
        return False  # it went meanwhile
    if _is_under(db.config, one, row, locked):
        return False
    try:
        plain = locking.unlock(db.config, one.info, locked, one.bound_to(row))
    except Damaged:
        return None
    setattr(row, one.column, locking.lock(db.config, one.info, plain, one.bound_to(row)))
    db.flush()
    return True


def _is_under(config: Config, one: Locked, row: Any, locked: bytes) -> bool:
    """Whether the secret in use locked it."""
    try:
        unbox(locking.key(config, one.info), locked, one.bound_to(row))
    except Damaged:
        return False
    return True


def _column(one: Locked) -> Any:
    return getattr(one.key.class_, one.column)
