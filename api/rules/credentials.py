"""What an account signs in with: a password, a TOTP secret and recovery words, all made here."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyotp

from api.rules import stretching
from shared.sealing import keyring
from shared.sealing.keyring import PASSWORD, RECOVERY, TOTP, Keyring

USED = "wren/v1/totp-used"
_STEP = 30


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """New ones: shown once, stored only as `columns` locks them."""

    password: str
    salt: bytes
    stretched: bytes
    totp_secret: str
    recovery: str

    def columns(self, account: UUID, seed: bytes) -> dict[str, Any]:
        """What the account's row has of them, and of the keys that come from this seed."""
        keys = Keyring.from_seed(seed)
        recovery = keyring.read_recovery(self.recovery)
        return {
            "salt": self.salt,
            "verifier": keyring.sign_in_verifier(self.stretched),
            "sealed_seed": keyring.lock(self.stretched, PASSWORD, account, seed),
            "recovery_seed": keyring.lock(recovery, RECOVERY, account, seed),
            "sealed_totp": keyring.lock(self.stretched, TOTP, account, self.totp_secret.encode()),
            "used_totp": None,
            "seal_key": keys.seal_key,
            "sign_key": keys.sign_key,
        }

    def shown(self, username: str) -> dict[str, str]:
        """What its holder is shown, once."""
        return {
            "password": self.password,
            "totp_secret": self.totp_secret,
            "totp_uri": uri(self.totp_secret, username),
            "recovery": self.recovery,
        }


def new() -> Credentials:
    """New credentials. It stretches the password: call it where no connection is held."""
    password, salt = keyring.new_password(), os.urandom(16)
    recovery, _ = keyring.new_recovery()
    stretched = stretching.password(password, salt)
    return Credentials(password, salt, stretched, pyotp.random_base32(), recovery)


def uri(totp_secret: str, username: str) -> str:
    """The text of the QR code that an authenticator app reads."""
    return pyotp.TOTP(totp_secret).provisioning_uri(name=username, issuer_name="Wren")


def step_of(totp_secret: str, code: str, now: float, after: int = -1) -> int | None:
    """The step (RFC 6238) of a code that is right now, a step early or late; None for a wrong one.

    Only a step later than `after` counts, so that a code works once.
    """
    at = int(now) // _STEP
    given = code.encode("utf-8", "surrogatepass")
    for step in (at - 1, at, at + 1):
        right = hmac.compare_digest(pyotp.TOTP(totp_secret).at(step * _STEP).encode(), given)
        if right and step > after:
            return step
    return None


def lock_step(stretched: bytes, account: UUID, step: int) -> bytes:
    """The step that was used last. Sealed: it would tell when somebody last signed in."""
    return keyring.lock(stretched, USED, account, step.to_bytes(8, "big"))


def last_step(stretched: bytes, account: UUID, locked: bytes | None) -> int:
    """The step that was used last, -1 if none was. Raises `Damaged`."""
    if locked is None:
        return -1
    return int.from_bytes(keyring.unlock(stretched, USED, account, locked), "big")
