"""Signing in: with the eight words, with the access key, or as a handler."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validates_schema

from shared.schemas.accounts import code
from shared.schemas.base import Bytes, Text, WireSchema, one_of


class Token(WireSchema):
    token = fields.String(required=True, metadata={"example": "eight words, told only once"})


class StartSession(WireSchema):
    EXAMPLE: ClassVar[dict[str, Any]] = {"token": "the eight words"}
    LIMITS: ClassVar[dict[str, Any]] = one_of("token", "access_key")

    token = Text(400, metadata={"example": "the eight words"})
    access_key = Bytes(32, metadata={"description": "from a client that stretches by itself"})

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_form(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if isinstance(sent, dict) and ("token" in sent) == ("access_key" in sent):
            raise ValidationError("Send either token or access_key.", "token")


class Session(WireSchema):
    session = fields.String(required=True, metadata={"description": "the bearer"})
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
    can_open = fields.Boolean(
        required=True, metadata={"description": "true if the service can open for this session"}
    )


class SignIn(WireSchema):
    username = Text(100, required=True, metadata={"example": "handler-1"})
    password = Text(400, required=True, metadata={"example": "six words with single spaces"})
    code = code(required=True)
    device = Text(100, metadata={"description": "from an earlier sign-in on this device"})


class Keyring(WireSchema):
    handler_id = fields.UUID(required=True)
    salt = Bytes(16, required=True)
    sealed_seed = Bytes(required=True)


class AccountSession(Session):
    keyring = fields.Nested(Keyring, required=True)
    device = fields.String(
        required=True,
        metadata={"description": "kept, and sent with the next sign-in: strangers can't delay it"},
    )
