"""The envelope is RFC 9180: a second implementation, itself held to the RFC, opens it."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from shared.sealing.envelope import HEADER, key_id, seal, unseal
from tests.vectors.reference import hpke_open, hpke_seal, public_of

# RFC 9180, appendix A.2.1, the first encryption (its aad is "Count-0").
INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
PRIVATE = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
PUBLIC = bytes.fromhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
ENC = bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
SEALED = bytes.fromhex(
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
)


def test_the_second_implementation_opens_the_published_vector() -> None:
    assert public_of(PRIVATE) == PUBLIC
    assert hpke_open(PRIVATE, INFO, ENC + SEALED, b"Count-0") == b"Beauty is truth, truth beauty"


def test_it_opens_what_the_code_seals() -> None:
    for length in (0, 1, 32, 4096):
        private, plain, context = os.urandom(32), os.urandom(length), os.urandom(32)
        public = public_of(private)
        sealed = seal("note", context, public, plain)
        assert sealed[:10] == HEADER + key_id(public)
        assert len(sealed) == 58 + length
        assert hpke_open(private, b"wren/v1/note\0" + context, sealed[10:]) == plain


def test_the_code_opens_what_it_seals() -> None:
    private, context = os.urandom(32), os.urandom(32)
    public = public_of(private)
    sealed = hpke_seal(public, b"wren/v1/message\0" + context, b"plain", os.urandom(32))
    mine = X25519PrivateKey.from_private_bytes(private)
    assert unseal("message", context, mine, HEADER + key_id(public) + sealed) == b"plain"


def test_no_two_sealings_are_alike() -> None:
    public = public_of(os.urandom(32))
    assert seal("note", b"", public, b"a") != seal("note", b"", public, b"a")
