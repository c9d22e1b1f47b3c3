"""Accounts: joining by invitation, recovery, a new password, own sessions, leave and cover."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from marshmallow import fields, validate

from shared.schemas.base import EXAMPLE_ID, Id, Slug, Text, WireSchema, page

EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""An address for mail: ASCII, without quotes, comments or spaces."""

ROLES = ("handler", "manager", "analyst", "administrator")
"""One role an organisation. Only the first two, `WITH_DESKS`, ever read a case."""

WITH_DESKS = ROLES[:2]


def code(**kwargs: Any) -> fields.String:
    """The six digits of an authenticator app."""
    return fields.String(
        validate=validate.Regexp(r"[0-9]{6}\Z", error="Use the six digits of the app."),
        metadata={"example": "123456", "pattern": "^[0-9]{6}$"},
        **kwargs,
    )


class Join(WireSchema):
    """`username` for a new account; also `password` and `code` for an account that joins one
    more organisation."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "invitation": "wi_ and 43 characters",
        "username": "handler-7",
    }

    invitation = Text(100, required=True, metadata={"description": "the one-time code"})
    username = Text(100, metadata={"description": "to sign in with, chosen by the newcomer"})
    password = Text(400, metadata={"description": "of an account that is there already"})
    code = code()


class Shown(WireSchema):
    """Shown once: nothing can show it again."""

    password = fields.String(metadata={"description": "six words, made by the service"})
    totp_secret = fields.String(metadata={"description": "for an authenticator app"})
    totp_uri = fields.String(metadata={"description": "the text of the QR code"})
    recovery = fields.String(metadata={"description": "twelve words, to be kept on paper"})


class Joined(Shown):
    """Password, TOTP secret and recovery words are left out for an account that has them."""

    handler_id = fields.UUID(required=True)
    username = fields.String(required=True)
    fingerprint = fields.String(
        required=True, metadata={"description": "of the keys: compared before approval"}
    )
    organisation = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    listed = fields.Boolean(
        required=True,
        metadata={"description": "false while a handler of the organisation has to approve"},
    )


class Recover(WireSchema):
    username = Text(100, required=True, metadata={"example": "handler-1"})
    recovery = Text(400, required=True, metadata={"example": "the twelve recovery words"})


class ChangePassword(WireSchema):
    password = Text(400, required=True, metadata={"example": "six words with single spaces"})
    code = code(required=True)


class NewPassword(WireSchema):
    password = fields.String(required=True, metadata={"description": "shown once"})


class OwnSession(WireSchema):
    id = fields.String(required=True, metadata={"description": "it opens nothing"})
    began_on = fields.Date(required=True)
    this = fields.Boolean(required=True, metadata={"description": "the one that asks"})


class AskNotices(WireSchema):
    address = fields.String(
        required=True,
        validate=[
            validate.Length(max=254, error="This is too long for an address."),
            validate.Regexp(
                rf"{EMAIL.pattern}\Z", error="Use an email address: a name, @, and where it is."
            ),
        ],
        metadata={
            "example": "guardian@trust.example",
            "description": "a code is sent to it",
            "pattern": f"^{EMAIL.pattern}$",
        },
    )


class ConfirmNotices(WireSchema):
    code = fields.String(
        required=True,
        validate=validate.Regexp(r"[0-9]{6}\Z", error="Use the six digits of the mail."),
        metadata={"example": "123456", "pattern": "^[0-9]{6}$"},
    )


class OwnNotices(WireSchema):
    """Where notices go by mail. Shown to its owner alone."""

    address = fields.String(required=True, allow_none=True)
    asked = fields.String(
        required=True, allow_none=True, metadata={"description": "not confirmed yet"}
    )
    sent = fields.Boolean(
        required=True, metadata={"description": "whether this service sends mail"}
    )


OwnSessions = page(OwnSession, "OwnSessions")


class OwnPosition(WireSchema):
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    desks = fields.List(fields.String(), required=True)
    listed = fields.Boolean(
        required=True, metadata={"description": "whether the roster has the present keys"}
    )
    away_until = fields.Date(required=True, allow_none=True)
    cover = fields.UUID(required=True, allow_none=True)


class OwnAccount(WireSchema):
    id = fields.UUID(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)
    fingerprint = fields.String(required=True)
    positions = fields.List(fields.Nested(OwnPosition), required=True)


class ChangeAccount(WireSchema):
    """Leave and cover in one organisation; what is left out stays as it is."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "organisation": "eeast",
        "away_until": "2027-01-31",
        "cover": EXAMPLE_ID,
    }

    organisation = Slug(required=True)
    away_until = fields.Date(allow_none=True, metadata={"description": "the last day of leave"})
    cover = Id(allow_none=True, metadata={"description": "who stands in until then"})
