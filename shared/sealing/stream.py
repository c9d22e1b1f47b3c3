"""Attachments: a sealed description, and a stream of sealed chunks in flat memory.

STREAM is of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015), in the form of age v1:
64 KiB chunks, ChaCha20-Poly1305, nonce = 11-byte counter || last-chunk flag.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from shared.errors import BadKey, Damaged, UnknownVersion
from shared.sealing.encoding import b64, exact_json, read_json, unb64
from shared.sealing.envelope import place, seal, unseal
from shared.sealing.message import pad, unpad

CHUNK = 64 * 1024
SEALED_CHUNK = CHUNK + 16
_DESCRIPTION = (4 * 1024,)


@dataclass(frozen=True, slots=True, repr=False)
class Description:
    """The attachment's key, name, media type, true size in bytes, and SHA-256 of its bytes."""

    key: bytes
    name: str
    type: str
    size: int
    sha256: bytes


def chunk_count(size: int) -> int:
    """Chunks for `size` bytes, rounded up to three significant bits (8, 10, 12, 14, 16, 20)."""
    chunks = max(1, -(-size // CHUNK))
    step = 1 << max(0, chunks.bit_length() - 3)
    return -(-chunks // step) * step


def _nonce(counter: int, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes((last,))


def seal_chunk(key: bytes, number: int, chunks: int, plain: bytes) -> bytes:
    """One sealed chunk of so many, of 65,552 bytes: the same bytes always give the same one.

    Never seal other bytes as the same chunk under the same key.
    """
    nonce = _nonce(number, number == chunks - 1)
    return ChaCha20Poly1305(key).encrypt(nonce, plain.ljust(CHUNK, b"\0"), None)


def encrypt(source: BinaryIO, size: int, key: bytes) -> Iterator[bytes]:
    """The sealed chunks of `source`, which has `size` bytes, each of 65,552 bytes.

    A key is used for one reading only. Raises `Damaged` if the source has another size.
    """
    aead, chunks, left = ChaCha20Poly1305(key), chunk_count(size), size
    for counter in range(chunks):
        plain = _read_full(source, min(CHUNK, left))
        left -= len(plain)
        if counter == chunks - 1 and source.read(1):
            raise Damaged("The file grew while it was read.")
        yield aead.encrypt(_nonce(counter, counter == chunks - 1), plain.ljust(CHUNK, b"\0"), None)


def _read_full(source: BinaryIO, wanted: int) -> bytes:
    parts = bytearray()
    while len(parts) < wanted:
        part = source.read(wanted - len(parts))
        if not part:
            raise Damaged("The file shrank while it was read.")
        parts += part
    return bytes(parts)


def decrypt(chunks: Iterable[bytes], description: Description) -> Iterator[bytes]:
    """The true bytes of a stream, chunk by chunk; the last part only comes once all is checked.

    Raises `Damaged` for a chunk altered, moved, missing or extra, or another size or SHA-256.
    """
    aead, count = ChaCha20Poly1305(description.key), chunk_count(description.size)
    left, hashed, counter, held = description.size, hashlib.sha256(), 0, b""
    for chunk in chunks:
        if counter == count or len(chunk) != SEALED_CHUNK:
            raise Damaged
        try:
            plain = aead.decrypt(_nonce(counter, counter == count - 1), chunk, None)
        except InvalidTag:
            raise Damaged from None
        true, rest = plain[:left], plain[left:]
        if rest.strip(b"\0"):
            raise Damaged
        hashed.update(true)
        left -= len(true)
        counter += 1
        if true:
            if held:
                yield held
            held = true
    if counter != count or hashed.digest() != description.sha256:
        raise Damaged
    if held:
        yield held


def new_key() -> bytes:
    """A stream's key: 32 random bytes."""
    return os.urandom(32)


def seal_description(
    case_id: UUID, attachment_id: UUID, description: Description, epoch_key: bytes
) -> bytes:
    """The envelope of kind `attachment`. Raises `TooLong` (over 4 KiB) or `BadKey`."""
    text = exact_json(
        {
            "v": 1,
            "key": b64(description.key),
            "name": description.name,
            "type": description.type,
            "size": description.size,
            "sha256": b64(description.sha256),
        }
    )
    return seal("attachment", place(case_id, attachment_id), epoch_key, pad(text, _DESCRIPTION))


def open_description(
    case_id: UUID, attachment_id: UUID, envelope: bytes, epoch_key: X25519PrivateKey
) -> Description:
    """What `seal_description` sealed. Raises as `unseal` does, `Damaged` or `UnknownVersion`."""
    inside = unseal("attachment", place(case_id, attachment_id), epoch_key, envelope)
    fields = read_json(unpad(inside, _DESCRIPTION))
    if fields.get("v") != 1 or isinstance(fields["v"], bool):
        raise UnknownVersion
    if fields.keys() != {"v", "key", "name", "type", "size", "sha256"}:
        raise Damaged
    name, media, size = fields["name"], fields["type"], fields["size"]
    if not isinstance(name, str) or not isinstance(media, str) or type(size) is not int:
        raise Damaged
    if size < 0 or not isinstance(fields["key"], str) or not isinstance(fields["sha256"], str):
        raise Damaged
    found = Description(unb64(fields["key"]), name, media, size, unb64(fields["sha256"]))
    if len(found.key) != 32:
        raise BadKey
    if len(found.sha256) != 32:
        raise Damaged
    return found
