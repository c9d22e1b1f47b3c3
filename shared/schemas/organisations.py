"""The directory: what a reporter must know of an organisation before reporting."""

from __future__ import annotations

from marshmallow import fields, validate

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


DEFAULTS = {
    "acknowledge_days": 2,
    "feedback_months": 3,
    "due_soon_days": 7,
    "backup_days": 30,
    "idle_minutes": 15,
}


def _setting(name: str, least: int, most: int, what: str) -> fields.Integer:
    return fields.Integer(
        strict=True,
        validate=validate.Range(least, most, error=f"Use a number from {least} to {most}."),
        metadata={"example": DEFAULTS[name], "description": what},
    )


class Settings(WireSchema):
    """What an organisation sets for itself; what it leaves out is as in `DEFAULTS`."""

    acknowledge_days = _setting(
        "acknowledge_days", 1, 30, "working days until a case is to be acknowledged"
    )
    feedback_months = _setting("feedback_months", 1, 12, "months until feedback is due")
    due_soon_days = _setting("due_soon_days", 1, 60, "days before a deadline that it is shown")
    backup_days = _setting("backup_days", 0, 400, "days that backups are kept")
    idle_minutes = _setting("idle_minutes", 1, 60, "minutes until the console locks")


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
