"""What the service says of itself: health and problems."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.schemas.base import WireSchema


class Parts(WireSchema):
    """The service can serve without its vault (attachments wait) and without a worker."""

    database = fields.String(required=True, validate=validate.OneOf(("ok",)))
    vault = fields.String(required=True, validate=validate.OneOf(("ok", "away")))
    worker = fields.String(
        required=True,
        validate=validate.OneOf(("ok", "away")),
        metadata={"description": "`away`: none was at work for five minutes"},
    )


class Health(WireSchema):
    status = fields.String(required=True, metadata={"example": "ok"})
    version = fields.String(required=True)
    parts = fields.Nested(Parts)


class Problem(WireSchema):
    """RFC 9457. `code` is stable; `errors` names fields; `id` is there for 500 only."""

    type = fields.String(required=True, metadata={"example": "about:blank"})
    title = fields.String(required=True)
    status = fields.Integer(required=True, metadata={"example": 422})
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"example": "invalid"})
    errors = fields.Dict(keys=fields.String(), metadata={"description": "field -> list of faults"})
    id = fields.String(metadata={"description": "random, also in the service's log"})
