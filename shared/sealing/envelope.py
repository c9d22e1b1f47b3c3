"""The envelope: one sealing to one public key, bound to its place (HPKE, RFC 9180)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from shared.errors import Damaged, UnknownVersion, WrongKey
from shared.sealing.encoding import sha256, u32
from shared.sealing.keyring import seal_public

Kind = Literal["case-key", "message", "note", "attachment"]

HEADER = bytes((1, 1))
"""Version 1; suite 1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305."""

OVERHEAD = 2 + 8 + 32 + 16
"""Bytes that an envelope adds: header, key id, HPKE's enc and tag."""

EARLIER_EPOCH = UUID(bytes=b"\xff" * 16)
"""The reader id under which an earlier epoch's key is sealed to the newer one's."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def key_id(public_key: bytes) -> bytes:
    """The first 8 bytes of SHA-256(public key)."""
    return sha256(public_key)[:8]


def _info(kind: Kind, context: bytes) -> bytes:
    return b"wren/v1/" + kind.encode("ascii") + b"\0" + context


def place(case_id: UUID, item_id: UUID) -> bytes:
    """The context of a message, note or attachment: case id || its own id."""
    return case_id.bytes + item_id.bytes


def key_place(case_id: UUID, reader: UUID, purpose: int, epoch: int) -> bytes:
    """The context of a case key: case id || reader id || purpose || epoch."""
    return case_id.bytes + reader.bytes + bytes((purpose,)) + u32(epoch)


def seal(kind: Kind, context: bytes, public_key: bytes, plain: bytes) -> bytes:
    """Seals `plain` to `public_key`. Raises `BadKey` for a key that protects nothing."""
    sealed = _SUITE.encrypt(plain, seal_public(public_key), info=_info(kind, context))
    return HEADER + key_id(public_key) + sealed


def addressed_to(envelope: bytes) -> bytes:
    """The key id an envelope names. Raises `Damaged` (too short) or `UnknownVersion`."""
    if len(envelope) < OVERHEAD:
        raise Damaged
    if envelope[:2] != HEADER:
        raise UnknownVersion
    return envelope[2:10]


def unseal(kind: Kind, context: bytes, private_key: X25519PrivateKey, envelope: bytes) -> bytes:
    """What was sealed.

    Raises `Damaged` (under 58 bytes, altered, or of another place), `UnknownVersion` or
    `WrongKey`.
    """
    if addressed_to(envelope) != key_id(private_key.public_key().public_bytes_raw()):
        raise WrongKey
    try:
        return _SUITE.decrypt(envelope[10:], private_key, info=_info(kind, context))
    except (InvalidTag, ValueError):
        raise Damaged from None
