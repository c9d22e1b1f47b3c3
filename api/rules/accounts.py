"""Accounts: signing in with password and a code used only once, recovery, one's own account."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from api.config import ACCOUNT_SESSION
from api.models.account import Account, Membership, Position
from api.models.base import Work
from api.rules import audit, credentials, organisations, positions, sessions, throttling
from api.rules.credentials import Credentials
from shared.errors import BadToken, Conflict, Damaged, Invalid, NotAllowed, SignIn
from shared.sealing import keyring
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import PASSWORD, RECOVERY, TOTP, Keyring


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
    """Makes an account with password, TOTP secret, recovery words and keys, for demo and tests.

    It has this role in the organisation, and waits there for the roster. Raises `Conflict`
    for a user name that is taken.
    """
    if db.scalar(select(Account.id).where(Account.username == username)):
        raise Conflict("This user name is taken.")
    account, made, keys = uuid4(), credentials.new(), Keyring.new()
    store(db, account, username, display_name, made.columns(account, keys.seed))
    place(db, account, organisation, role, desk_ids)
    return NewHandler(account, username, made.password, made.totp_secret, made.recovery, keys)


def store(
    db: Work, account: UUID, username: str, display_name: str, columns: Mapping[str, Any]
) -> None:
    """Stores an account; `columns` are those of its credentials and keys."""
    db.add(Account(id=account, username=username, display_name=display_name, **columns))
    db.flush()


def place(db: Work, account: UUID, organisation: int, role: str, desk_ids: list[int]) -> None:
    """Gives the account its role and desks in an organisation, where it waits for the roster."""
    db.add(Position(account_id=account, organisation_id=organisation, role=role, listed=False))
    db.add_all(Membership(account_id=account, desk_id=desk) for desk in desk_ids)
    db.flush()


# --- signing in -------------------------------------------------------------------------


def salt_for(db: Work, username: str, device: str | None = None) -> bytes:
    """The salt of a user name; for an unknown one a salt that looks and stays the same.

    Raises `SlowDown` while wrong tries are too frequent: for this name, or, with its device
    token, from this device.
    """
    found = db.execute(
        select(Account.id, Account.salt).where(Account.username == username)
    ).one_or_none()
    account = found.id if found else None
    throttling.check(db, throttling.bucket(db, username, account, device))
    # Made in any case: the time would tell which names there are.
    pretended = throttling.unknown_salt(db, username)
    return found.salt if found else pretended


def may_recover(db: Work, username: str, device: str | None = None) -> None:
    """Returns if recovery words may be tried for this name, else raises `SlowDown`."""
    account = db.scalar(select(Account.id).where(Account.username == username))
    throttling.check(db, throttling.of_recovery(db, username, account, device))


def prove(
    db: Work, username: str, stretched: bytes, code: str, device: str | None = None
) -> Account | None:
    """The account of this name, password and code, or None: that was counted, commit it.

    The code (RFC 6238) may be a step early or late, and works once.
    """
    account = _named(db, username)
    bucket = throttling.bucket(db, username, account.id if account else None, device)
    right = hmac.compare_digest(
        account.verifier if account else bytes(32), keyring.sign_in_verifier(stretched)
    )
    if account is None or not right or not _use_code(db, account, stretched, code):
        throttling.count(db, bucket)
        return None
    throttling.clear(db, bucket)
    return account


def sign_in(
    db: Work, username: str, stretched: bytes, code: str, device: str | None = None
) -> dict[str, Any] | None:
    """The session of an account, its locked keys and a device token; None as `prove` does.

    An account that belongs to no organisation any more is as good as unknown.
    """
    account = prove(db, username, stretched, code, device)
    if account is None or not positions.of(db, account.id):
        return None
    seed = keyring.unlock(stretched, PASSWORD, account.id, account.sealed_seed)
    bearer = sessions.start(db, "account", account.id, ACCOUNT_SESSION, seed)
    keys = {"handler_id": account.id, "salt": account.salt, "sealed_seed": account.sealed_seed}
    given = {"keyring": keys, "device": throttling.new_device(db, account.id)}
    positions.record(db, account.id, "signed_in")
    return bearer | given


def _named(db: Work, username: str) -> Account | None:
    return db.scalar(select(Account).where(Account.username == username).with_for_update())


def _use_code(db: Work, account: Account, stretched: bytes, code: str) -> bool:
    try:
        secret = keyring.unlock(stretched, TOTP, account.id, account.sealed_totp).decode()
        last = credentials.last_step(stretched, account.id, account.used_totp)
    except Damaged:
        return False
    step = credentials.step_of(secret, code, db.now, last)
    if step is None:
        return False
    account.used_totp = credentials.lock_step(stretched, account.id, step)
    db.flush()
    return True


# --- a new password ---------------------------------------------------------------------


def read_recovery(text: str) -> bytes:
    """The 16 bytes of typed recovery words. Raises `Invalid` for what can't be twelve of them."""
    try:
        return keyring.read_recovery(text)
    except BadToken as error:
        fault = error.detail
    raise Invalid(errors={"recovery": [fault]})


def recover(
    db: Work, username: str, words: bytes, made: Credentials, device: str | None = None
) -> dict[str, str] | None:
    """New password, TOTP secret and recovery words by the old words; the keys stay.

    All sessions of the account end. None if name and words don't fit: that was counted,
    commit it. `made` has to be made before, so that a wrong try costs what a right one does.
    """
    account = _named(db, username)
    bucket = throttling.of_recovery(db, username, account.id if account else None, device)
    seed = _recovered(account, words)
    if account is None or seed is None or not positions.of(db, account.id):
        throttling.count(db, bucket)
        return None
    throttling.clear(db, bucket)
    renew(db, account, made.columns(account.id, seed))
    positions.record(db, account.id, "account_recovered")
    return made.shown(username)


def renew(db: Work, account: Account, columns: Mapping[str, Any]) -> None:
    """Puts new credentials in the place of the old ones; all sessions of the account end."""
    for name, value in columns.items():
        setattr(account, name, value)
    db.flush()
    sessions.end_all(db, account.id)


def _recovered(account: Account | None, words: bytes) -> bytes | None:
    owner, locked = (account.id, account.recovery_seed) if account else (REPORTER, bytes(60))
    try:
        return keyring.unlock(words, RECOVERY, owner, locked)
    except Damaged:
        return None


def own_salt(db: Work, account: UUID) -> bytes:
    """The salt of who is signed in. Raises `SlowDown` while their wrong tries are too frequent."""
    throttling.check(db, throttling.own(db, account))
    found = db.scalar(select(Account.salt).where(Account.id == account))
    if found is None:
        raise SignIn
    return found


def change_password(
    db: Work, bearer: str, account_id: UUID, stretched: bytes, code: str, made: Credentials
) -> dict[str, str] | None:
    """A new password, by the present one and a code: keys, TOTP secret and recovery words stay.

    Every other session of the account ends. None if password and code don't fit: that was
    counted, commit it. It may be called again until its words please.
    """
    account = db.get(Account, account_id, with_for_update=True)
    bucket = throttling.own(db, account_id)
    right = account is not None and hmac.compare_digest(
        account.verifier, keyring.sign_in_verifier(stretched)
    )
    if account is None or not right or not _use_code(db, account, stretched, code):
        throttling.count(db, bucket)
        return None
    throttling.clear(db, bucket)
    _lock_anew(account, stretched, made)
    db.flush()
    sessions.end_all(db, account_id, but=bearer)
    positions.record(db, account_id, "password_changed")
    return {"password": made.password}


def _lock_anew(account: Account, stretched: bytes, made: Credentials) -> None:
    seed = keyring.unlock(stretched, PASSWORD, account.id, account.sealed_seed)
    totp = keyring.unlock(stretched, TOTP, account.id, account.sealed_totp)
    last = credentials.last_step(stretched, account.id, account.used_totp)
    account.salt = made.salt
    account.verifier = keyring.sign_in_verifier(made.stretched)
    account.sealed_seed = keyring.lock(made.stretched, PASSWORD, account.id, seed)
    account.sealed_totp = keyring.lock(made.stretched, TOTP, account.id, totp)
    account.used_totp = credentials.lock_step(made.stretched, account.id, last)


# --- one's own account ------------------------------------------------------------------


def show(db: Work, account_id: UUID) -> dict[str, Any]:
    """Who is signed in, the fingerprint of their keys, and what they are where."""
    account = db.get(Account, account_id)
    if account is None:
        raise SignIn
    return {
        "id": account.id,
        "username": account.username,
        "display_name": account.display_name,
        "fingerprint": keyring.fingerprint(account.seal_key, account.sign_key),
        "positions": [
            {
                "organisation": organisation.slug,
                "role": position.role,
                "desks": positions.desks(db, account_id, organisation),
                "listed": position.listed,
                "away_until": position.away_until,
                "cover": position.cover,
            }
            for position, organisation in positions.of(db, account_id)
        ],
    }


def set_leave(db: Work, account_id: UUID, body: Mapping[str, Any]) -> dict[str, Any]:
    """Sets until when somebody is away from an organisation, and who stands in; the account.

    Raises `NotFound` for an organisation of others, `NotAllowed` for a role without cases,
    `Invalid` for a day that is past and for somebody who can't stand in.
    """
    position, organisation = positions.in_organisation(db, account_id, body["organisation"])
    if not positions.handles_cases(position):
        raise NotAllowed("Leave and cover are for those who handle cases.")
    away = body.get("away_until", position.away_until)
    cover = body.get("cover", position.cover if away else None)
    if away is not None and away < organisations.today(db, organisation):
        raise Invalid(errors={"away_until": ["Use today or a later day."]})
    if cover is not None:
        _check_cover(db, position, away is not None, cover)
    position.away_until, position.cover = away, cover
    db.flush()
    audit.record(
        db,
        organisation,
        account_id,
        "leave_set",
        away_until=away.isoformat() if away else None,
        cover=str(cover) if cover else None,
    )
    return show(db, account_id)


def _check_cover(db: Work, position: Position, away: bool, cover: UUID) -> None:
    fault = None
    found = db.get(Position, (cover, position.organisation_id))
    if not away:
        fault = "Say until when you are away."
    elif cover == position.account_id:
        fault = "Choose somebody else."
    elif found is None or not found.listed:
        fault = "Choose a handler of this organisation who is in its roster."
    if fault:
        raise Invalid(errors={"cover": [fault]})
