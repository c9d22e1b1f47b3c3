"""Messages, in both forms: `content` for a client that can't seal, `sealed` for one that can."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import (
    Schema,
    ValidationError,
    fields,
    post_dump,
    validate,
    validates_schema,
)

from shared import evidence
from shared.schemas.base import (
    ANSWER,
    EXAMPLE_ID,
    STORY,
    Bytes,
    Envelope,
    Flag,
    Id,
    Text,
    WireSchema,
    one_of,
    page,
)

_DIGITS = 40
"""Those of both numbers of the news and its padding, together."""


def one_form(sent: Any) -> None:
    """Raises a `ValidationError` unless exactly one of `content` and `sealed` was sent.

    It looks at what was sent: a field that was refused is not a field that is missing.
    """
    if isinstance(sent, dict) and ("content" in sent) == ("sealed" in sent):
        raise ValidationError("Send either content or sealed.", "content")


def attached(**more: Any) -> fields.List[Any]:
    """The field that names what hangs on a message or note."""
    return fields.List(
        Id(),
        load_default=list,
        validate=[validate.Length(max=evidence.MOST), _each_once],
        metadata={"description": "ids of attachments that were stored before"} | more,
    )


def _each_once(ids: list[Any]) -> None:
    if len(set(ids)) != len(ids):
        raise ValidationError("Name each attachment once.")


class EvidencePiece(WireSchema):
    """What is said of an attachment that is evidence."""

    attachment = Id(required=True, metadata={"example": EXAMPLE_ID})
    sharing = fields.String(
        load_default=evidence.FOR_HANDLER,
        validate=validate.OneOf(evidence.SHARING, error="Use handler or investigation."),
        metadata={
            "example": "handler",
            "description": "`handler`: for the handler's eyes only; `investigation`: may be shown",
        },
    )
    source = fields.String(
        load_default=evidence.FILE,
        validate=validate.OneOf(evidence.SOURCES, error="Use picture, file or messages."),
        metadata={"description": "`messages`: text from an export, which anyone can edit"},
    )
    transcript = Text(evidence.TRANSCRIPT, load_default="", metadata={"example": ""})


class TextContent(WireSchema):
    text = Text(
        STORY, blank=False, required=True, metadata={"example": "Thank you. I have read it."}
    )
    attachments = attached()
    evidence = fields.List(
        fields.Nested(EvidencePiece),
        load_default=list,
        validate=validate.Length(max=evidence.MOST),
        metadata={"description": "what is said of the attachments"},
    )

    @validates_schema
    def _of_attachments(self, data: dict[str, Any], **_kwargs: Any) -> None:
        said = [one["attachment"] for one in data["evidence"]]
        if len(set(said)) != len(said) or not set(said) <= set(data["attachments"]):
            raise ValidationError("Speak of each of the attachments once, and only of them.",
                                  "evidence")  # fmt: skip


class SealedMessage(WireSchema):
    envelope = Envelope(required=True, metadata={"description": "see docs/sealing.md"})


class Sealable(WireSchema):
    """What is sent in one of both forms, under an id: `content` is each one's own field."""

    LIMITS: ClassVar[dict[str, Any]] = one_of("content", "sealed")

    id = Id(
        required=True,
        metadata={"example": EXAMPLE_ID, "description": "chosen by the client: safe to repeat"},
    )
    sealed = fields.Nested(SealedMessage)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_form(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        one_form(sent)


class Attaching(Sealable):
    """What attachments can hang on: the sealed form names them beside `sealed`, in clear."""

    attachments = attached(
        description="with sealed: ids of the attachments that the signed message names"
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _within_content(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if isinstance(sent, dict) and "content" in sent and "attachments" in sent:
            raise ValidationError("With content, name them in it.", "attachments")


class PostMessage(Attaching):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "content": {"text": "Thank you. I have read it."},
    }

    content = fields.Nested(TextContent)


def _until(example: str = "2027-03-31") -> fields.Date:
    return fields.Date(required=True, metadata={"example": example, "description": "the last day"})


class ConsentRequest(WireSchema):
    """Whom a handler would let in, as what, for what, and until when."""

    handlers = fields.List(
        Id(metadata={"example": EXAMPLE_ID}), required=True, validate=validate.Length(1, 20)
    )
    role = Text(200, blank=False, required=True, metadata={"example": "Investigating manager"})
    purpose = Text(
        ANSWER, blank=False, required=True, metadata={"example": "To look into the group chat"}
    )
    until = _until()
    text = Text(STORY, metadata={"example": "May I let this person read your case?"})


class AskConsent(Sealable):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "content": {
            "handlers": [EXAMPLE_ID],
            "role": "Investigating manager",
            "purpose": "To look into the group chat",
            "until": "2027-03-31",
        },
    }

    content = fields.Nested(ConsentRequest)


class ConsentAnswer(WireSchema):
    request = Id(required=True, metadata={"description": "id of the consent-request"})
    granted = Flag(required=True, metadata={"description": "false also takes a consent back"})


class AnswerConsent(Sealable):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "content": {"request": EXAMPLE_ID, "granted": True},
    }

    content = fields.Nested(ConsentAnswer)


ANSWERS = ("yes", "no", "maybe", "dont_know")
"""To "given your experience, would you speak up again?" (the national return's answers)."""


class Comment(WireSchema):
    comment = Text(ANSWER, load_default="", metadata={"example": "It took long, but it helped."})


class Feedback(Sealable):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "answer": "yes",
        "content": {"comment": "It took long, but it helped."},
    }

    answer = fields.String(
        required=True,
        validate=validate.OneOf(ANSWERS, error=f"Use one of: {', '.join(ANSWERS)}."),
        metadata={"example": "yes", "description": "counted at the next release"},
    )
    content = fields.Nested(Comment)


class Told(WireSchema):
    told = Text(
        ANSWER, blank=False, required=True, metadata={"example": "The police, on the phone"}
    )
    reason = Text(
        ANSWER,
        blank=False,
        required=True,
        metadata={"example": "Somebody was in immediate danger of being hurt"},
    )


class Disclose(Sealable):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "content": {
            "told": "The police, on the phone",
            "reason": "Somebody was in immediate danger of being hurt",
        },
    }

    content = fields.Nested(Told)


class PostReporterMessage(PostMessage):
    urgent = Flag(
        load_default=False,
        metadata={"description": "released at once; the service sees this mark"},
    )


class Receipt(WireSchema):
    key_id = Bytes(8, required=True)
    day = fields.Date(required=True)
    signature = Bytes(64, required=True)


class Stored(WireSchema):
    number = fields.Integer(required=True, metadata={"example": 2})
    receipt = fields.Nested(Receipt, required=True)


class Fault(WireSchema):
    """Why a message could not be opened, or what is wrong with it."""

    code = fields.String(required=True, metadata={"example": "bad_signature"})
    detail = fields.String(required=True)


class Message(WireSchema):
    id = Id(required=True)
    number = fields.Integer(required=True, metadata={"example": 1})
    author = fields.String(
        required=True,
        metadata={"description": "`reporter`, `handler:<id>` or `service`", "example": "reporter"},
    )
    day = fields.Date(required=True)
    sealed = fields.Nested(SealedMessage, required=True)
    content = fields.Dict(
        metadata={"description": "if the session can open: `type`, and what it holds"}
    )
    problem = fields.Nested(Fault)


MessagePage: type[Schema] = page(Message, "MessagePage")


class ReadUpTo(WireSchema):
    number = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 1_000_000_000),
        metadata={"example": 2},
    )


class Unread(WireSchema):
    unread = fields.Integer(required=True, metadata={"example": 0})


class News(WireSchema):
    """As long in one case as in any other: `padding` makes up for the digits."""

    newest = fields.Integer(
        required=True, metadata={"example": 4, "description": "number of the newest message"}
    )
    unread = fields.Integer(
        required=True, metadata={"example": 1, "description": "of others, above the one read"}
    )
    padding = fields.String(metadata={"example": "0" * (_DIGITS - 2)})

    @post_dump
    def _pad(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        digits = len(f"{data['newest']}{data['unread']}")
        return data | {"padding": "0" * (_DIGITS - digits)}
