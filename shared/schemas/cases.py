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
    Slug,
    Text,
    WireSchema,
    WordFlag,
    one_of,
    page,
)
from shared.schemas.exports import Export
from shared.schemas.messages import Message, Receipt, one_form
from shared.schemas.notes import Code
from shared.schemas.readers import Epoch, SealedEpoch
from shared.schemas.roster import SignedRecord
from shared.schemas.work import solution

STATUSES = ("new", "acknowledged", "in_progress", "awaiting_reporter", "closed")
CONFIDENTIALITY = ("open", "confidential", "anonymous")
RAISED = ("phone", "email", "in-person", "letter", "other")
DUE = ("acknowledge", "feedback", "check")


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


class FirstMessage(WireSchema):
    id = Id(required=True)
    envelope = Envelope(required=True)


class SealedCase(WireSchema):
    verifier = Bytes(32, required=True)
    seal_key = Bytes(32, required=True)
    sign_key = Bytes(32, required=True)
    epoch = fields.Nested(SealedEpoch, required=True)
    message = fields.Nested(FirstMessage, required=True)


class _OpenCase(WireSchema):
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
    sealed = fields.Nested(SealedCase)


class OpenCase(_OpenCase):
    LIMITS: ClassVar[dict[str, Any]] = {
        "oneOf": [
            {"required": ["content", "token"]},
            {"required": ["sealed"], "not": {"required": ["token"]}},
        ]
    }
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

    token = Text(
        400,
        metadata={
            "example": "the eight words of POST /tokens",
            "description": "with content: eight words, never stored",
        },
    )
    content = fields.Nested(Report)
    work = solution()

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


class RecordedReport(Report):
    """A report as a handler writes it down, and how it came."""

    raised = fields.String(
        required=True,
        validate=validate.OneOf(RAISED),
        metadata={"example": "phone", "description": "how it was raised"},
    )


class RecordCase(_OpenCase):
    LIMITS: ClassVar[dict[str, Any]] = one_of("content", "sealed")
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "case_id": EXAMPLE_ID,
        "organisation": "eeast",
        "desk": "guardian",
        "confidentiality": "confidential",
        "content": {
            "raised": "phone",
            "concerns": ["bullying"],
            "story": "An invented call: a colleague is mocked in a group chat every week.",
        },
    }

    organisation = Slug(required=True, metadata={"example": "eeast"})
    confidentiality = fields.String(
        required=True,
        validate=validate.OneOf(CONFIDENTIALITY),
        metadata={
            "example": "confidential",
            "description": "`open`; `confidential`: you know who, nobody else; `anonymous`",
        },
    )
    token = Text(
        400,
        metadata={
            "description": "words of POST /tokens, so that a repeat knows them; else they are "
            "made, and told in the first answer only"
        },
    )
    content = fields.Nested(RecordedReport)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_form(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        one_form(sent)
        if isinstance(sent, dict) and "sealed" in sent and "token" in sent:
            raise ValidationError("With sealed, keep the words to yourself.", "token")


class Recorded(Opened):
    token = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "eight words for the person, told once; null in a repeat"},
    )


class CaseHandler(WireSchema):
    id = Id(required=True)
    display_name = fields.String(required=True, metadata={"example": "handler-1"})


class LegalHold(WireSchema):
    reason = Text(
        ANSWER,
        blank=False,
        required=True,
        metadata={"example": "A claim at the tribunal", "description": "the reporter sees it"},
    )


class Consent(WireSchema):
    """A consent that readers were let in by; its purpose is in the thread, sealed."""

    message_id = Id(required=True)
    handlers = fields.List(Id(), required=True)
    role = fields.String(required=True)
    until = fields.Date(required=True)
    revoked_on = fields.Date(required=True, allow_none=True)


class ConsentList(WireSchema):
    items = fields.List(fields.Nested(Consent), required=True)


def _day(what: str) -> fields.Date:
    return fields.Date(required=True, allow_none=True, metadata={"description": what})


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
    confidentiality = fields.String(required=True, validate=validate.OneOf(CONFIDENTIALITY))
    acknowledge_by = fields.Date(required=True)
    feedback_by = fields.Date(required=True)
    acknowledged_on = _day("when it was acknowledged")
    feedback_on = _day("when feedback was given")
    closed_on = _day("when it was closed")
    goes_on = _day("when a closed case is deleted, as things are")
    overdue = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "`acknowledge` or `feedback`, if that is late"},
    )
    assigned_to = Id(required=True, allow_none=True)
    consents = fields.List(fields.Nested(Consent), required=True)
    exports = fields.List(
        fields.Nested(Export),
        required=True,
        metadata={"description": "case files that were made of it: copies outside Wren"},
    )
    legal_hold = fields.Nested(LegalHold, required=True, allow_none=True)


class ReporterCase(_Case):
    unread = fields.Integer(required=True)
    answered = fields.Boolean(
        required=True, metadata={"description": "true once the closing question was answered"}
    )


class Withdrawn(WireSchema):
    deleted = fields.Boolean(required=True)
    held = fields.Boolean(
        required=True, metadata={"description": "a legal hold keeps it until it is lifted"}
    )
    backups_until = fields.Date(
        required=True, metadata={"description": "the last day on which a backup may hold it"}
    )
    exports = fields.Integer(
        required=True, metadata={"description": "how often it was exported: not to be recalled"}
    )


class ReporterKeys(WireSchema):
    seal_key = Bytes(32, required=True)
    sign_key = Bytes(32, required=True)


class Check(WireSchema):
    """A check for detriment, so many months after closing."""

    months = fields.Integer(required=True, metadata={"example": 3})
    due_on = fields.Date(required=True)
    done_on = _day("when it was made")


class HandlerCase(_Case):
    checks = fields.List(fields.Nested(Check), required=True)
    links = fields.List(
        fields.String(), required=True, metadata={"description": "references of linked cases"}
    )
    recorded_by = Id(required=True, allow_none=True)
    withdrawn_on = _day("the reporter withdrew it; a legal hold keeps it")
    deleted = fields.Boolean(
        metadata={"description": "the hold was lifted, and with it the case went"}
    )
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
    acknowledge_by = fields.Date(required=True)
    feedback_by = fields.Date(required=True)
    due = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "what is next to be done by a day: `acknowledge`, `feedback`, `check`"
        },
    )
    overdue = fields.Boolean(required=True)
    assigned_to = Id(required=True, allow_none=True)
    confidentiality = fields.String(required=True)
    legal_hold = fields.Boolean(required=True)
    goes_on = _day("when it is deleted, from 30 days before")


InboxPage: type[Schema] = page(InboxItem, "InboxPage")


class InboxQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STATUSES))
    desk = Slug()
    organisation = Slug()
    overdue = WordFlag(metadata={"description": "true: what is late, false: the rest"})
    due = fields.String(
        validate=validate.OneOf(("overdue", "soon", "checks", "going")),
        metadata={
            "description": "what is late, due soon, has a check for detriment due, "
            "or is deleted soon"
        },
    )
    assigned = fields.String(
        validate=validate.OneOf(("me", "nobody")),
        metadata={"description": "`me` also shows those of whom you cover"},
    )


class Search(WireSchema):
    text = Text(
        200,
        blank=False,
        required=True,
        metadata={"example": "group chat", "description": "words that all have to be there"},
    )
    organisation = Slug()


class SearchResult(InboxItem):
    found = fields.String(
        required=True, metadata={"description": "the words around the first one found"}
    )


class SearchPage(WireSchema):
    items = fields.List(fields.Nested(SearchResult), required=True)
    more = fields.Boolean(required=True, metadata={"description": "there are others: say more"})


class ChangeCase(WireSchema):
    LIMITS: ClassVar[dict[str, Any]] = {"minProperties": 1}
    EXAMPLE: ClassVar[dict[str, Any]] = {"status": "acknowledged"}

    status = fields.String(validate=validate.OneOf(STATUSES), metadata={"example": "acknowledged"})
    outcome = Code(metadata={"description": "with status `closed`: a code of the national list"})
    feedback_given = Flag(
        validate=validate.Equal(True, error="Leave it out, or send true."),
        metadata={"description": "true: feedback was given today"},
    )
    assigned_to = Id(allow_none=True, metadata={"description": "a reader of the case, or null"})
    urgent = Flag()
    confidentiality = fields.String(validate=validate.OneOf(CONFIDENTIALITY))
    legal_hold = fields.Nested(
        LegalHold, allow_none=True, metadata={"description": "null lifts it"}
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _something(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if isinstance(sent, dict) and not sent:
            raise ValidationError("Say what is to be changed.", "status")
        if isinstance(sent, dict) and "outcome" in sent and sent.get("status") != "closed":
            raise ValidationError("An outcome goes with status closed.", "outcome")


class Link(WireSchema):
    reference = fields.String(
        required=True,
        validate=validate.Regexp(r"[A-Z0-9-]{1,20}\Z", error="Use the reference of a case."),
        metadata={"example": "EEA-7F3K2QX9ZB"},
    )


class LinkList(WireSchema):
    items = fields.List(fields.Nested(InboxItem), required=True)


class CaseStatus(WireSchema):
    """What a case system may follow."""

    reference = fields.String(required=True, metadata={"example": "EEA-7F3K2QX9ZB"})
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    opened_on = fields.Date(required=True)
    closed_on = _day("when it was closed")
    overdue = fields.String(required=True, allow_none=True)


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


class ProofAttachment(WireSchema):
    """What a message of the proof names, as it was sealed; the file itself is not in there."""

    id = Id(required=True)
    envelope = Envelope(required=True)


class Proof(WireSchema):
    """Checked by `wren verify`, with no help from the organisation."""

    format = fields.String(required=True, metadata={"example": "wren-proof/1"})
    organisation = fields.String(required=True)
    case_id = Id(required=True)
    stretch = fields.Nested(ProofStretch, required=True)
    roster = fields.List(fields.Nested(SignedRecord), required=True)
    epochs = fields.List(fields.Nested(Epoch), required=True)
    messages = fields.List(fields.Nested(ProofMessage), required=True)
    attachments = fields.List(fields.Nested(ProofAttachment), required=True)
