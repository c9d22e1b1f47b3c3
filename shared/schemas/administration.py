"""Administrators: invitations, and the people of an organisation."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.schemas.accounts import ROLES
from shared.schemas.base import EXAMPLE_ID, Id, Line, Slug, WireSchema
from shared.schemas.roster import WHY


def _role(**kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.OneOf(ROLES, error=f"Use one of: {', '.join(ROLES)}."),
        metadata={"example": "handler"},
        **kwargs,
    )


def _desks(**kwargs: Any) -> fields.List[Any]:
    return fields.List(
        Slug(),
        validate=validate.Length(max=50),
        metadata={"example": ["guardian"], "description": "for handlers and managers only"},
        **kwargs,
    )


class OfOrganisation(WireSchema):
    organisation = Slug(required=True, metadata={"example": "eeast"})


class Invite(OfOrganisation):
    """For a new account: role, name and desks. With `account`, for one that is there.

    An account of the organisation gets new keys after a loss, and keeps role, name and desks.
    One of another organisation gets a role in this one too: send role and desks.
    """

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "organisation": "eeast",
        "role": "handler",
        "display_name": "handler-7",
        "desks": ["guardian"],
    }

    role = _role()
    display_name = Line(100, metadata={"example": "handler-7"})
    desks = _desks(load_default=list)
    account = Id(metadata={"example": EXAMPLE_ID})

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _complete(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if not isinstance(sent, dict):
            return
        if "account" in sent and "display_name" in sent:
            raise ValidationError("An account has its name already.", "display_name")
        if "account" not in sent:
            for name in ("role", "display_name"):
                if name not in sent:
                    raise ValidationError("Say who is invited, and as what.", name)


class Invited(WireSchema):
    id = fields.UUID(required=True)
    code = fields.String(required=True, metadata={"description": "shown once; give it to them"})
    link_path = fields.String(
        required=True,
        metadata={"description": "what follows # is not sent to the server by a browser"},
    )
    expires_on = fields.Date(required=True, metadata={"description": "its last day"})


class Invitation(WireSchema):
    id = fields.UUID(required=True)
    role = fields.String(required=True)
    display_name = fields.String(required=True)
    desks = fields.List(fields.String(), required=True)
    account = fields.UUID(
        required=True, allow_none=True, metadata={"description": "one that is there already"}
    )
    expires_on = fields.Date(required=True)


class Invitations(WireSchema):
    items = fields.List(fields.Nested(Invitation), required=True)
    next = fields.String(required=True, allow_none=True)


class Person(WireSchema):
    id = fields.UUID(required=True)
    username = fields.String(metadata={"description": "for administrators only"})
    display_name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    desks = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "as administrators set them; the roster's word counts"},
    )
    listed = fields.Boolean(
        required=True, metadata={"description": "whether the roster has the present keys"}
    )
    pending = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(WHY),
        metadata={"description": "why a handler has to sign the roster, if one has to"},
    )
    away_until = fields.Date(required=True, allow_none=True)
    cover = fields.UUID(required=True, allow_none=True)


class People(WireSchema):
    items = fields.List(fields.Nested(Person), required=True)
    next = fields.String(required=True, allow_none=True)


class ChangePerson(OfOrganisation):
    """What is left out stays as it is."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"organisation": "eeast", "desks": ["guardian"]}

    role = _role()
    desks = _desks()
    display_name = Line(100, metadata={"example": "handler-7"})


class Removed(WireSchema):
    id = fields.UUID(required=True)
    to_sign = fields.Boolean(
        required=True,
        metadata={
            "description": "true: a handler has to retire them now; until then new cases are "
            "still sealed to their key"
        },
    )
