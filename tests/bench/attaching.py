"""The rows of attachments: a sealed upload next to the disk alone, and what ten of them take."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import requests
from sqlalchemy import select

from api.config import Config
from api.models.base import Database
from api.models.case import CaseEpoch
from api.rules import sessions
from shared.attaching import LANES
from shared.schemas.attachments import ENVELOPE
from shared.sealing.encoding import b64
from shared.sealing.envelope import HEADER, key_id
from shared.sealing.stream import SEALED_CHUNK, chunk_count
from tests.bench.load import Job
from tests.bench.row import Row, compare
from tests.bench.world import Server, World
from tests.service import SECRET

SIZE = 50_000_000
CHUNKS = chunk_count(SIZE)
MEGABYTES = CHUNKS * SEALED_CHUNK / 1e6
UPLOADS = 10
MOST_GROWTH = 16.0
_ROUNDS = 5

OCTETS = "application/octet-stream"
Case = tuple[str, bytes]
"""A reporter's session, and the public key of their case."""


def upload(world: World) -> Row:
    """Megabytes a second of a sealed upload, next to writing them with an fsync for each chunk."""
    chunks = [os.urandom(SEALED_CHUNK) for _ in range(CHUNKS)]
    data = world.filled(_ROUNDS + 1)
    cases = _cases(data)
    with world.wren(data) as wren:

        def ours() -> float:
            job = _job(wren, [_begin(wren, next(cases))], chunks, LANES)
            return world.generator.run(job).rate * SEALED_CHUNK / 1e6

        def reference() -> float:
            return MEGABYTES / _write(data / uuid4().hex, chunks)

        ours()
        return compare(
            "sealed upload of 50 MB / the same bytes, an fsync each 64 KiB",
            "MB/s",
            ("at least", 0.4),
            ours,
            reference,
            rounds=_ROUNDS,
        )


def memory(world: World) -> Row:
    """MiB by which the worker grows while ten uploads of 50 MB run at once."""
    chunks = [os.urandom(SEALED_CHUNK)] * CHUNKS
    data = world.filled(2 * UPLOADS)
    cases = _cases(data)
    with world.wren(data) as wren:
        # Warm: as many requests at once as later, of little.
        warm = [_begin(wren, next(cases), 1) for _ in range(UPLOADS)]
        world.generator.run(_job(wren, warm, chunks[:1], UPLOADS))
        before = wren.resident()
        places = [_begin(wren, next(cases)) for _ in range(UPLOADS)]
        with _highest(wren) as found:
            world.generator.run(_job(wren, places, chunks, UPLOADS))
    growth = max(found) - before
    return Row(
        f"memory: {UPLOADS} sealed uploads of 50 MB at once / {MOST_GROWTH:.0f} MiB",
        "MiB",
        ("at most", 1.0),
        growth,
        MOST_GROWTH,
        note=f"{before:.0f} MiB before",
    )


@contextmanager
def _highest(wren: Server) -> Iterator[list[float]]:
    """What the worker holds, looked at all the time."""
    found, over = [wren.resident()], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            found.append(wren.resident())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _cases(data: Path) -> Iterator[Case]:
    """Every case in the data, signed in to."""
    database = Database(Config(f"sqlite:///{data / 'wren.db'}", SECRET))
    with database.read() as db:
        keys = db.execute(select(CaseEpoch.case_id, CaseEpoch.case_key)).all()

    def start(case_id: UUID) -> str:
        begun = database.write(lambda db: sessions.start(db, "reporter", case_id, 3600))
        return str(begun["session"])

    found = [(start(case_id), key) for case_id, key in keys]
    database.engine.dispose()
    return iter(found)


def _begin(wren: Server, case: Case, chunks: int = CHUNKS) -> tuple[str, str]:
    """Begins an upload; the bearer, and the address of its chunks."""
    bearer, key = case
    head = HEADER + key_id(key)
    envelope = head + os.urandom(ENVELOPE - len(head))
    body = {"id": str(uuid4()), "sealed": {"envelope": b64(envelope)}, "chunks": chunks}
    url = f"http://127.0.0.1:{wren.port}/api/v1/case/attachments"
    answer = requests.post(url, json.dumps(body), timeout=30, headers={
        "Authorization": f"Bearer {bearer}", "Content-Type": "application/json",
    })  # fmt: skip
    answer.raise_for_status()
    return bearer, f"/api/v1/case/attachments/{body['id']}/chunks"


def _job(
    wren: Server, places: Sequence[tuple[str, str]], chunks: Sequence[bytes], connections: int
) -> Job:
    """Every chunk of every upload, in turn."""
    each = [(bearer, f"{path}/{n}") for n in range(len(chunks)) for bearer, path in places]
    return Job(
        wren.port, "PUT", "", [one for one in chunks for _ in places],
        connections=connections, seconds=300, kind=OCTETS, each=each,
    )  # fmt: skip


def _write(path: Path, chunks: Sequence[bytes]) -> float:
    """Seconds to write the chunks, each durable before the next."""
    start = time.perf_counter()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    for one in chunks:
        os.write(handle, one)
        os.fsync(handle)
    os.close(handle)
    found = time.perf_counter() - start
    path.unlink()
    return found
