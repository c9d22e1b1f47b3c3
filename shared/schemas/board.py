"""A report for the board: published figures, and the guardian's own words."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, validates_schema

from shared.schemas.administration import OfOrganisation
from shared.schemas.base import Text
from shared.schemas.figures import QuarterName

BLOCK = 6_000
"""The longest text of a report, in code points."""


class MakeBoardReport(OfOrganisation):
    """The quarters, and texts that stand in the report. They are not stored."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "organisation": "eeast",
        "from": "2025-Q3",
        "to": "2026-Q2",
        "themes": "An invented theme: how shifts are handed over.",
    }

    first = QuarterName(required=True, data_key="from")
    last = QuarterName(required=True, data_key="to")
    introduction = Text(BLOCK, load_default="")
    themes = Text(BLOCK, load_default="", metadata={"description": "themes and what was learned"})
    actions = Text(BLOCK, load_default="", metadata={"description": "what was done"})
    asks = Text(BLOCK, load_default="", metadata={"description": "what the board is asked"})

    @validates_schema(skip_on_field_errors=True)
    def _in_order(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data["first"] > data["last"]:
            raise ValidationError("Use a quarter that is not before the first.", "to")
