"""Stretching by Argon2id (RFC 9106) at two named costs, and what is derived from a token."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from shared.errors import BadKey
from shared.sealing import tokens
from shared.sealing.encoding import hkdf, sha256
from shared.sealing.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Profile:
    """A cost of Argon2id: `t` passes over `m` KiB in `p` lanes."""

    name: str
    t: int
    m: int
    p: int


TOKEN = Profile("TOKEN", t=2, m=19 * 1024, p=1)
"""OWASP's minimum (Password Storage Cheat Sheet): enough for a token's 80 random bits."""

PASSWORD = Profile("PASSWORD", t=3, m=64 * 1024, p=1)
"""RFC 9106's second recommended option, in one lane: for people's passwords."""


def stretch(secret: bytes, salt: bytes, profile: Profile) -> bytes:
    """Argon2id of `secret`: 32 bytes. `salt` is 16 bytes, else `BadKey`."""
    if len(salt) != 16:
        raise BadKey("A salt has 16 bytes.")
    return Argon2id(
        salt=salt, length=32, iterations=profile.t, lanes=profile.p, memory_cost=profile.m
    ).derive(secret)


@dataclass(frozen=True, slots=True, repr=False)
class Root:
    """What a token stretches to. The access key signs in; the keyring opens and signs."""

    access_key: bytes
    keyring: Keyring = field(repr=False)

    @property
    def verifier(self) -> bytes:
        """What the server keeps of the access key: its SHA-256."""
        return verifier(self.access_key)


def verifier(access_key: bytes) -> bytes:
    """SHA-256 of an access key, 32 bytes."""
    return sha256(access_key)


def root_of(stretched: bytes) -> Root:
    """The access key and keyring of a stretched token (32 bytes)."""
    return Root(
        hkdf(stretched, "wren/v1/access"), Keyring.from_seed(hkdf(stretched, "wren/v1/keyring"))
    )


def root(token: str, salt: bytes) -> Root:
    """Stretches a token (about 20 ms and 19 MiB). Raises `BadToken` before it does."""
    return root_of(stretch(tokens.decode(token), salt, TOKEN))
