"""The roster as it is sent: exact bytes and their signatures."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.schemas.base import EXAMPLE_ID, Bytes, Id, Slug, Text, WireSchema

WHY = ("new", "keys", "desks", "left")
"""Why a handler has to sign for somebody."""


class SignedRecord(WireSchema):
    record = Bytes(required=True, validate=validate.Length(max=1_000_000))
    signature = Bytes(64, required=True)


class Roster(WireSchema):
    records = fields.List(
        fields.Nested(SignedRecord), required=True, metadata={"description": "oldest first"}
    )


class NextRecord(WireSchema):
    """Readable: whom to approve or to retire, or which receipt key comes next.

    Sealed: the next record, signed by the client.
    """

    EXAMPLE: ClassVar[dict[str, Any]] = {"approve": EXAMPLE_ID}

    approve = Id(metadata={"description": "the id of a handler who is new, or has changed"})
    fingerprint = Text(
        50, metadata={"description": "with approve: of the keys that the caller was shown"}
    )
    desks = fields.List(
        Slug(),
        validate=validate.Length(max=50),
        metadata={"description": "with approve: the desks that the caller was shown"},
    )
    retire = Id(metadata={"description": "the id of a handler whose entry ends today"})
    receipt_key = Text(
        50, metadata={"description": "the fingerprint of the organisation's next receipt key"}
    )
    record = Bytes(validate=validate.Length(max=1_000_000))
    signature = Bytes(64)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_form(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if not isinstance(sent, dict):
            return
        known = ("approve", "retire", "receipt_key", "record")
        forms = [name for name in known if name in sent]
        if len(forms) != 1 or ("record" in sent) != ("signature" in sent):
            text = "Send approve, or retire, or receipt_key, or record and signature."
            raise ValidationError(text, "approve")
        if forms != ["approve"] and ("fingerprint" in sent or "desks" in sent):
            raise ValidationError("Send fingerprint and desks only with approve.", "approve")


class Newcomer(WireSchema):
    """Somebody whose account differs from the roster: a handler has to sign."""

    id = fields.UUID(required=True)
    display_name = fields.String(required=True, metadata={"example": "handler-7"})
    role = fields.String(
        required=True, allow_none=True, metadata={"description": "null: belongs here no more"}
    )
    desks = fields.List(fields.String(), required=True)
    why = fields.String(
        required=True,
        validate=validate.OneOf(WHY),
        metadata={"description": "`new`; changed `keys`; changed name or `desks`; `left`: retire"},
    )
    fingerprint = fields.String(
        required=True, metadata={"example": "0d1f 2c33 4e5a 6b77 8899 a0b1 c2d3 e4f5"}
    )
    listed_fingerprint = fields.String(required=True, allow_none=True)
    listed_name = fields.String(required=True, allow_none=True)
    listed_desks = fields.List(fields.String(), required=True, allow_none=True)


class NextReceiptKey(WireSchema):
    """The receipt key that waits for a handler's signature under the roster."""

    key = Bytes(32, required=True)
    fingerprint = fields.String(
        required=True, metadata={"example": "0d1f 2c33 4e5a 6b77 8899 a0b1 c2d3 e4f5"}
    )


class Newcomers(WireSchema):
    own_fingerprint = fields.String(
        required=True, metadata={"description": "of the caller's keys in the roster"}
    )
    items = fields.List(fields.Nested(Newcomer), required=True)
    receipt_key = fields.Nested(
        NextReceiptKey,
        required=True,
        allow_none=True,
        metadata={"description": "the next one, if it waits for a signature"},
    )
