"""Figures: counts by quarter, small ones hidden."""

from __future__ import annotations

from marshmallow import fields

from shared.schemas.base import WireSchema


class Cell(WireSchema):
    count = fields.Integer(required=True, allow_none=True)
    hidden = fields.Boolean(
        required=True,
        metadata={"description": "below five, or a small one could be computed from it"},
    )


class Row(Cell):
    value = fields.String(required=True, metadata={"example": "guardian"})
    name = fields.String(required=True, metadata={"example": "Freedom to Speak Up guardian"})


class Group(WireSchema):
    field = fields.String(
        required=True,
        metadata={
            "example": "opened",
            "description": "`opened`, `open`, `closed`: by desk. `classified`: a total. The "
            "others are of classified cases, `speak_up_again` of answers",
        },
    )
    total = fields.Nested(
        Cell,
        required=True,
        allow_none=True,
        metadata={"description": "null where one case may have several values"},
    )
    rows = fields.List(fields.Nested(Row), required=True)


class Quarter(WireSchema):
    quarter = fields.String(
        required=True, metadata={"example": "2026-Q3", "description": "Q1 is April to June"}
    )
    groups = fields.List(fields.Nested(Group), required=True)


class Statistics(WireSchema):
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    least = fields.Integer(required=True, metadata={"description": "the smallest count shown"})
    quarters = fields.List(
        fields.Nested(Quarter), required=True, metadata={"description": "newest first"}
    )
