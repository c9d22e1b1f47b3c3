"""Attachments in the readable form: a form with the file itself, and what comes back."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from shared.schemas.base import EXAMPLE_ID, Id, WireSchema, WordFlag


class TheFile(fields.Field[Any]):
    """The file of a form; what is in it is looked at by the rules."""

    default_error_messages = {"text": "Send a file in this field, with its name."}
    limits: ClassVar[dict[str, Any]] = {"type": "string", "format": "binary"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **_kwargs: Any) -> Any:
        if isinstance(value, str):
            raise self.make_error("text")
        return value


class AttachmentForm(WireSchema):
    """`multipart/form-data` (RFC 7578)."""

    id = Id(
        required=True,
        metadata={"example": EXAMPLE_ID, "description": "chosen by the client: safe to repeat"},
    )
    file = TheFile(required=True, metadata={"description": "one file, with its name"})
    uncleaned = WordFlag(
        load_default=False,
        metadata={"description": "true: it may go as it is, if it can't be cleaned"},
    )
    kind = fields.String(
        load_default="message",
        validate=validate.OneOf(["message", "note"], error="Use message or note."),
        metadata={"description": "what it will hang on; notes are for handlers only"},
    )


class OriginalQuery(WireSchema):
    original = WordFlag(
        load_default=False,
        metadata={"description": "true: the exact bytes, whatever they say of their making"},
    )
