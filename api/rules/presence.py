"""That somebody who is signed in is still the one at the keyboard: their password, asked again."""

from __future__ import annotations

import hmac
from uuid import UUID

from api.models.account import Account
from api.models.base import Work
from api.rules import throttling
from shared.sealing import keyring


def confirm(db: Work, account: UUID, stretched: bytes) -> bool:
    """Whether this is the account's password. A wrong one was counted: commit it.

    It is stretched with `accounts.own_salt`, which also slows guessing down.
    """
    found = db.get(Account, account)
    verifier = found.verifier if found else bytes(32)
    tries = throttling.own(db, account)
    if not hmac.compare_digest(verifier, keyring.sign_in_verifier(stretched)) or found is None:
        throttling.count(db, tries)
        return False
    throttling.clear(db, tries)
    return True
