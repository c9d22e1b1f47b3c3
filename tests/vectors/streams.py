"""Vectors of attachments' streams: the bytes by a rule, the chunks by their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from tests.vectors import reference as ref
from tests.vectors.keys import Vector, vector
from tests.vectors.reference import CHUNK, b64, fixed, sha256

RULE = "byte i is (i * 7 + i // 251) mod 256"


def vectors() -> Iterator[Vector]:
    for name, size in {
        "0": 0, "1": 1, "65535": CHUNK - 1, "65536": CHUNK, "65537": CHUNK + 1,
        "three-chunks": 3 * CHUNK, "rounded-up": 8 * CHUNK + 1,
    }.items():  # fmt: skip
        yield _good(name, size)
    yield from _bad()
    yield from _counts()


def _given(size: int, key: bytes, plain: bytes) -> dict[str, Any]:
    return {
        "key": b64(key), "size": size, "rule": RULE, "sha256": b64(hashlib.sha256(plain).digest()),
    }  # fmt: skip


def _good(name: str, size: int) -> Vector:
    key, plain = fixed(f"stream {name}"), ref.plain_bytes(size)
    chunks = ref.stream(key, plain)
    what = f"A stream of {size} bytes is {len(chunks)} chunks of 65,552, and opens again."
    return vector(
        f"stream-{name}", "stream", what, _given(size, key, plain),
        {
            "chunks": [b64(sha256(one)) for one in chunks],
            "first_16": b64(chunks[0][:16]),
            "last_16": b64(chunks[-1][-16:]),
        },
    )  # fmt: skip


def _bad() -> Iterator[Vector]:
    size = 2 * CHUNK + 9
    key, plain = fixed("stream bad"), ref.plain_bytes(size)
    given = _given(size, key, plain)
    changes = {
        "extra": ("A chunk more", "repeat the last chunk"),
        "missing": ("A missing last chunk", "drop the last chunk"),
        "missing-middle": ("A missing chunk in the middle", "drop the second chunk"),
        "none": ("No chunk at all", "drop all chunks"),
        "swapped": ("Two swapped chunks", "swap the first two chunks"),
        "bit": ("A changed bit", "flip the first bit of the first chunk"),
        "cut": ("A chunk cut by a byte", "cut the last byte of the last chunk"),
        "empty-chunk": ("An empty chunk", "empty the first chunk"),
    }
    for name, (what, change) in changes.items():
        yield vector(
            f"stream-{name}", "stream-changed", f"{what} is refused.",
            given | {"change": change}, error="Damaged",
        )  # fmt: skip
    yield vector(
        "stream-empty-missing", "stream-changed", "No chunk at all is not even an empty file.",
        _given(0, key, b"") | {"change": "drop all chunks"}, error="Damaged",
    )  # fmt: skip
    yield vector(
        "stream-zeros-missing", "stream-changed", "Chunks of zeros may not be left out either.",
        _given(8 * CHUNK + 1, key, ref.plain_bytes(8 * CHUNK + 1))
        | {"change": "drop the last chunk"}, error="Damaged",
    )  # fmt: skip
    claims = {
        "wrong-size": ("A size that is a byte too small", {"claimed": size - 1}),
        "larger-size": ("A size that is a byte too large", {"claimed": size + 1}),
        "hidden-byte": (
            "A byte hidden where zeros should be",
            {"claimed": size - 1, "sha256": b64(sha256(plain[:-1]))},
        ),
        "other-count": ("A size of another number of chunks", {"claimed": 4 * CHUNK}),
        "wrong-hash": ("Another SHA-256", {"sha256": b64(fixed("other hash"))}),
        "other-key": ("Another key", {"decrypt_key": b64(fixed("other key"))}),
    }
    for name, (what, change) in claims.items():
        yield vector(
            f"stream-{name}", "stream-changed", f"{what} is refused.",
            given | {"change": "none"} | change, error="Damaged",
        )  # fmt: skip
    for name, what, there in (("grew", "grew", 1), ("shrank", "shrank", -1)):
        yield vector(
            f"stream-source-{name}", "stream-source", f"A source that {what} is refused.",
            {"key": b64(key), "size": CHUNK, "there": CHUNK + there}, error="Damaged",
        )  # fmt: skip


def _counts() -> Iterator[Vector]:
    wanted = {
        "one-to-eight": range(1, 9), "nine-to-sixteen": range(9, 17),
        "seventeen-to-forty": range(17, 41), "thousands": (1023, 1024, 1025, 1281, 1500, 1793),
    }  # fmt: skip
    for name, counts in wanted.items():
        pairs = [[n * CHUNK, ref.chunk_count(n * CHUNK)] for n in counts]
        yield vector(
            f"chunk-count-{name}", "chunk-count",
            "The number of chunks is rounded up to three significant bits.",
            {"sizes": [size for size, _ in pairs]}, {"chunks": [count for _, count in pairs]},
        )  # fmt: skip
    yield vector(
        "chunk-count-edges", "chunk-count", "A byte over a full chunk begins another.",
        {"sizes": [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 8 * CHUNK, 8 * CHUNK + 1]},
        {"chunks": [1, 1, 1, 1, 2, 8, 10]},
    )  # fmt: skip
