"""Cases: opening one, the reporter's view, the handlers' inbox and view, the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.errors import Invalid
from shared.schemas.base import (
    ANSWER,
    EXAMPLE_ID,
    STORY,
    Bytes,
    Envelope,
    Flag,
    Id,
    PageQuery,
    Reader,
    Slug,
    Text,
    WireSchema,
    page,
)
from shared.schemas.messages import Message, Receipt, one_form
from shared.schemas.roster import SignedRecord
from shared.sealing.envelope import OVERHEAD

STATUSES = ("new", "acknowledged", "in_progress", "awaiting_reporter", "closed")
SEALED_KEY = 32 + OVERHEAD


def _answer(example: str, what: str) -> Text:
    return Text(ANSWER, metadata={"example": example, "description": what})


class Report(WireSchema):
    """What is reported. Only the story must be there."""

    concerns = fields.List(
        Slug(),
        validate=validate.Length(max=20),
        metadata={"example": ["bullying"], "description": "codes of the directory"},
    )
    channel = Slug(metadata={"example": "whatsapp-group", "description": "where it happened"})
    story = Text(
        STORY,
        blank=False,
        required=True,
        metadata={"example": "An invented story: a group chat mocks a colleague every week."},
    )
    when = _answer("Most weeks since the spring", "roughly when")
    place = _answer("An invented station", "where")
    people = _answer("Some of one team", "who was involved")
    who_knows = _answer("About ten people", "who else knows of it")
    told_before = _answer("No", "whether anyone was told before")
    wanted = _answer("That it stops", "what should happen")
    professional_group = Slug(
        metadata={"example": "not-known", "description": "code of the directory"}
    )
    immediate_danger = _answer("No", "whether somebody is in danger now")


def check_codes(report: Mapping[str, Any], directory: Mapping[str, Any]) -> None:
    """Raises `Invalid` if a code of the report is not in the organisation's directory."""
    unknown = ["Choose from the directory."]
    errors: dict[str, object] = {}
    for field, listed in _CODES.items():
        given = report.get(field, [])
        codes = {choice["code"] for choice in directory[listed]}
        if not codes.issuperset([given] if isinstance(given, str) else given):
            errors[field] = unknown
    if errors:
        raise Invalid(errors={"content": errors})


_CODES = {
    "concerns": "concerns",
    "channel": "channels",
    "professional_group": "professional_groups",
}


class SealedReader(WireSchema):
    reader = Reader(required=True, metadata={"example": "reporter"})
    sealed_key = Bytes(SEALED_KEY, required=True)


class SealedEpoch(WireSchema):
    case_key = Bytes(32, required=True)
    record = Bytes(required=True, validate=validate.Length(max=16_384))
    signature = Bytes(64, required=True)
    readers = fields.List(
        fields.Nested(SealedReader), required=True, validate=validate.Length(1, 200)
    )
    previous_key = Bytes(SEALED_KEY)


class FirstMessage(WireSchema):
    id = Id(required=True)
    envelope = Envelope(required=True)


class SealedCase(WireSchema):
    verifier = Bytes(32, required=True)
    seal_key = Bytes(32, required=True)
    sign_key = Bytes(32, required=True)
    epoch = fields.Nested(SealedEpoch, required=True)
    message = fields.Nested(FirstMessage, required=True)


class OpenCase(WireSchema):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "case_id": EXAMPLE_ID,
        "token": "the eight words of POST /tokens",
        "desk": "guardian",
        "excluded": [],
        "content": {
            "concerns": ["bullying", "social-media"],
            "channel": "whatsapp-group",
            "story": "An invented story: a group chat mocks a colleague every week.",
            "wanted": "That it stops",
        },
    }

    case_id = Id(
        required=True,
        metadata={"example": EXAMPLE_ID, "description": "chosen by the client: safe to repeat"},
    )
    desk = Slug(required=True, metadata={"example": "guardian"})
    excluded = fields.List(
        Id(),
        load_default=list,
        validate=validate.Length(max=200),
        metadata={"example": [], "description": "handlers who must not read it"},
    )
    urgent = Flag(
        load_default=False,
        metadata={"example": False, "description": "released at once; the service sees this mark"},
    )
    token = Text(
        400,
        metadata={
            "example": "the eight words of POST /tokens",
            "description": "with content: eight words, never stored",
        },
    )
    content = fields.Nested(Report)
    sealed = fields.Nested(SealedCase)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_form(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        one_form(sent)
        if isinstance(sent, dict) and "content" in sent and "token" not in sent:
            raise ValidationError("With content, send the eight words too.", "token")
        if isinstance(sent, dict) and "sealed" in sent and "token" in sent:
            raise ValidationError("With sealed, keep the words to yourself.", "token")


class Opened(WireSchema):
    reference = fields.String(required=True, metadata={"example": "EEA-7F3K2QX9ZB"})
    receipt = fields.Nested(Receipt, required=True)


class Epoch(WireSchema):
    purpose = fields.Integer(required=True, metadata={"description": "0 messages, 1 notes"})
    epoch = fields.Integer(required=True)
    case_key = Bytes(32, required=True)
    record = Bytes(required=True)
    signature = Bytes(64, required=True)
    sealed_key = Bytes(SEALED_KEY, required=True, allow_none=True)
    previous_key = Bytes(SEALED_KEY, required=True, allow_none=True)


class CaseHandler(WireSchema):
    id = Id(required=True)
    display_name = fields.String(required=True, metadata={"example": "handler-1"})


class LegalHold(WireSchema):
    reason = fields.String(required=True)


class _Case(WireSchema):
    case_id = Id(required=True)
    reference = fields.String(required=True, metadata={"example": "EEA-7F3K2QX9ZB"})
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    desk = fields.String(required=True, metadata={"example": "guardian"})
    urgent = fields.Boolean(required=True)
    opened_on = fields.Date(required=True)
    handlers = fields.List(fields.Nested(CaseHandler), required=True)
    epochs = fields.List(fields.Nested(Epoch), required=True)
    consents = fields.List(fields.Dict(), required=True)
    exports = fields.List(fields.Dict(), required=True)
    legal_hold = fields.Nested(LegalHold, required=True, allow_none=True)


class ReporterCase(_Case):
    unread = fields.Integer(required=True)


class ReporterKeys(WireSchema):
    seal_key = Bytes(32, required=True)
    sign_key = Bytes(32, required=True)


class HandlerCase(_Case):
    excluded = fields.List(Id(), required=True)
    reporter = fields.Nested(ReporterKeys, required=True)
    report = fields.Nested(Message, required=True)


class InboxItem(WireSchema):
    reference = fields.String(required=True, metadata={"example": "EEA-7F3K2QX9ZB"})
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    desk = fields.String(required=True, metadata={"example": "guardian"})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    urgent = fields.Boolean(required=True)
    opened_on = fields.Date(required=True)
    last_day = fields.Date(required=True, metadata={"description": "of the newest message"})
    last_author = fields.String(required=True, metadata={"example": "reporter"})


InboxPage: type[Schema] = page(InboxItem, "InboxPage")


class InboxQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))
    desk = Slug()
    organisation = Slug()


class ChangeCase(WireSchema):
    status = fields.String(
        required=True, validate=validate.OneOf(STATUSES), metadata={"example": "acknowledged"}
    )


class ProofMessage(WireSchema):
    id = Id(required=True)
    number = fields.Integer(required=True)
    author = fields.String(required=True)
    day = fields.Date(required=True)
    envelope = Envelope(required=True)
    receipt = fields.Nested(Receipt, required=True)


class ProofStretch(WireSchema):
    profile = fields.String(required=True, metadata={"example": "TOKEN"})
    salt = Bytes(16, required=True)
    t = fields.Integer(required=True)
    m = fields.Integer(required=True, metadata={"description": "KiB"})
    p = fields.Integer(required=True)


class Proof(WireSchema):
    """Checked by `wren verify`, with no help from the organisation."""

    format = fields.String(required=True, metadata={"example": "wren-proof/1"})
    organisation = fields.String(required=True)
    case_id = Id(required=True)
    stretch = fields.Nested(ProofStretch, required=True)
    roster = fields.List(fields.Nested(SignedRecord), required=True)
    epochs = fields.List(fields.Nested(Epoch), required=True)
    messages = fields.List(fields.Nested(ProofMessage), required=True)
