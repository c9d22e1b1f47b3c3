"""Handlers' accounts: making one, and signing in with password and a code used only once."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pyotp
from sqlalchemy import select

from api.config import ACCOUNT_SESSION
from api.models.account import Account, Membership, Position, Throttle
from api.models.base import Work
from api.rules import sessions, stretching
from shared.errors import Conflict, Damaged, SlowDown
from shared.sealing import keyring
from shared.sealing.encoding import hkdf
from shared.sealing.keyring import PASSWORD, RECOVERY, TOTP, Keyring

_USED = "wren/v1/totp-used"
_STEP = 30
FREE_TRIES, LONGEST_WAIT = 10, 8
"""Wrong sign-ins in a row before there is a wait, and the longest wait in seconds.

The wait slows guessing down without keeping the real person out: the passwords that Wren
makes have 66 bits, so it does not need to be longer.
"""


@dataclass(frozen=True, slots=True)
class NewHandler:
    """What is shown once to a new handler. Only the keyring is needed again, to sign."""

    id: UUID
    username: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)
    recovery: str = field(repr=False)
    keyring: Keyring = field(repr=False)


def add(
    db: Work, username: str, display_name: str, organisation: int, role: str, desk_ids: list[int]
) -> NewHandler:
    """Makes an account with password, TOTP secret, recovery words and keys.

    It has this role in the organisation, and waits there for the roster. Raises `Conflict`
    for a user name that is taken.
    """
    if db.scalar(select(Account.id).where(Account.username == username)):
        raise Conflict("This user name is taken.")
    handler, keys, salt = uuid4(), Keyring.new(), os.urandom(16)
    password, totp_secret = keyring.new_password(), pyotp.random_base32()
    recovery, recovery_bytes = keyring.new_recovery()
    stretched = stretching.password(password, salt)
    db.add(
        Account(
            id=handler,
            username=username,
            display_name=display_name,
            salt=salt,
            verifier=keyring.sign_in_verifier(stretched),
            sealed_seed=keyring.lock(stretched, PASSWORD, handler, keys.seed),
            recovery_seed=keyring.lock(recovery_bytes, RECOVERY, handler, keys.seed),
            sealed_totp=keyring.lock(stretched, TOTP, handler, totp_secret.encode()),
            seal_key=keys.seal_key,
            sign_key=keys.sign_key,
        )
    )
    db.flush()
    db.add(Position(account_id=handler, organisation_id=organisation, role=role, listed=False))
    db.add_all(Membership(account_id=handler, desk_id=desk) for desk in desk_ids)
    db.flush()
    return NewHandler(handler, username, password, totp_secret, recovery, keys)


def salt_for(db: Work, username: str) -> bytes:
    """The salt of a user name; for an unknown one a salt that looks and stays the same.

    Raises `SlowDown` while wrong sign-ins for this name are too frequent.
    """
    waiting = db.get(Throttle, _throttle_key(db, username))
    if waiting is not None and db.now < waiting.not_before:
        raise SlowDown
    salt = db.scalar(select(Account.salt).where(Account.username == username))
    return salt or _throttle_key(db, username)[:16]


def _throttle_key(db: Work, username: str) -> bytes:
    key = hkdf(db.config.secret, "wren/v1/throttle")
    return hmac.digest(key, username.encode("utf-8"), "sha256")


def sign_in(db: Work, username: str, stretched: bytes, code: str) -> dict[str, Any] | None:
    """The session of a handler, or None if anything does not fit: that was counted, commit it.

    The code (RFC 6238) may be a step early or late, and works once.
    """
    account = db.scalar(select(Account).where(Account.username == username).with_for_update())
    verifier = account.verifier if account else bytes(32)
    right = hmac.compare_digest(verifier, keyring.sign_in_verifier(stretched))
    if account is None or not right or not _use_code(db, account, stretched, code):
        _count_failure(db, username)
        return None
    waiting = db.get(Throttle, _throttle_key(db, username))
    if waiting is not None:
        db.delete(waiting)
    seed = keyring.unlock(stretched, PASSWORD, account.id, account.sealed_seed)
    bearer = sessions.start(db, "account", account.id, ACCOUNT_SESSION, seed)
    keys = {"handler_id": account.id, "salt": account.salt, "sealed_seed": account.sealed_seed}
    return bearer | {"keyring": keys}


def _use_code(db: Work, account: Account, stretched: bytes, code: str) -> bool:
    try:
        secret = keyring.unlock(stretched, TOTP, account.id, account.sealed_totp).decode()
    except Damaged:
        return False
    last = -1
    if account.used_totp is not None:
        used = keyring.unlock(stretched, _USED, account.id, account.used_totp)
        last = int.from_bytes(used, "big")
    now = int(db.now) // _STEP
    for step in (now - 1, now, now + 1):
        if step > last and hmac.compare_digest(pyotp.TOTP(secret).at(step * _STEP), code):
            # Sealed too: the step would tell when a handler last signed in.
            account.used_totp = keyring.lock(stretched, _USED, account.id, step.to_bytes(8, "big"))
            db.flush()
            return True
    return False


def _count_failure(db: Work, username: str) -> None:
    key = _throttle_key(db, username)
    found = db.get(Throttle, key)
    if found is None:
        found = Throttle(key=key, failures=0, not_before=0)
        db.add(found)
    found.failures += 1
    if found.failures >= FREE_TRIES:
        wait = min(2 ** (found.failures - FREE_TRIES), LONGEST_WAIT)
        found.not_before = int(db.now) + wait
    db.flush()
