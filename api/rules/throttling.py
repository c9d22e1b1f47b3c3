"""Slowing guessing down without keeping the real person out.

Wren makes the passwords, of 66 bits, and recovery words of 128: no number of tries over a line
finds one. So what has to be bounded is the work that wrong tries make, not their number.

Wrong tries are counted for each user name, known or not. After ten in a row a few are still looked
at each second, and of all others one in four, by chance. Who floods a name can't be told from
its owner, but can't take the owner's place either, however fast they are and however they time
it: a right password and code are looked at within a few tries. Tries of recovery words are counted
apart from those of passwords, so that neither is in the other's way. What all names together may
cost is bounded by `stretching`, which is as wide as the machine's cores.

Who signed in here before does not even notice. A right sign-in answers a device token, as OWASP's
"Slow Down Online Guessing Attacks with Device Cookies" describes it
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies): who
shows it is counted apart from everybody else. After ten wrong tries with one token it is
worth nothing any more, so one that was stolen gives ten guesses.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from api.models.account import Throttle
from api.models.base import Database, Work
from api.rules import locking
from shared.errors import Damaged, SlowDown
from shared.sealing.encoding import b64, unb64

FREE_TRIES = 10
"""Wrong tries in a row before any is refused without a look."""

LOOKS = 5
"""Tries that are looked at each second in any case."""

ONE_IN = 4
"""Of the others one in so many is looked at, by chance."""

DEVICE_TRIES = 10
"""Wrong sign-ins in a row with one device token before it is worth nothing."""

SWEPT_AT_ONCE = 2_000
"""Rows that are forgotten in one transaction."""

_NONCE = 16


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a try is counted: under a keyed hash, which tells nothing without the secret."""

    key: bytes = field(repr=False)
    waits: bool = True


def bucket(db: Work, username: str, account: UUID | None, device: str | None = None) -> Bucket:
    """Where a sign-in counts: at the device if its token is this account's, else at the name."""
    return _bucket(db, "throttle", username, account, device)


def of_recovery(
    db: Work, username: str, account: UUID | None, device: str | None = None
) -> Bucket:
    """As `bucket`, for a try of recovery words."""
    return _bucket(db, "throttle-recovery", username, account, device)


def _bucket(
    db: Work, what: str, username: str, account: UUID | None, device: str | None
) -> Bucket:
    nonce = _nonce(db, account, device) if account and device else None
    if account is not None and nonce is not None:
        of_device = Bucket(_keyed(db, "throttle-device", account.bytes + nonce), waits=False)
        found = db.get(Throttle, of_device.key)
        if found is None or found.failures < DEVICE_TRIES:
            return of_device
    return Bucket(_keyed(db, what, username.encode("utf-8", "surrogatepass")))


def own(db: Work, account: UUID) -> Bucket:
    """The bucket of what somebody who is signed in tries: strangers can't fill it."""
    return Bucket(_keyed(db, "throttle-own", account.bytes))


def check(db: Work, given: Bucket) -> None:
    """Returns if a try is to be looked at, else raises `SlowDown`: it is for another moment."""
    found = db.get(Throttle, given.key)
    if found is None or found.failures < FREE_TRIES or not given.waits:
        return
    if found.not_before - _slot(db.now) >= LOOKS and not by_chance():
        raise SlowDown


def by_chance() -> bool:
    """Whether one that is too many is looked at all the same."""
    return secrets.randbelow(ONE_IN) == 0


def _slot(at: float) -> int:
    """A time in pieces of a second, each for one look."""
    return int(at * LOOKS)


def count(db: Work, given: Bucket) -> None:
    """Counts a try that was wrong."""
    found = db.get(Throttle, given.key, with_for_update=True)
    if found is None:
        found = Throttle(key=given.key, failures=0, not_before=0)
        db.add(found)
    found.failures += 1
    if given.waits and found.failures > FREE_TRIES:
        now = _slot(db.now)
        found.not_before = min(max(found.not_before, now) + 1, now + LOOKS)
    elif given.waits:
        # The day alone, for `sweep`: nobody's first mistakes are kept by the second.
        found.not_before = _slot(_midnight(db))
    db.flush()


def _midnight(db: Work, days: int = 0) -> float:
    return (
        (db.utc + timedelta(days)).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    )


def clear(db: Work, given: Bucket) -> None:
    """Forgets the wrong tries of this bucket, since somebody was right."""
    db.execute(delete(Throttle).where(Throttle.key == given.key))


def sweep(database: Database) -> None:
    """Forgets wrong tries of names that were last tried before yesterday.

    So no rows are left of names that nobody has. Those of device tokens stay. It looks at all
    rows, of which strangers can make millions: it is done once a day, and at no sign-in; and some
    at once, so that whoever writes meanwhile waits for these alone.
    """
    after: bytes | None = b""
    while after is not None:
        after = _sweep_some(database, after)


def _sweep_some(database: Database, after: bytes) -> bytes | None:
    """Those that follow a key; the last of them, or None when no more are left."""
    with database.read() as db:
        old = (Throttle.not_before > 0) & (Throttle.not_before < _slot(_midnight(db, -1)))
        found = select(Throttle.key).where(old, Throttle.key > after).order_by(Throttle.key)
        keys = db.scalars(found.limit(SWEPT_AT_ONCE)).all()
    if not keys:
        return None
    # By what it says now: somebody may have tried meanwhile.
    these = delete(Throttle).where(Throttle.key > after, Throttle.key <= keys[-1], old)
    database.write(lambda db: db.execute(these), lasting=False)
    return keys[-1]


def new_device(db: Work, account: UUID) -> str:
    """A device token of this account: a nonce of 16 bytes and its HMAC, base64url."""
    nonce = os.urandom(_NONCE)
    return b64(nonce + _keyed(db, "device", account.bytes + nonce))


def unknown_salt(db: Work, username: str) -> bytes:
    """A salt for a user name that nobody has: it looks and stays the same, 16 bytes."""
    of = username.encode("utf-8", "surrogatepass")
    return hmac.digest(locking.lasting(db, locking.NO_SALT), of, "sha256")[:16]


def _nonce(db: Work, account: UUID, device: str) -> bytes | None:
    try:
        given = unb64(device)
    except Damaged:
        return None
    nonce, mac = given[:_NONCE], given[_NONCE:]
    right = locking.is_mac(db.config, "wren/v1/device", account.bytes + nonce, mac)
    return nonce if right else None


def _keyed(db: Work, what: str, of: bytes) -> bytes:
    return locking.mac(db.config, f"wren/v1/{what}", of)
