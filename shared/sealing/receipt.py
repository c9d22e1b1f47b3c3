"""The receipt: the organisation's signature that it stored this message on this day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.errors import BadSignature, WrongKey
from shared.sealing.encoding import sha256
from shared.sealing.envelope import key_id
from shared.sealing.keyring import check_signature


@dataclass(frozen=True, slots=True)
class Receipt:
    """`key_id` (8 bytes), the organisation's `day`, and an Ed25519 `signature` (64 bytes)."""

    key_id: bytes
    day: date
    signature: bytes


def _signed(case_id: UUID, message_id: UUID, envelope: bytes, slug: str, day: date) -> bytes:
    return b"".join(
        (
            b"wren/v1/receipt\0",
            case_id.bytes,
            message_id.bytes,
            sha256(envelope),
            sha256(slug.encode("utf-8")),
            day.isoformat().encode("ascii"),
        )
    )


def issue(
    key: Ed25519PrivateKey, case_id: UUID, message_id: UUID, envelope: bytes, slug: str, day: date
) -> Receipt:
    """The receipt for a stored envelope, by the organisation's receipt key (RFC 8032)."""
    signature = key.sign(_signed(case_id, message_id, envelope, slug, day))
    return Receipt(key_id(key.public_key().public_bytes_raw()), day, signature)


def check(
    receipt: Receipt,
    receipt_keys: Iterable[bytes],
    case_id: UUID,
    message_id: UUID,
    envelope: bytes,
    slug: str,
) -> None:
    """Returns if the receipt holds. Raises `WrongKey` (no such key) or `BadSignature`."""
    for key in receipt_keys:
        if key_id(key) == receipt.key_id:
            signed = _signed(case_id, message_id, envelope, slug, receipt.day)
            if len(receipt.signature) != 64:
                raise BadSignature
            return check_signature(key, receipt.signature, signed)
    raise WrongKey("The receipt was signed by a key that the roster does not list.")
