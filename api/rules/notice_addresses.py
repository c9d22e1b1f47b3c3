"""Where somebody wants notices: an address that counts once a code sent to it came back.

It is locked under the deployment's secret and shown to its owner alone.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from api.config import Config
from api.models.account import Account
from api.models.base import Work
from api.models.notice import NoticeAddress
from api.models.outbox import Delivery
from api.rules import locking, outbox
from shared.errors import Conflict, Damaged, Invalid, SignIn, SlowDown
from shared.sealing.encoding import exact_json, read_json

KIND = "notice"
CONFIRM = "notice.confirm"
"""The outbox's kind of all mail to handlers, and the event of one that carries a code."""

CODES, TRIES = 5, 5
"""Codes that are sent for one account in a day, and wrong tries of each."""

WRONG = ["This is not the code that was sent. After five tries ask for another one."]

INFO = "wren/v1/notice-address"


def show(db: Work, account: UUID) -> dict[str, Any]:
    """`address`, `asked` (not confirmed yet), each None if there is none, and `sent`.

    `sent` is whether this service sends mail at all.
    """
    row = db.get(NoticeAddress, account)
    asked = _asked(db, row)
    return {
        "address": address(db.config, row) if row else None,
        "asked": asked["address"] if asked else None,
        "sent": db.config.mail is not None,
    }


def ask(db: Work, account: UUID, wanted: str) -> dict[str, Any]:
    """Sends a code to an address that somebody wants to use; returns what `show` does.

    The one before counts until the new one is confirmed. Raises `Conflict` where the service
    sends no mail, `SlowDown` after `CODES` in a day.
    """
    if db.config.mail is None:
        raise Conflict("This service sends no mail. Ask those who run it.")
    if db.get(Account, account, with_for_update=True) is None:
        raise SignIn
    row = db.get(NoticeAddress, account)
    if row is None:
        row = NoticeAddress(account_id=account, codes=0, tries=0)
        db.add(row)
    today = db.utc.date()
    row.codes = row.codes + 1 if row.asked_on == today else 1
    if row.codes > CODES:
        raise SlowDown("There were many codes today. Try again tomorrow.")
    code = f"{secrets.randbelow(10**6):06}"
    row.asked = _lock(db.config, account, {"address": wanted, "code": code})
    row.asked_on, row.tries = today, 0
    db.flush()
    _drop_waiting(db, account, CONFIRM)
    outbox.put(
        db, kind=KIND, target=account, organisation_id=None, event=CONFIRM, body={}
    )  # fmt: skip
    return show(db, account)


def confirm(db: Work, account: UUID, code: str) -> dict[str, Any] | None:
    """The address counts from now on; what `show` gives. None: wrong, which was counted: commit.

    Raises `Invalid` where no code is waited for: it is good for the day and the next.
    """
    row = db.get(NoticeAddress, account, with_for_update=True)
    asked = _asked(db, row)
    if row is None or asked is None:
        raise Invalid(errors={"code": ["No code is waited for. Give the address again."]})
    if not hmac.compare_digest(asked["code"].encode(), code.encode()):
        row.tries += 1
        if row.tries >= TRIES:
            row.asked = None
        db.flush()
        return None
    row.address = _lock(db.config, account, {"address": asked["address"]})
    row.asked, row.tries = None, 0
    db.flush()
    return show(db, account)


def remove(db: Work, account: UUID) -> None:
    """Forgets the address, and drops what waits to be sent to it."""
    _drop_waiting(db, account)
    db.execute(delete(NoticeAddress).where(NoticeAddress.account_id == account))


def address(config: Config, row: NoticeAddress) -> str | None:
    """The confirmed address; None without one, or under another secret."""
    found = _unlock(config, row.account_id, row.address)
    return str(found["address"]) if found else None


def waiting_code(db: Work, account: UUID) -> Mapping[str, Any] | None:
    """The `address` that is to be confirmed and its `code`, for the mail that carries it."""
    return _asked(db, db.get(NoticeAddress, account))


def _asked(db: Work, row: NoticeAddress | None) -> Mapping[str, Any] | None:
    if row is None or row.asked_on is None:
        return None
    if not row.asked_on <= db.utc.date() <= row.asked_on + timedelta(days=1):
        return None
    return _unlock(db.config, row.account_id, row.asked)


def _lock(config: Config, account: UUID, fields: Mapping[str, str]) -> bytes:
    # As long for a short address as for a long one.
    plain = exact_json(dict(fields)).ljust(512)
    return locking.lock(config, INFO, plain, account.bytes)


def _unlock(config: Config, account: UUID, locked: bytes | None) -> Mapping[str, Any] | None:
    if locked is None:
        return None
    try:
        return read_json(locking.unlock(config, INFO, locked, account.bytes).rstrip())
    except Damaged:
        return None


def _drop_waiting(db: Work, account: UUID, event: str | None = None) -> None:
    found = delete(Delivery).where(Delivery.kind == KIND, Delivery.target == account)
    db.execute(found if event is None else found.where(Delivery.event == event))
