"""Who reads a case: epochs in both forms, granting, revoking, another desk, handing over."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.schemas.base import EXAMPLE_ID, Bytes, Id, Reader, Slug, Text, WireSchema
from shared.sealing.envelope import OVERHEAD

SEALED_KEY = 32 + OVERHEAD


class SealedReader(WireSchema):
    reader = Reader(required=True, metadata={"example": "reporter"})
    sealed_key = Bytes(SEALED_KEY, required=True)


class SealedEpoch(WireSchema):
    case_key = Bytes(32, required=True)
    record = Bytes(required=True, validate=validate.Length(max=16_384))
    signature = Bytes(64, required=True)
    readers = fields.List(
        fields.Nested(SealedReader), required=True, validate=validate.Length(1, 200)
    )
    previous_key = Bytes(SEALED_KEY)


class Epoch(WireSchema):
    purpose = fields.Integer(required=True, metadata={"description": "0 messages, 1 notes"})
    epoch = fields.Integer(required=True)
    case_key = Bytes(32, required=True)
    record = Bytes(required=True)
    signature = Bytes(64, required=True)
    sealed_key = Bytes(SEALED_KEY, required=True, allow_none=True)
    previous_key = Bytes(SEALED_KEY, required=True, allow_none=True)


class EpochList(WireSchema):
    items = fields.List(fields.Nested(Epoch), required=True)


def _handlers(what: str) -> fields.List[Any]:
    return fields.List(
        Id(metadata={"example": EXAMPLE_ID}),
        validate=validate.Length(1, 20),
        metadata={"description": what},
    )


class ChangeReaders(WireSchema):
    """Readable: whom the reporter lets in or shuts out, or the desk that takes the case over.

    Sealed: the signed epoch, and the desk if it is another one.
    """

    EXAMPLE: ClassVar[dict[str, Any]] = {"desk": "senior-manager"}

    add = _handlers("handlers of the organisation to let in")
    remove = _handlers("handlers who are to read no more")
    desk = Slug(metadata={"description": "another desk, once a deadline has passed"})
    epoch = fields.Nested(SealedEpoch)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if not isinstance(sent, dict):
            return
        named = {"add", "remove", "desk", "epoch"} & sent.keys()
        if len(named) != 1 and named != {"desk", "epoch"}:
            raise ValidationError("Send one of add, remove, desk or epoch.", "epoch")


class Granted(WireSchema):
    """By which consent of the thread readers from outside the desk are let in."""

    message_id = Id(required=True, metadata={"description": "the reporter's consent"})
    handlers = fields.List(Id(), required=True, validate=validate.Length(1, 20))
    role = Text(200, blank=False, required=True)
    until = fields.Date(required=True)


class NextEpoch(WireSchema):
    """The next epoch, signed by the client: purpose 0 for messages, 1 for notes."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "purpose": 0,
        "epoch": {
            "case_key": "A" * 43,
            "record": "A" * 40,
            "signature": "A" * 86,
            "readers": [{"reader": "reporter", "sealed_key": "A" * 120}],
        },
    }

    purpose = fields.Integer(required=True, strict=True, validate=validate.OneOf((0, 1)))
    epoch = fields.Nested(SealedEpoch, required=True)
    consent = fields.Nested(Granted)


class AddReader(WireSchema):
    EXAMPLE: ClassVar[dict[str, Any]] = {"handler": EXAMPLE_ID}

    handler = Id(required=True, metadata={"description": "whom to let in"})
    consent = Id(metadata={"description": "outside the desk: id of the consent in the thread"})


class Handover(WireSchema):
    """All cases of one handler to another of the same organisation."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "organisation": "eeast",
        "from": EXAMPLE_ID,
        "to": EXAMPLE_ID,
    }

    organisation = Slug(required=True, metadata={"example": "eeast"})
    from_ = Id(required=True, data_key="from", metadata={"description": "who leaves"})
    to = Id(required=True, metadata={"description": "who takes over"})


class HandedOver(WireSchema):
    moved = fields.Integer(required=True, metadata={"description": "cases that they have now"})
    left = fields.Integer(
        required=True, metadata={"description": "cases that stay: their readers can't change so"}
    )
