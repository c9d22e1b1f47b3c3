"""Vectors of proof files whose report names a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors import reference as ref
from tests.vectors.keys import Vector, vector
from tests.vectors.proofs import whole_proof
from tests.vectors.reference import b64, fixed, sha256
from tests.vectors.world import (
    ATTACHMENT_ID,
    CASE,
    DAY,
    FINGERPRINT,
    REP,
    REPORT,
    REPORT_ID,
    SLUG,
    TOKEN,
    envelope,
    receipt,
    three_epochs,
)

SIZE = 65_537
ABOUT = {
    "name": "llun 1.png", "type": "image/png", "size": SIZE,
    "sha256": b64(sha256(ref.plain_bytes(SIZE))),
}  # fmt: skip


def vectors() -> Iterator[Vector]:
    listed = [_entry()]
    swapped = [_entry(size=SIZE + 1)]
    yield vector(
        "proof-attachment", "proof", "With the words, a proof tells of the file it names.",
        _given(listed), _shown({"problem": None} | ABOUT),
    )  # fmt: skip
    yield vector(
        "proof-attachment-no-token", "proof", "Without the words, a file is counted only.",
        _given(listed, None), _shown(None) | {"unnamed": 1},
    )  # fmt: skip
    yield vector(
        "proof-attachment-missing", "proof", "A named file without an entry shows.",
        _given([]), _shown({"problem": "missing_earlier"}),
    )  # fmt: skip
    yield vector(
        "proof-attachment-swapped", "proof", "Another description than the one named shows.",
        _given(swapped), _shown({"problem": "damaged"}),
    )  # fmt: skip


def _sealed(**change: Any) -> bytes:
    fields = {"v": 1, "key": b64(fixed("stream key"))} | ABOUT | change
    context = CASE.bytes + ATTACHMENT_ID.bytes
    return ref.seal("attachment", context, three_epochs().public(0), ref.pad(ref.exact(fields)))


def _entry(**change: Any) -> dict[str, str]:
    return {"id": str(ATTACHMENT_ID), "envelope": b64(_sealed(**change))}


def _given(attachments: list[dict[str, str]], token: str | None = TOKEN) -> dict[str, Any]:
    named = {"id": str(ATTACHMENT_ID), "sha256": b64(sha256(_sealed()))}
    content, proof = REPORT | {"attachments": [named]}, whole_proof()
    report = envelope("message", REPORT_ID, content, REP, three_epochs().private[0])
    stored = proof["messages"][0] | {
        "envelope": b64(report), "receipt": receipt(REPORT_ID, report),
    }  # fmt: skip
    changed = proof | {"messages": [stored], "attachments": attachments}
    return {"proof": changed, "fingerprint": b64(FINGERPRINT), "token": token}


def _shown(file: dict[str, Any] | None) -> dict[str, Any]:
    item = {"number": 1, "author": "reporter", "day": DAY, "problem": None}
    if file is not None:
        item["files"] = [{"id": str(ATTACHMENT_ID)} | file]
    return {
        "organisation": SLUG, "case_id": str(CASE), "items": [item],
        "holds": not (file and file["problem"]),
    }  # fmt: skip
