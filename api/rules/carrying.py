"""New credentials that their holder sees before they count, sealed so that a page can carry them.

An answer can be lost on the way. So nobody's password is changed by the answer that shows the
new one: it is shown first, and counts once its holder has sent it back.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from api.models.account import Account
from api.models.base import Work
from api.rules import locking, throttling
from api.rules.credentials import Credentials
from shared.errors import Conflict, Damaged
from shared.sealing import keyring
from shared.sealing.encoding import REPORTER, b64, exact_json, read_json, unb64
from shared.sealing.keyring import RECOVERY

LASTS = 60 * 60
"""Seconds that a bundle can be used."""

_INFO = "wren/v1/carried"
_OVER = "This took longer than an hour. Begin again."


def new(db: Work, owner: str, made: Credentials) -> str:
    """The bundle of new credentials for this owner."""
    fields = {
        "password": made.password,
        "salt": b64(made.salt),
        "stretched": b64(made.stretched),
        "totp_secret": made.totp_secret,
        "recovery": made.recovery,
        "expires": int(db.now) + LASTS,
    }
    return b64(locking.lock(db.config, _INFO, exact_json(fields), _bound(owner)))


def read(db: Work, owner: str, bundle: str) -> Credentials:
    """What `new` sealed for this owner. Raises `Conflict` if it is altered or an hour old."""
    try:
        fields = read_json(locking.unlock(db.config, _INFO, unb64(bundle), _bound(owner)))
    except (Damaged, ValueError):
        raise Conflict(_OVER) from None
    if db.now >= fields["expires"]:
        raise Conflict(_OVER)
    return Credentials(
        fields["password"],
        unb64(fields["salt"]),
        unb64(fields["stretched"]),
        fields["totp_secret"],
        fields["recovery"],
    )


def knows_recovery(db: Work, username: str, words: bytes, device: str | None = None) -> bool:
    """Whether these are the recovery words of this user name. Wrong ones were counted: commit.

    It looks only; `accounts.recover` uses them up. Raises `SlowDown` while wrong tries are too
    frequent.
    """
    found = db.execute(
        select(Account.id, Account.recovery_seed).where(Account.username == username)
    ).one_or_none()
    account: UUID | None = found.id if found else None
    tries = throttling.of_recovery(db, username, account, device)
    throttling.check(db, tries)
    locked = found.recovery_seed if found else bytes(60)
    try:
        keyring.unlock(words, RECOVERY, account or REPORTER, locked)
    except Damaged:
        throttling.count(db, tries)
        return False
    return True


def _bound(owner: str) -> bytes:
    return f"{_INFO}\0{owner}".encode("utf-8", "surrogatepass")
