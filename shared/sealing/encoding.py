"""The conventions of the format: base64url, exact JSON, HKDF, numbers, and one AEAD box."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.errors import Damaged

REPORTER = UUID(int=0)
"""The reporter's reader id: sixteen zero bytes."""


def b64(data: bytes) -> str:
    """base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of unpadded base64url; only the one exact spelling.

    Raises `Damaged` for padding, other characters, or bits that are not zero at the end.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise Damaged("This is not base64url.") from None
    if b64(data) != text:
        raise Damaged("This is not unpadded base64url.")
    return data


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4), 32 bytes."""
    return hashlib.sha256(data).digest()


def hkdf(secret: bytes, info: str) -> bytes:
    """HKDF-SHA256 (RFC 5869) with an empty salt: 32 bytes for this ASCII `info`."""
    return HKDF(SHA256(), length=32, salt=None, info=info.encode("ascii")).derive(secret)


def u32(number: int) -> bytes:
    """Four bytes, big-endian."""
    return number.to_bytes(4, "big")


def box(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """ChaCha20-Poly1305 (RFC 8439): 12 random bytes of nonce, then the ciphertext."""
    nonce = os.urandom(12)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, bound_to)


def unbox(key: bytes, boxed: bytes, bound_to: bytes) -> bytes:
    """What `box` sealed. Raises `Damaged` for another key, place or content."""
    if len(boxed) < 12 + 16:
        raise Damaged
    try:
        return ChaCha20Poly1305(key).decrypt(boxed[:12], boxed[12:], bound_to)
    except InvalidTag:
        raise Damaged from None


def read_day(text: Any) -> date:
    """The day in `YYYY-MM-DD`, ten ASCII characters. Raises `Damaged` for any other spelling."""
    try:
        day = date.fromisoformat(text)
    except (ValueError, TypeError):
        raise Damaged from None
    if day.isoformat() != text:
        raise Damaged
    return day


def read_id(text: Any) -> UUID:
    """The id in lower-case UUID text. Raises `Damaged` for any other spelling."""
    try:
        found = UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise Damaged from None
    if str(found) != text:
        raise Damaged
    return found


def exact_json(value: object) -> bytes:
    """Compact JSON in UTF-8, not ASCII-escaped: the bytes that are signed.

    Raises `Damaged` for a lone surrogate, which UTF-8 can't hold.
    """
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        raise Damaged from None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_floats(_text: str) -> Any:
    raise ValueError("a float")


def read_json(data: bytes) -> dict[str, Any]:
    """The object in these exact bytes.

    Raises `Damaged` for anything but one JSON object in UTF-8, and for duplicate keys,
    floats and lone surrogates: two readers could take them for different things.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_float=_no_floats,
            parse_constant=_no_floats,
        )
        exact_json(value)
    except (ValueError, RecursionError):
        raise Damaged from None
    if not isinstance(value, dict):
        raise Damaged
    return value
