"""Slowing guessing down without keeping the real person out.

Wrong tries are counted for each user name, known or not: after ten in a row there is a wait.
That alone would let a stranger make the real person wait. So a right sign-in answers a device
token, as OWASP's "Slow Down Online Guessing Attacks with Device Cookies" describes it
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies): who
shows it is counted apart from everybody else. After ten wrong tries with one token it is
worth nothing any more, so one that was stolen gives ten guesses at a password of 66 bits.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete

from api.models.account import Throttle
from api.models.base import Work
from shared.errors import Damaged, SlowDown
from shared.sealing.encoding import b64, hkdf, unb64

FREE_TRIES, LONGEST_WAIT = 10, 8
"""Wrong sign-ins in a row before there is a wait, and the longest wait in seconds.

The passwords that Wren makes have 66 bits, so the wait does not need to be longer.
"""

DEVICE_TRIES = 10
"""Wrong sign-ins in a row with one device token before it is worth nothing."""

_NONCE = 16


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a try is counted: under a keyed hash, which tells nothing without the secret."""

    key: bytes = field(repr=False)
    waits: bool = True


def bucket(db: Work, username: str, account: UUID | None, device: str | None = None) -> Bucket:
    """The bucket of a try: the device's if its token is good for this account, else the name's."""
    nonce = _nonce(db, account, device) if account and device else None
    if account is not None and nonce is not None:
        of_device = Bucket(_keyed(db, "throttle-device", account.bytes + nonce), waits=False)
        found = db.get(Throttle, of_device.key)
        if found is None or found.failures < DEVICE_TRIES:
            return of_device
    return Bucket(_keyed(db, "throttle", username.encode("utf-8", "surrogatepass")))


def own(db: Work, account: UUID) -> Bucket:
    """The bucket of what somebody who is signed in tries: strangers can't fill it."""
    return Bucket(_keyed(db, "throttle-own", account.bytes))


def check(db: Work, given: Bucket) -> None:
    """Returns if a try may be made now, else raises `SlowDown`."""
    found = db.get(Throttle, given.key)
    if found is not None and db.now < found.not_before:
        raise SlowDown


def count(db: Work, given: Bucket) -> None:
    """Counts a try that was wrong."""
    found = db.get(Throttle, given.key, with_for_update=True)
    if found is None:
        found = Throttle(key=given.key, failures=0, not_before=0)
        db.add(found)
    found.failures += 1
    if given.waits and found.failures >= FREE_TRIES:
        wait = min(2 ** (found.failures - FREE_TRIES), LONGEST_WAIT)
        found.not_before = int(db.now) + wait
    db.flush()


def clear(db: Work, given: Bucket) -> None:
    """Forgets the wrong tries of this bucket: somebody was right."""
    db.execute(delete(Throttle).where(Throttle.key == given.key))


def new_device(db: Work, account: UUID) -> str:
    """A device token of this account: a nonce of 16 bytes and its HMAC, base64url."""
    nonce = os.urandom(_NONCE)
    return b64(nonce + _keyed(db, "device", account.bytes + nonce))


def unknown_salt(db: Work, username: str) -> bytes:
    """A salt for a user name that nobody has: it looks and stays the same, 16 bytes."""
    return _keyed(db, "no-salt", username.encode("utf-8", "surrogatepass"))[:16]


def _nonce(db: Work, account: UUID, device: str) -> bytes | None:
    try:
        given = unb64(device)
    except Damaged:
        return None
    nonce, mac = given[:_NONCE], given[_NONCE:]
    right = hmac.compare_digest(mac, _keyed(db, "device", account.bytes + nonce))
    return nonce if right else None


def _keyed(db: Work, what: str, of: bytes) -> bytes:
    return hmac.digest(hkdf(db.config.secret, f"wren/v1/{what}"), of, "sha256")
