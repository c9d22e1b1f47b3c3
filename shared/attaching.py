"""Attachments at a client: sealed once into a staged file, sent in chunks, fetched and checked.

The line may break anywhere: what was sealed stays as it is, and only chunks that the service
does not have are sent again. In memory there are never more than a few chunks.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from shared.client import Client
from shared.errors import Damaged, Unfinished
from shared.sealing import case as sealing
from shared.sealing import stream
from shared.sealing.encoding import b64, sha256
from shared.sealing.message import Attached, Kind
from shared.sealing.stream import SEALED_CHUNK, Description, chunk_count

LANES = 4
"""Chunks on their way at once: over a slow line, and over Tor, most of the time is waiting."""

_ROUNDS = 3

Progress = Callable[[int, int], None]
"""Called with the number of chunks that the service has, and of all."""


@dataclass(frozen=True, slots=True)
class Staged:
    """An attachment, sealed: the envelope, and a file of sealed chunks, which may lie on a disk.

    It can be made again from its parts after a restart: nothing in it is secret.
    """

    id: UUID
    kind: Kind
    envelope: bytes = field(repr=False)
    chunks: int
    file: BinaryIO = field(repr=False)

    @property
    def attached(self) -> Attached:
        """How the message that it hangs on names it."""
        return Attached(self.id, sha256(self.envelope))

    @property
    def body(self) -> dict[str, Any]:
        """What begins its upload."""
        return {
            "id": str(self.id),
            "sealed": {"envelope": b64(self.envelope)},
            "chunks": self.chunks,
        }

    def close(self) -> None:
        """Lets go of the staged file; one that was made without `into` is gone with it."""
        self.file.close()

    def chunk(self, number: int) -> bytes:
        """One sealed chunk. Raises `Damaged` if the staged file was cut."""
        self.file.seek(number * SEALED_CHUNK)
        data = self.file.read(SEALED_CHUNK)
        if len(data) != SEALED_CHUNK:
            raise Damaged
        return data


class _Hashing:
    """Reads a source once, and knows the SHA-256 of what was read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self.hashed = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self.hashed.update(data)
        return data


def stage(
    source: BinaryIO,
    size: int,
    name: str,
    media_type: str,
    case: sealing.Case,
    kind: Kind = "message",
    into: BinaryIO | None = None,
) -> Staged:
    """Seals `size` bytes of a source, read once, into `into` (or a file that `close` takes away).

    Raises `Damaged` if the source has another size, `TooLong` for a name that does not fit the
    description, `BrokenChain` as `Case.write` does.
    """
    attachment_id, key = uuid4(), stream.new_key()
    file: BinaryIO = into if into is not None else tempfile.TemporaryFile()  # noqa: SIM115
    read: Any = _Hashing(source)
    for chunk in stream.encrypt(read, size, key):
        file.write(chunk)
    file.flush()
    described = Description(key, name, media_type, size, read.hashed.digest())
    envelope = case.seal_attachment(kind, attachment_id, described)
    return Staged(attachment_id, kind, envelope, chunk_count(size), file)


def reseal(staged: Staged, case: sealing.Case) -> Staged:
    """The same, its description sealed to the newest epoch: after `EpochChanged`.

    Raises what `Case.open_attachment` and `Case.seal_attachment` raise.
    """
    described = case.open_attachment(staged.kind, staged.attached, staged.envelope)
    return replace(staged, envelope=case.seal_attachment(staged.kind, staged.id, described))


def upload(
    client: Client,
    path: str,
    bearer: str,
    staged: Staged,
    progress: Progress | None = None,
    lanes: int = LANES,
) -> None:
    """Sends what the service does not have yet; returns once it has all, durably.

    Call it again after an error of the line: it goes on where it stopped. What `progress`
    raises ends it. Raises `EpochChanged` (see `reseal`), `NoRoom`, `Conflict` for an id that was
    used for something else, `NotFound` for a case that is gone, `Unfinished`, or a `LineError`.
    """
    told = client.post_attachment(path, staged.body, bearer)
    for _ in range(_ROUNDS):
        have = {one for one in told["have"] if one < staged.chunks}
        missing = [one for one in range(staged.chunks) if one not in have]
        if progress is not None:
            progress(len(have), staged.chunks)
        if not missing:
            return
        for done in _send(client, path, bearer, staged, missing, lanes):
            if progress is not None:
                progress(len(have) + done, staged.chunks)
        told = client.attachment_state(path, staged.id, bearer)
    if len(set(told["have"])) != staged.chunks:
        raise Unfinished


def _send(
    client: Client, path: str, bearer: str, staged: Staged, missing: list[int], lanes: int
) -> Iterator[int]:
    """Sends chunks, some at once; how many are stored, after each. The first error ends it."""
    waiting: deque[Future[None]] = deque()
    done = 0
    with ThreadPoolExecutor(lanes) as pool:
        try:
            for number in missing:
                data = staged.chunk(number)
                waiting.append(
                    pool.submit(client.put_chunk, path, staged.id, number, data, bearer)
                )
                if len(waiting) >= lanes:
                    waiting.popleft().result()
                    done += 1
                    yield done
            while waiting:
                waiting.popleft().result()
                done += 1
                yield done
        finally:
            for one in waiting:
                one.cancel()


def describe(
    client: Client,
    path: str,
    bearer: str,
    named: Attached,
    case: sealing.Case,
    kind: Kind = "message",
) -> Description:
    """Name, type, size and key of an attachment that an opened message names.

    Raises `Damaged` for another than was named, or a count of chunks that does not fit;
    `NotFound`, or as `Case.open_attachment` does.
    """
    state = client.attachment_state(path, named.id, bearer)
    found = case.open_attachment(kind, named, state["envelope"])
    if state["chunks"] != chunk_count(found.size):
        raise Damaged
    return found


def fetch(
    client: Client,
    path: str,
    bearer: str,
    named: Attached,
    case: sealing.Case,
    kind: Kind = "message",
) -> Iterator[bytes]:
    """The true bytes, part by part; the last part comes only once all is checked.

    Raises as `describe` does, and `Damaged` for a chunk altered, moved, or of another attachment.
    """
    described = describe(client, path, bearer, named, case, kind)
    chunks = (
        client.get_chunk(path, named.id, number, bearer)
        for number in range(chunk_count(described.size))
    )
    return stream.decrypt(chunks, described)
