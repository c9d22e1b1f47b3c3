"""The roster as it is sent: exact bytes and their signatures."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.schemas.base import EXAMPLE_ID, Bytes, Id, WireSchema


class SignedRecord(WireSchema):
    record = Bytes(required=True, validate=validate.Length(max=1_000_000))
    signature = Bytes(64, required=True)


class Roster(WireSchema):
    records = fields.List(
        fields.Nested(SignedRecord), required=True, metadata={"description": "oldest first"}
    )


class NextRecord(WireSchema):
    """Readable: whom to approve. Sealed: the next record, signed by the client."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"approve": EXAMPLE_ID}

    approve = Id(metadata={"description": "the id of a handler who waits for approval"})
    record = Bytes(validate=validate.Length(max=1_000_000))
    signature = Bytes(64)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_form(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if isinstance(sent, dict) and (
            ("record" in sent) != ("signature" in sent)
            or ("approve" in sent) == ("record" in sent)
        ):
            raise ValidationError("Send approve, or record and signature.", "approve")
