"""Attachments: the sealed description, and how much of the stream is there."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from shared.schemas.base import EXAMPLE_ID, Bytes, Id, WireSchema
from shared.sealing.encoding import b64
from shared.sealing.envelope import HEADER, OVERHEAD
from shared.sealing.message import SIZES

ENVELOPE = SIZES[0] + OVERHEAD
"""Bytes of an attachment's envelope: 4 KiB, and what sealing adds."""

MOST_CHUNKS = 1 << 20
"""Far above any limit that an organisation sets."""


class SealedAttachment(WireSchema):
    envelope = Bytes(ENVELOPE, required=True, metadata={"description": "see docs/sealing.md"})


def _chunks() -> fields.Integer:
    return fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, MOST_CHUNKS),
        metadata={"example": 12, "description": "of 65,552 bytes, rounded up (docs/sealing.md)"},
    )


class PostAttachment(WireSchema):
    EXAMPLE: ClassVar[dict[str, Any] | None] = {
        "id": EXAMPLE_ID,
        "sealed": {"envelope": b64(HEADER + bytes(ENVELOPE - len(HEADER)))},
        "chunks": 12,
    }

    id = Id(
        required=True,
        metadata={"example": EXAMPLE_ID, "description": "chosen by the client: safe to repeat"},
    )
    sealed = fields.Nested(SealedAttachment, required=True)
    chunks = _chunks()


def _have() -> fields.List[Any]:
    return fields.List(
        fields.Integer(strict=True, validate=validate.Range(0, MOST_CHUNKS)),
        required=True,
        metadata={"example": [0, 1, 2], "description": "the chunks that are stored, from 0"},
    )


class StoredAttachment(WireSchema):
    id = Id(required=True)
    chunks = _chunks()
    have = _have()


class AttachmentState(WireSchema):
    envelope = Bytes(ENVELOPE, required=True)
    chunks = _chunks()
    have = _have()
