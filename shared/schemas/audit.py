"""The audit as it is read: what handlers and administrators did."""

from __future__ import annotations

from marshmallow import fields

from shared.schemas.base import Line, PageQuery, Slug, WireSchema, page


class _Audit(WireSchema):
    organisation = Slug(required=True, metadata={"example": "eeast"})
    case = Line(20, metadata={"description": "a reference: only this case"})


class AuditQuery(_Audit, PageQuery):
    pass


class AuditExport(_Audit):
    pass


class AuditItem(WireSchema):
    day = fields.Date(required=True)
    actor = fields.UUID(required=True)
    actor_name = fields.String(
        required=True, metadata={"description": "`wren`: the command on the machine itself"}
    )
    act = fields.String(required=True, metadata={"example": "case_opened"})
    reference = fields.String(required=True, allow_none=True)
    detail = fields.Dict(
        required=True, metadata={"description": "what was changed to what: codes, ids and days"}
    )


AuditPage = page(AuditItem, "AuditPage")
