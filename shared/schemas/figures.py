"""Published figures: counts by quarter, small ones hidden."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from shared.schemas.administration import OfOrganisation
from shared.schemas.base import WireSchema


class QuarterName(fields.String):
    """A quarter of the NHS year: `2026-Q1` is April to June 2026."""

    def __init__(self, **kwargs: Any) -> None:
        rule = validate.Regexp(
            r"20[0-9]{2}-Q[1-4]\Z", error="Use a quarter, as 2026-Q1 (April to June)."
        )
        metadata = {"example": "2026-Q1", "description": "Q1 is April to June"}
        super().__init__(validate=rule, metadata=metadata | kwargs.pop("metadata", {}), **kwargs)


class StatisticsQuery(OfOrganisation):
    first = QuarterName(
        data_key="from",
        metadata={"description": "the first quarter; left out: the newest twelve"},
    )
    last = QuarterName(data_key="to", metadata={"description": "the last quarter"})


class Cell(WireSchema):
    count = fields.Integer(required=True, allow_none=True)
    hidden = fields.Boolean(
        required=True,
        metadata={"description": "below five, or a small one could be computed from it"},
    )


class Row(Cell):
    value = fields.String(required=True, metadata={"example": "guardian"})
    name = fields.String(
        required=True,
        metadata={
            "example": "Freedom to Speak Up guardian",
            "description": "as it was called in the quarter",
        },
    )


class Group(WireSchema):
    field = fields.String(
        required=True,
        metadata={
            "example": "desk",
            "description": "`status`, `desk`, `confidentiality`, `region`, `channel` and "
            "`professional_group` are of the cases opened; `outcome` and `speak_up_again` of "
            "those closed; of `element` and `category` a case may have several",
        },
    )
    total = fields.Nested(
        Cell,
        required=True,
        allow_none=True,
        metadata={"description": "null where one case may have several values"},
    )
    rows = fields.List(fields.Nested(Row), required=True)


class DatedGroup(Group):
    day = fields.String(
        required=True,
        metadata={"example": "2026-07-21", "description": "the day from which this is shown"},
    )


class Took(WireSchema):
    field = fields.String(
        required=True,
        metadata={
            "example": "days_to_acknowledge",
            "description": "working days; `days_to_feedback`: days",
        },
    )
    median = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: of fewer than 10 cases"}
    )
    p90 = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "90th percentile; null: of fewer than 50 cases"},
    )
    day = fields.String(required=True)


class Quarter(WireSchema):
    quarter = QuarterName(required=True)
    day = fields.String(
        required=True, metadata={"description": "the day of this table's newest revision"}
    )
    opened = fields.Nested(Cell, required=True)
    groups = fields.List(fields.Nested(DatedGroup), required=True)
    times = fields.List(fields.Nested(Took), required=True)


class Next(WireSchema):
    quarter = QuarterName(required=True)
    day = fields.Date(required=True)


class Statistics(WireSchema):
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    least = fields.Integer(required=True, metadata={"description": "the smallest count shown"})
    quarters = fields.List(
        fields.Nested(Quarter), required=True, metadata={"description": "newest first"}
    )
    sums = fields.List(
        fields.Nested(Group),
        required=True,
        metadata={"description": "over these quarters, only of counts that are shown"},
    )
    next = fields.Nested(
        Next, required=True, metadata={"description": "the quarter that is published next"}
    )
