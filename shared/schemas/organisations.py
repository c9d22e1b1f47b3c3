"""The directory: what a reporter must know of an organisation before reporting."""

from __future__ import annotations

from marshmallow import fields

from shared.schemas.base import Bytes, Id, WireSchema


class Desk(WireSchema):
    slug = fields.String(required=True, metadata={"example": "guardian"})
    name = fields.String(required=True, metadata={"example": "Freedom to Speak Up guardian"})
    about = fields.String(required=True)


class Handler(WireSchema):
    id = Id(required=True)
    display_name = fields.String(required=True, metadata={"example": "handler-1"})
    desks = fields.List(fields.String(), required=True)


class Choice(WireSchema):
    code = fields.String(required=True, metadata={"example": "bullying"})
    name = fields.String(required=True, metadata={"example": "Bullying"})
    about = fields.String(required=True)


class Contact(WireSchema):
    name = fields.String(required=True, metadata={"example": "Police"})
    kind = fields.String(required=True, metadata={"description": "`phone` or `link`"})
    value = fields.String(required=True, metadata={"example": "999"})
    detail = fields.String(required=True)
    checked_on = fields.Date(required=True, metadata={"description": "last checked"})


class Guidance(WireSchema):
    slug = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(
        required=True, metadata={"description": "paragraphs, an empty line apart"}
    )
    checked_on = fields.Date(required=True)


class Stretch(WireSchema):
    profile = fields.String(required=True, metadata={"example": "TOKEN"})
    salt = Bytes(16, required=True)


class Limits(WireSchema):
    story = fields.Integer(required=True)
    answer = fields.Integer(required=True)
    message = fields.Integer(required=True)


class OrganisationName(WireSchema):
    slug = fields.String(required=True, metadata={"example": "eeast"})
    name = fields.String(required=True)


class OrganisationList(WireSchema):
    items = fields.List(fields.Nested(OrganisationName), required=True)
    next = fields.String(required=True, allow_none=True)


class Organisation(OrganisationName):
    desks = fields.List(fields.Nested(Desk), required=True)
    handlers = fields.List(fields.Nested(Handler), required=True)
    concerns = fields.List(fields.Nested(Choice), required=True)
    channels = fields.List(fields.Nested(Choice), required=True)
    professional_groups = fields.List(fields.Nested(Choice), required=True)
    contacts = fields.List(fields.Nested(Contact), required=True)
    guidance = fields.List(fields.Nested(Guidance), required=True)
    stretch = fields.Nested(Stretch, required=True)
    limits = fields.Nested(Limits, required=True)
    roster_version = fields.Integer(required=True)
    time_zone = fields.String(required=True, metadata={"example": "Europe/London"})
    release = fields.Raw(
        required=True, metadata={"description": '"at once", or the times of release'}
    )
