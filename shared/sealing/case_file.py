"""The case file's signature: the organisation's, over the exact bytes of its manifest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.errors import BadSignature, WrongKey
from shared.sealing.envelope import key_id
from shared.sealing.keyring import check_signature

FORMAT = "wren-case-file/1"


@dataclass(frozen=True, slots=True)
class Signature:
    """`key_id` (8 bytes) of the receipt key, and an Ed25519 `signature` (64 bytes)."""

    key_id: bytes
    signature: bytes


def _signed(manifest: bytes) -> bytes:
    return b"wren/v1/case-file\0" + manifest


def sign(key: Ed25519PrivateKey, manifest: bytes) -> Signature:
    """The signature of a manifest's exact bytes, by the receipt key (RFC 8032)."""
    return Signature(key_id(key.public_key().public_bytes_raw()), key.sign(_signed(manifest)))


def check(given: Signature, receipt_keys: Iterable[bytes], manifest: bytes) -> None:
    """Returns if the signature holds. Raises `WrongKey` (no such key) or `BadSignature`."""
    for key in receipt_keys:
        if key_id(key) == given.key_id:
            if len(given.signature) != 64:
                raise BadSignature
            return check_signature(key, given.signature, _signed(manifest))
    raise WrongKey("The case file was signed by a key that the roster does not list.")
