"""A message's length shows as one of four, and a large file takes little memory."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
from uuid import uuid4

import pytest

from shared.errors import Damaged, TooLong
from shared.sealing import stream
from shared.sealing.message import ENVELOPE_SIZES, SIZES, Message, pad, unpad
from tests.sealing.people import DAY, Store, text

KIB = 1024


def test_the_four_sizes() -> None:
    assert SIZES == (4 * KIB, 16 * KIB, 64 * KIB, 192 * KIB)
    assert tuple(size + 58 for size in SIZES) == ENVELOPE_SIZES


@pytest.mark.parametrize("size", SIZES)
def test_around_each_boundary(size: int) -> None:
    for length in (size - 65, size - 64, size - 2, size - 1):
        padded = pad(b"\x80" * length, SIZES)
        assert len(padded) == size
        assert unpad(padded, SIZES) == b"\x80" * length
    if size == SIZES[-1]:
        with pytest.raises(TooLong):
            pad(bytes(size), SIZES)
    else:
        assert len(pad(bytes(size), SIZES)) == SIZES[SIZES.index(size) + 1]


def test_the_signature_counts() -> None:
    store = Store()
    mine = store.unlock()
    empty = len(text(mine, "").to_json()) + 64
    for size, envelope in zip(SIZES, ENVELOPE_SIZES, strict=True):
        room = size - 1 - empty
        message_id = uuid4()
        sealed = mine.write("message", message_id, text(mine, "x" * room))
        assert len(sealed) == envelope
        assert mine.read("message", message_id, sealed).body == {"text": "x" * room}
    with pytest.raises(TooLong):
        mine.write("message", uuid4(), text(mine, "x" * (room + 1)))


@pytest.mark.parametrize(
    "message",
    [
        Message("reporter", DAY, 1, "text", {"score": 1.5}),
        Message("reporter", DAY, 0, "text", {}),
        Message("reporter", DAY, 1, "joke", {}),
        Message("reporter", DAY, 1, "text", {"text": "\ud800"}),
        Message("reporter", DAY, 1, "text", {}, (b"short",)),
    ],
    ids=["float", "seq", "type", "surrogate", "after"],
)
def test_what_no_reader_would_take_is_not_written(message: Message) -> None:
    with pytest.raises(Damaged):
        Store().unlock().write("message", uuid4(), message)


class _Source(io.RawIOBase):
    """Endless bytes of one kind, up to a length, in odd portions."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, wanted: int = -1) -> bytes:
        given = min(wanted, self._left, 40_001)
        self._left -= given
        return b"w" * given


def test_fifty_megabytes_in_flat_memory() -> None:
    size, key = 50 * KIB * KIB, os.urandom(32)
    whole = hashlib.sha256()
    for _ in range(50):
        whole.update(b"w" * KIB * KIB)
    described = stream.Description(key, "a.mp4", "video/mp4", size, whole.digest())
    tracemalloc.start()
    try:
        chunks = stream.encrypt(_Source(size), size, key)  # type: ignore[arg-type]
        opened = sum(len(part) for part in stream.decrypt(chunks, described))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert opened == size
    assert peak < 2 * KIB * KIB


def test_the_last_part_comes_only_when_all_was_checked() -> None:
    data, key = b"w" * 3 * stream.CHUNK, os.urandom(32)
    chunks = list(stream.encrypt(io.BytesIO(data), len(data), key))
    false = stream.Description(key, "a", "text/plain", len(data), bytes(32))
    came = []
    with pytest.raises(Damaged):
        came.extend(part for part in stream.decrypt(chunks, false))
    opened = stream.decrypt(chunks, false)
    assert len(next(opened)) + len(next(opened)) == 2 * stream.CHUNK
    with pytest.raises(Damaged):
        next(opened)


def test_at_most_a_quarter_more_chunks() -> None:
    for count in range(1, 3000):
        rounded = stream.chunk_count(count * stream.CHUNK)
        assert count <= rounded <= count * 1.25
        assert (
            rounded >> max(0, rounded.bit_length() - 3) << max(0, rounded.bit_length() - 3)
            == rounded
        )
