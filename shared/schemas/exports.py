"""Case files: what a handler takes out of Wren, and what the reporter is told of it."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.schemas.base import STORY, Flag, Id, Text, WireSchema

EXPORTS = ("full", "sharing")


class Export(WireSchema):
    """A case file that was made: a copy that can't be called back."""

    day = fields.Date(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(EXPORTS),
        metadata={
            "example": "full",
            "description": "`sharing`: only what the reporter allowed to be shown",
        },
    )
    handler = Id(required=True)
    display_name = fields.String(required=True, metadata={"example": "handler-1"})


class ExportCase(WireSchema):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "kind": "sharing",
        "summary": "An invented summary: a group chat mocks a colleague every week.",
    }

    kind = fields.String(
        required=True,
        validate=validate.OneOf(EXPORTS, error="Use full or sharing."),
        metadata={"description": "`sharing`: only what the reporter allowed to be shown"},
    )
    summary = Text(
        STORY,
        load_default="",
        metadata={"description": "with sharing: the story in the handler's words"},
    )
    notes = Flag(load_default=False, metadata={"description": "with full: the private notes too"})
    originals = Flag(
        load_default=False,
        metadata={"description": "with full: files exactly as they were sent, too"},
    )

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data["kind"] == "sharing":
            if not data["summary"].strip():
                raise ValidationError("Say in your words what it is about.", "summary")
            for name in ("notes", "originals"):
                if data[name]:
                    raise ValidationError("This never goes into a file for sharing.", name)
        elif data["summary"]:
            raise ValidationError("A summary goes with sharing only.", "summary")
