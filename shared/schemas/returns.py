"""The quarterly return: exact counts, submitted once and then corrected in the open."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from shared.schemas.administration import OfOrganisation
from shared.schemas.base import Bytes, Text, WireSchema

WHY = 1_000
"""The longest reason for a correction, in code points."""


class ReturnQuery(OfOrganisation):
    number = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 9_999),
        metadata={
            "example": 0,
            "description": "1, 2, ...: one that was submitted. 0: what it would be now. Left out: "
            "the newest that was submitted; if none was, as 0",
        },
    )


class SubmitReturn(OfOrganisation):
    """Freezes the numbers of a preview. `number` and `digest` are those of the preview."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "organisation": "eeast",
        "number": 1,
        "digest": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
    }

    number = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9_999))
    digest = Bytes(
        32, required=True, metadata={"description": "if the numbers changed since: 409 `conflict`"}
    )
    why = Text(
        WHY,
        load_default="",
        metadata={"description": "for a correction: what changed and why; everybody reads it"},
    )


class Submitted(WireSchema):
    """A return that was submitted."""

    number = fields.Integer(required=True, metadata={"example": 1})
    day = fields.Date(required=True)
    by = fields.String(required=True, metadata={"example": "administrator-1"})
    why = fields.String(required=True, metadata={"description": "what was corrected, and why"})


class _Quarter(WireSchema):
    code = fields.String(required=True, metadata={"example": "2026-Q3"})
    year = fields.Integer(required=True, metadata={"example": 2026})
    quarter = fields.Integer(
        required=True, metadata={"example": 3, "description": "1 is April to June"}
    )
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    submitted = fields.List(
        fields.Nested(Submitted), required=True, metadata={"description": "newest first"}
    )


class Returns(WireSchema):
    items = fields.List(
        fields.Nested(_Quarter), required=True, metadata={"description": "newest first"}
    )


class Section(WireSchema):
    code = fields.String(required=True, metadata={"example": "elements"})
    name = fields.String(required=True)
    about = fields.String(required=True)


class ReturnRow(WireSchema):
    section = fields.String(required=True, metadata={"example": "elements"})
    code = fields.String(required=True, metadata={"example": "detriment"})
    name = fields.String(required=True)
    count = fields.Integer(required=True)
    asked = fields.Boolean(
        required=True,
        metadata={"description": "false: the form has no such row, as of a retired element"},
    )


class Warned(WireSchema):
    code = fields.String(
        required=True,
        metadata={
            "example": "unclassified",
            "description": "`unclassified`: cases that nobody classified yet. `not_asked`: cases "
            "under a name that the form does not have",
        },
    )
    count = fields.Integer(required=True)
    name = fields.String(required=True)


class Change(WireSchema):
    section = fields.String(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    before = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: there was no such row"}
    )
    after = fields.Integer(required=True, allow_none=True)


class QuarterlyReturn(_Quarter):
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    organisation_name = fields.String(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf(("preview", "submitted")),
        metadata={"example": "preview"},
    )  # fmt: skip
    number = fields.Integer(
        required=True, metadata={"description": "of a preview: the one that it would get"}
    )
    version = fields.String(
        required=True, metadata={"example": "2026", "description": "of the form"}
    )
    day = fields.Date(required=True, allow_none=True, metadata={"description": "it was submitted"})
    by = fields.String(required=True)
    why = fields.String(required=True)
    digest = fields.String(
        required=True, metadata={"description": "SHA-256 of the numbers, to be submitted by"}
    )
    title = fields.String(required=True)
    method = fields.String(required=True, metadata={"description": "how it was counted: one line"})
    sections = fields.List(fields.Nested(Section), required=True)
    rows = fields.List(fields.Nested(ReturnRow), required=True)
    warnings = fields.List(fields.Nested(Warned), required=True)
    changes = fields.List(
        fields.Nested(Change),
        required=True,
        metadata={"description": "rows that differ from the number before"},
    )
