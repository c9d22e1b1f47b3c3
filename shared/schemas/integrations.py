"""What an organisation connects: API keys and webhooks."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.schemas.administration import OfOrganisation
from shared.schemas.base import Flag, Line, Slug, WireSchema

STATUS, STATISTICS, WEBHOOKS = "cases:status", "statistics:read", "webhooks:write"
SCOPES = (STATUS, STATISTICS, WEBHOOKS)
"""What an API key may do; each reaches only its calls."""

EVENTS = ("case.opened", "case.updated", "case.overdue")
"""What a webhook can ask for."""

TEST_EVENT = "webhook.test"

STATES = ("enabled", "disabled", "gone")

OUTCOMES = (
    "1xx", "2xx", "3xx", "4xx", "5xx", "gone",
    "form", "name", "address", "plain", "port", "connection", "certificate", "timeout", "fault",
)  # fmt: skip
"""How a try can end: the class of the status that was answered, or why there was none."""


def _several(choices: tuple[str, ...], what: str, **kwargs: Any) -> fields.List[Any]:
    one = fields.String(
        validate=validate.OneOf(choices, error=f"Use one of: {', '.join(choices)}.")
    )
    return fields.List(
        one,
        validate=validate.Length(min=1, max=len(choices), error=f"Choose {what}."),
        metadata={"example": [choices[0]]},
        **kwargs,
    )


# --- API keys -----------------------------------------------------------------------------


class MakeKey(OfOrganisation):
    """`expires_on` is its last day: at most 366 days from now."""

    name = Line(100, required=True, metadata={"example": "Case system"})
    scopes = _several(SCOPES, "at least one scope, each once", required=True)
    expires_on = fields.Date(required=True, metadata={"example": "2027-03-31"})


class ApiKey(WireSchema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_on = fields.Date(required=True)
    expires_on = fields.Date(required=True, metadata={"description": "its last day"})
    last_used_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "a day, never an hour"}
    )
    expired = fields.Boolean(required=True)


class ApiKeys(WireSchema):
    items = fields.List(fields.Nested(ApiKey), required=True)
    next = fields.String(required=True, allow_none=True)


class MadeKey(ApiKey):
    key = fields.String(
        required=True, metadata={"description": "shown once; nobody can look it up again"}
    )


# --- webhooks -----------------------------------------------------------------------------

_URL = {"example": "https://receiver.example/wren", "maxLength": 500}


class MakeWebhook(OfOrganisation):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "organisation": "eeast",
        "name": "Case system",
        "url": "https://receiver.example/wren",
        "events": ["case.opened", "case.updated"],
    }

    name = Line(100, required=True, metadata={"example": "Case system"})
    url = Line(500, required=True, metadata=_URL)
    events = _several(EVENTS, "at least one event, each once", required=True)


class ChangeWebhook(WireSchema):
    """What is left out stays as it is."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"enabled": True}

    name = Line(100, metadata={"example": "Case system"})
    url = Line(500, metadata=_URL)
    events = _several(EVENTS, "at least one event, each once")
    enabled = Flag(metadata={"description": "false: nothing is sent, and what waits is dropped"})

    @validates_schema
    def _something(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not data:
            raise ValidationError("Say what is to change.", "enabled")


class Webhook(WireSchema):
    id = fields.UUID(required=True)
    organisation = Slug(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf(STATES),
        metadata={"description": "`gone`: the receiver answered 410, so nothing is sent"},
    )
    created_on = fields.Date(required=True)
    failing_since = fields.Date(
        required=True, allow_none=True, metadata={"description": "since when nothing arrived"}
    )
    why = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(OUTCOMES),
        metadata={"description": "how the last try that failed ended"},
    )
    overlap_until = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "the last day on which the secret before signs too"},
    )


class Webhooks(WireSchema):
    items = fields.List(fields.Nested(Webhook), required=True)
    next = fields.String(required=True, allow_none=True)


class WithSecret(Webhook):
    secret = fields.String(
        required=True, metadata={"description": "`whsec_...`, shown once", "example": "whsec_..."}
    )


class RotateSecret(WireSchema):
    """For `overlap_days` more days both secrets sign; 0: the old one ends at once."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"overlap_days": 1}

    overlap_days = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(0, 30, error="Use 0 to 30 days."),
        metadata={"example": 1},
    )


class Tested(WireSchema):
    arrived = fields.Boolean(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))


class WebhookDay(WireSchema):
    day = fields.Date(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    tries = fields.Integer(required=True)


class WebhookLog(WireSchema):
    """Without content: neither what was sent nor what was answered is kept."""

    items = fields.List(fields.Nested(WebhookDay), required=True)
    next = fields.String(required=True, allow_none=True)
    waiting = fields.Integer(required=True, metadata={"description": "how many wait to be sent"})
    given_up = fields.Integer(
        required=True, metadata={"description": "how many were tried too often"}
    )
