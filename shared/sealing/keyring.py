"""The keys of one person: X25519 to be sealed to, Ed25519 to sign with, both from one seed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from mnemonic import Mnemonic

from shared.errors import BadKey, BadSignature, BadToken
from shared.sealing import tokens
from shared.sealing.encoding import box, hkdf, sha256, unbox

_PROBE = X25519PrivateKey.generate()


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Both key pairs. `seal_key` and `sign_key` are the raw public halves, 32 bytes each."""

    seed: bytes
    seal_private: X25519PrivateKey
    sign_private: Ed25519PrivateKey
    seal_key: bytes
    sign_key: bytes

    @classmethod
    def from_seed(cls, seed: bytes) -> Keyring:
        """The keyring of a 32-byte seed. Raises `BadKey` for another length."""
        if len(seed) != 32:
            raise BadKey
        seal = X25519PrivateKey.from_private_bytes(hkdf(seed, "wren/v1/seal"))
        sign = Ed25519PrivateKey.from_private_bytes(hkdf(seed, "wren/v1/sign"))
        return cls(
            seed,
            seal,
            sign,
            seal.public_key().public_bytes_raw(),
            sign.public_key().public_bytes_raw(),
        )

    @classmethod
    def new(cls) -> Keyring:
        """A handler's keyring: its seed is random."""
        return cls.from_seed(os.urandom(32))

    def sign(self, data: bytes) -> bytes:
        """Ed25519 (RFC 8032), 64 bytes."""
        return self.sign_private.sign(data)


@lru_cache(maxsize=4096)
def seal_public(key: bytes) -> X25519PublicKey:
    """An X25519 public key that can be sealed to.

    Raises `BadKey` for another length, or where the exchange gives zeros (RFC 7748,
    section 6.1): everybody could open what is sealed to such a key.
    """
    try:
        public = X25519PublicKey.from_public_bytes(key)
        _PROBE.exchange(public)
    except ValueError:
        raise BadKey from None
    return public


def fingerprint(seal_key: bytes, sign_key: bytes) -> str:
    """The first 16 bytes of SHA-256 over both keys, as eight groups of four hex digits.

    People compare it before one of them signs for the other's keys.
    """
    digits = sha256(seal_key + sign_key)[:16].hex()
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def check_signature(sign_key: bytes, signature: bytes, data: bytes) -> None:
    """Returns if Ed25519 verifies, else raises `BadSignature` (`BadKey`: not a key)."""
    try:
        public = Ed25519PublicKey.from_public_bytes(sign_key)
    except ValueError:
        raise BadKey from None
    try:
        public.verify(signature, data)
    except InvalidSignature:
        raise BadSignature from None


def lock(secret: bytes, info: str, owner: UUID, plain: bytes) -> bytes:
    """Seals for the owner's own use, under HKDF(secret, info): nonce || ciphertext."""
    return box(hkdf(secret, info), plain, info.encode() + b"\0" + owner.bytes)


def unlock(secret: bytes, info: str, owner: UUID, locked: bytes) -> bytes:
    """What `lock` sealed. Raises `Damaged` for another secret, use or owner."""
    return unbox(hkdf(secret, info), locked, info.encode() + b"\0" + owner.bytes)


PASSWORD, TOTP, RECOVERY = "wren/v1/password", "wren/v1/totp", "wren/v1/recovery"


def sign_in_verifier(stretched: bytes) -> bytes:
    """What the server keeps of a stretched password: SHA-256(HKDF(P, "wren/v1/sign-in"))."""
    return sha256(hkdf(stretched, "wren/v1/sign-in"))


def new_password() -> str:
    """Six full words of the list joined by single spaces: 66 bits, made by Wren."""
    words = Mnemonic("english").wordlist
    return " ".join(words[int.from_bytes(os.urandom(2), "big") & 2047] for _ in range(6))


def new_recovery() -> tuple[str, bytes]:
    """Twelve BIP-39 words and the 16 random bytes that they stand for."""
    random = os.urandom(16)
    return Mnemonic("english").to_mnemonic(random), random


def read_recovery(text: str) -> bytes:
    """The 16 bytes of twelve recovery words, spelt as a token may be. Raises `BadToken`."""
    words = [tokens.find(one) or "" for one in tokens.split(text)]
    try:
        if len(words) == 12:
            return bytes(Mnemonic("english").to_entropy(words))
    except (ValueError, LookupError):
        pass
    raise BadToken("Check the twelve recovery words, and their order.")


def seal_draft(keyring: Keyring, owner: UUID, case_id: UUID, draft: bytes) -> bytes:
    """A draft that only its author opens, bound to owner and case."""
    return box(hkdf(keyring.seed, "wren/v1/draft"), draft, owner.bytes + case_id.bytes)


def open_draft(keyring: Keyring, owner: UUID, case_id: UUID, sealed: bytes) -> bytes:
    """What `seal_draft` sealed. Raises `Damaged`."""
    return unbox(hkdf(keyring.seed, "wren/v1/draft"), sealed, owner.bytes + case_id.bytes)
