"""The format a second time, from the primitives and docs/sealing.md alone.

Nothing here imports `shared`: what the generator writes is what the page says, and the code
has to agree. What is random in the code is derived from the content here, so that a second
run writes the same files. That is for vectors only: real nonces and keys come from the
system's random source.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from mnemonic import Mnemonic

WORDS = Mnemonic("english").wordlist
REPORTER, EARLIER = bytes(16), b"\xff" * 16


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that stand for random ones, up to 32."""
    return sha256(b"wren test vector " + label.encode())[:length]


def fixed_id(label: str) -> UUID:
    return UUID(bytes=fixed(label, 16), version=4)


def exact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- RFC 5869, RFC 9106, RFC 9180 -------------------------------------------------------


def extract(salt: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), secret, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    done, block = b"", b""
    for counter in range(1, 256):
        if len(done) >= length:
            break
        block = hmac.digest(key, block + info + bytes((counter,)), "sha256")
        done += block
    return done[:length]


def hkdf(secret: bytes, info: str) -> bytes:
    return expand(extract(b"", secret), info.encode("ascii"), 32)


def argon2id(secret: bytes, salt: bytes, t: int, m: int) -> bytes:
    return hash_secret_raw(secret, salt, t, m, 1, 32, Type.ID)


_KEM = b"KEM" + bytes.fromhex("0020")
_HPKE = b"HPKE" + bytes.fromhex("0020 0001 0003")


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    return extract(salt, b"HPKE-v1" + suite + label + secret)


def _labeled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def hpke_key_and_nonce(
    shared: bytes, enc: bytes, public: bytes, info: bytes
) -> tuple[bytes, bytes]:
    """RFC 9180, sections 4.1 and 5.1, base mode: what the first message is encrypted with."""
    prk = _labeled_extract(_KEM, b"", b"eae_prk", shared)
    secret = _labeled_expand(_KEM, prk, b"shared_secret", enc + public, 32)
    context = (
        b"\0"
        + _labeled_extract(_HPKE, b"", b"psk_id_hash", b"")
        + _labeled_extract(_HPKE, b"", b"info_hash", info)
    )
    secret = _labeled_extract(_HPKE, secret, b"secret", b"")
    return (
        _labeled_expand(_HPKE, secret, b"key", context, 32),
        _labeled_expand(_HPKE, secret, b"base_nonce", context, 12),
    )


def hpke_seal(public: bytes, info: bytes, plain: bytes, ephemeral: bytes) -> bytes:
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(public))
    key, nonce = hpke_key_and_nonce(shared, enc, public, info)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, plain, b"")


def hpke_open(private: bytes, info: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    mine = X25519PrivateKey.from_private_bytes(private)
    shared = mine.exchange(X25519PublicKey.from_public_bytes(sealed[:32]))
    public = mine.public_key().public_bytes_raw()
    key, nonce = hpke_key_and_nonce(shared, sealed[:32], public, info)
    return ChaCha20Poly1305(key).decrypt(nonce, sealed[32:], aad)


# --- the layouts --------------------------------------------------------------------------


def key_id(public: bytes) -> bytes:
    return sha256(public)[:8]


def seal(kind: str, context: bytes, public: bytes, plain: bytes) -> bytes:
    info = b"wren/v1/" + kind.encode() + b"\0" + context
    ephemeral = sha256(b"ephemeral" + info + public + plain)
    return b"\x01\x01" + key_id(public) + hpke_seal(public, info, plain, ephemeral)


def key_context(case: UUID, reader: bytes, purpose: int, epoch: int) -> bytes:
    return case.bytes + reader + bytes((purpose,)) + epoch.to_bytes(4, "big")


def box(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = sha256(b"nonce" + key + plain)[:12]
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, bound_to)


def lock(secret: bytes, info: str, owner: UUID, plain: bytes) -> bytes:
    return box(hkdf(secret, info), plain, info.encode() + b"\0" + owner.bytes)


def words(number: int, count: int) -> str:
    return " ".join(WORDS[number >> 11 * place & 2047] for place in reversed(range(count)))


def token(random: bytes) -> str:
    return words(int.from_bytes(random + sha256(random)[:1], "big"), 8)


def recovery(random: bytes) -> str:
    """BIP-39: 128 bits and 4 bits of SHA-256."""
    return words(int.from_bytes(random, "big") << 4 | sha256(random)[0] >> 4, 12)


def fingerprint(seal_key: bytes, sign_key: bytes) -> str:
    """Eight groups of four hex digits."""
    number = int.from_bytes(sha256(seal_key + sign_key)[:16], "big")
    return " ".join(f"{number >> (16 * place) & 0xFFFF:04x}" for place in reversed(range(8)))


def pad(data: bytes) -> bytes:
    size = next(kib * 1024 for kib in (4, 16, 64, 192) if len(data) < kib * 1024)
    return (data + b"\x80").ljust(size, b"\0")


@dataclass(frozen=True)
class Person:
    """One keyring, and whose it is."""

    id: UUID
    name: str
    seed: bytes

    @property
    def seal_private(self) -> bytes:
        return hkdf(self.seed, "wren/v1/seal")

    @property
    def seal_key(self) -> bytes:
        return public_of(self.seal_private)

    @property
    def sign_key(self) -> bytes:
        return self._signing.public_key().public_bytes_raw()

    @property
    def _signing(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(hkdf(self.seed, "wren/v1/sign"))

    @property
    def author(self) -> str:
        return "reporter" if self.id.int == 0 else f"handler:{self.id}"

    def sign(self, data: bytes) -> bytes:
        return self._signing.sign(data)

    def entry(self, *desks: str, **more: Any) -> dict[str, Any]:
        """The person in a roster."""
        return {
            "id": str(self.id),
            "name": self.name,
            "desks": list(desks) or ["guardian"],
            "seal_key": b64(self.seal_key),
            "sign_key": b64(self.sign_key),
        } | more


def public_of(private: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def epoch_record(
    case: UUID, purpose: int, epoch: int, public: bytes, previous: bytes, signer: UUID,
    readers: list[Person],
) -> bytes:  # fmt: skip
    parts = [b"wren/v1/epoch\0", case.bytes, bytes((purpose,)), epoch.to_bytes(4, "big")]
    parts += [public, previous, signer.bytes]
    parts += [one.id.bytes + one.seal_key + one.sign_key for one in readers]
    return b"".join(parts)


def in_order(readers: list[Person]) -> list[Person]:
    return sorted(readers, key=lambda one: one.id.bytes)


def signed_message(kind: str, case: UUID, item: UUID, text: bytes, signer: Person) -> bytes:
    """The inside of a message or note before padding."""
    data = f"wren/v1/signed/{kind}".encode() + b"\0" + case.bytes + item.bytes + text
    return signer.sign(data) + text


def receipt_text(case: UUID, message: UUID, envelope: bytes, slug: str, day: str) -> bytes:
    return b"".join(
        (
            b"wren/v1/receipt\0",
            case.bytes,
            message.bytes,
            sha256(envelope),
            sha256(slug.encode()),
            day.encode(),
        )
    )


# --- streams ------------------------------------------------------------------------------

CHUNK = 65_536


def plain_bytes(size: int) -> bytes:
    """Byte number i is (i * 7 + i // 251) mod 256."""
    return bytes((at * 7 + at // 251) & 255 for at in range(size))


def chunk_count(size: int) -> int:
    """By trial: the least number that has three significant bits and is enough."""
    count = max(1, -(-size // CHUNK))
    while count >> max(0, count.bit_length() - 3) << max(0, count.bit_length() - 3) != count:
        count += 1
    return count


def stream(key: bytes, plain: bytes) -> list[bytes]:
    count = chunk_count(len(plain))
    padded = plain.ljust(count * CHUNK, b"\0")
    return [
        ChaCha20Poly1305(key).encrypt(
            at.to_bytes(11, "big") + (b"\1" if at == count - 1 else b"\0"),
            padded[at * CHUNK : (at + 1) * CHUNK],
            None,
        )
        for at in range(count)
    ]
