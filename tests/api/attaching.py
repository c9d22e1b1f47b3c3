"""What tests of attachments share: bytes to attach, staged and sealed, and the calls by hand."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from werkzeug.test import TestResponse

from shared import attaching
from shared.attaching import Staged
from shared.sealing.message import Kind
from shared.thread import OpenCase
from tests.service import Service

OCTETS = "application/octet-stream"
CHUNK = 65_536


def some(size: int, seed: int = 1) -> bytes:
    """Bytes that can't be told from a file's; the same for the same seed."""
    return random.Random(seed).randbytes(size)


def stage(case: OpenCase, data: bytes, kind: Kind = "message", name: str = "a.jpg") -> Staged:
    """An attachment, sealed for a case."""
    source, into = io.BytesIO(data), io.BytesIO()
    return attaching.stage(source, len(data), name, "image/jpeg", case.keys, kind, into)


def attached(case: OpenCase, data: bytes, kind: Kind = "message") -> Staged:
    """An attachment, sealed and uploaded."""
    made = stage(case, data, kind)
    case.attach(made)
    return made


def send(case: OpenCase, data: bytes, text: str = "See the picture.") -> Staged:
    """An attachment that hangs on a message."""
    made = attached(case, data)
    case.send(case.prepare(text, [made.attached]))
    return made


def got(case: OpenCase, staged: Staged, kind: Kind = "message") -> bytes:
    """The true bytes, as this reader fetches and checks them."""
    return b"".join(case.fetch(staged.attached, kind))


# --- the calls by hand ----------------------------------------------------------------------


def at(path: str, staged: Staged | UUID, rest: str = "state") -> str:
    """The address of an attachment; `path` is `/case` or `/cases/<reference>`."""
    named = staged if isinstance(staged, UUID) else staged.id
    return f"{path}/attachments/{named}/{rest}"


def begin(service: Service, path: str, staged: Staged, bearer: str) -> TestResponse:
    """Begins an upload."""
    return service.post(f"{path}/attachments", staged.body, bearer)


def put(
    service: Service, path: str, staged: Staged | UUID, number: Any, data: bytes, bearer: str,
    content_type: str = OCTETS,
) -> TestResponse:  # fmt: skip
    """Sends one chunk."""
    address = at(path, staged, f"chunks/{number}")
    return service.call("PUT", address, None, bearer, data=data, content_type=content_type)


def put_all(
    service: Service, path: str, staged: Staged, bearer: str, numbers: Iterable[int] | None = None
) -> None:
    """Sends chunks, each of which has to be stored."""
    for number in range(staged.chunks) if numbers is None else numbers:
        answer = put(service, path, staged, number, staged.chunk(number), bearer)
        assert answer.status_code == 204, answer.text


def have(service: Service, path: str, staged: Staged, bearer: str) -> list[int]:
    """What the service says that it has."""
    answer = service.get(at(path, staged), bearer)
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["have"])
