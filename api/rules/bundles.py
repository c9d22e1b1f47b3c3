"""What a newcomer is shown before anything is stored, sealed so that a page can carry it.

Whoever gets the bundle can neither read nor alter it: it is sealed under the deployment's
secret. It lies in no database, so that nothing is left of who goes away halfway.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from api.models.base import Work
from api.rules import credentials, locking
from api.rules.credentials import Credentials
from shared.errors import Damaged, WrongInvitation
from shared.sealing import keyring
from shared.sealing.encoding import b64, exact_json, read_id, read_json, unb64
from shared.sealing.keyring import Keyring

LASTS = 60 * 60
"""Seconds that a bundle can be used."""

_INFO = "wren/v1/join"
_OVER = "This took longer than an hour. Begin again with the invitation."


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """An account as it will be. `places` are the two recovery words to practise, from 1."""

    invitation: bytes
    account: UUID
    username: str
    organisation: str
    role: str
    seed: bytes
    credentials: Credentials
    places: tuple[int, int]
    expires: int
    bundle: str = field(default="", compare=False)

    @property
    def password(self) -> str:
        """Six words, made by the service."""
        return self.credentials.password

    @property
    def totp_secret(self) -> str:
        """For an authenticator app."""
        return self.credentials.totp_secret

    @property
    def totp_uri(self) -> str:
        """The text of the QR code."""
        return credentials.uri(self.totp_secret, self.username)

    @property
    def recovery(self) -> str:
        """Twelve words."""
        return self.credentials.recovery

    @property
    def fingerprint(self) -> str:
        """Of the new keys: what an approving handler compares."""
        keys = Keyring.from_seed(self.seed)
        return keyring.fingerprint(keys.seal_key, keys.sign_key)

    def shown(self) -> dict[str, Any]:
        """What `POST /join` answers, but for `listed`."""
        return self.credentials.shown(self.username) | {
            "handler_id": self.account,
            "username": self.username,
            "fingerprint": self.fingerprint,
            "organisation": self.organisation,
            "role": self.role,
        }


def new(
    db: Work,
    invitation: bytes,
    account: UUID,
    username: str,
    organisation: str,
    role: str,
    made: Credentials,
) -> Prepared:
    """New keys for an account, and its new credentials, with their bundle."""
    first, second = sorted(secrets.SystemRandom().sample(range(1, 13), 2))
    fields = {
        "invitation": b64(invitation),
        "account": str(account),
        "username": username,
        "organisation": organisation,
        "role": role,
        "seed": b64(Keyring.new().seed),
        "password": made.password,
        "salt": b64(made.salt),
        "stretched": b64(made.stretched),
        "totp_secret": made.totp_secret,
        "recovery": made.recovery,
        "places": [first, second],
        "expires": int(db.now) + LASTS,
    }
    return read(db, b64(locking.lock(db.config, _INFO, exact_json(fields), _INFO.encode())))


def read(db: Work, bundle: str) -> Prepared:
    """What `new` sealed. Raises `WrongInvitation` for one that is altered or over an hour old."""
    try:
        fields = read_json(locking.unlock(db.config, _INFO, unb64(bundle), _INFO.encode()))
    except (Damaged, ValueError):
        raise WrongInvitation(_OVER) from None
    if db.now >= fields["expires"]:
        raise WrongInvitation(_OVER)
    first, second = fields["places"]
    return Prepared(
        invitation=unb64(fields["invitation"]),
        account=read_id(fields["account"]),
        username=fields["username"],
        organisation=fields["organisation"],
        role=fields["role"],
        seed=unb64(fields["seed"]),
        credentials=Credentials(
            fields["password"],
            unb64(fields["salt"]),
            unb64(fields["stretched"]),
            fields["totp_secret"],
            fields["recovery"],
        ),
        places=(first, second),
        expires=fields["expires"],
        bundle=bundle,
    )
