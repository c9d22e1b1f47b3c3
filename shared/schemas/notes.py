"""Private notes, classifications and drafts: for handlers only."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.schemas.base import EXAMPLE_ID, STORY, Bytes, Id, Text, WireSchema, one_of, page
from shared.schemas.messages import (
    Attaching,
    Fault,
    Sealable,
    SealedMessage,
    attached,
    one_form,
)


class NoteContent(WireSchema):
    text = Text(
        STORY, blank=False, required=True, metadata={"example": "Rang the union, invented note."}
    )
    attachments = attached()


class PostNote(Attaching):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "content": {"text": "Rang the union, invented note."},
    }

    content = fields.Nested(NoteContent)


class PostCheck(PostNote):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "months": 3,
        "content": {"text": "Asked in the thread: no detriment so far."},
    }

    months = fields.Integer(
        required=True,
        strict=True,
        validate=validate.OneOf((3, 6, 12)),
        metadata={"example": 3, "description": "which of the checks was made"},
    )


class StoredNote(WireSchema):
    number = fields.Integer(required=True, metadata={"example": 1})


class Note(WireSchema):
    id = Id(required=True)
    number = fields.Integer(required=True, metadata={"example": 1})
    kind = fields.String(required=True, metadata={"example": "note"})
    author = fields.String(required=True, metadata={"description": "`handler:<id>`"})
    day = fields.Date(required=True)
    sealed = fields.Nested(SealedMessage, required=True)
    content = fields.Dict(metadata={"description": "if the session can open"})
    problem = fields.Nested(Fault)


NotePage: type[Schema] = page(Note, "NotePage")


class Code(fields.String):
    """A code of the national list or of the organisation's own."""

    def __init__(self, **kwargs: Any) -> None:
        rule = validate.Regexp(r"[a-z0-9][a-z0-9_-]{0,59}\Z", error="Choose from the list.")
        super().__init__(validate=rule, **kwargs)


def _codes(what: str) -> fields.List[Any]:
    return fields.List(
        Code(), load_default=list, validate=validate.Length(max=20), metadata={"description": what}
    )


class ClassificationContent(WireSchema):
    """National elements and the organisation's own categories, each with its version."""

    national = fields.String(
        required=True, validate=validate.Length(1, 20), metadata={"example": "2026"}
    )
    elements = _codes("codes of the national elements")
    local = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 1_000_000),
        metadata={"example": 1, "description": "version; 0: none"},
    )
    categories = _codes("codes of the organisation's categories")
    region = Code(allow_none=True, load_default=None)
    channel = Code(
        allow_none=True,
        load_default=None,
        metadata={"description": "where it happened: a code of the directory's `channels`"},
    )
    professional_group = Code(load_default="not-known")
    outcome = Code(allow_none=True, load_default=None)


class Moved(WireSchema):
    """How the tally moves: `from` null counts up only, `to` null counts down only."""

    field = fields.String(
        required=True,
        validate=validate.OneOf(
            ("element", "category", "region", "channel", "professional_group", "outcome")
        ),
        metadata={"example": "element"},
    )
    from_ = Code(required=True, allow_none=True, data_key="from")
    to = Code(required=True, allow_none=True)


class PutClassification(Sealable):
    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": EXAMPLE_ID,
        "content": {
            "national": "2026",
            "elements": ["bullying_harassment"],
            "local": 0,
            "categories": [],
            "professional_group": "ambulance",
        },
    }

    content = fields.Nested(ClassificationContent)
    tally = fields.List(
        fields.Nested(Moved),
        validate=validate.Length(max=200),
        metadata={"description": "with sealed: how the counts move"},
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _no_tally(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        if isinstance(sent, dict) and "content" in sent and "tally" in sent:
            raise ValidationError("With content, the service moves the counts itself.", "tally")


class Classification(WireSchema):
    current = fields.Nested(Note, required=True, allow_none=True)


class DraftContent(WireSchema):
    text = Text(STORY, required=True, metadata={"example": "Thank you for"})


class PutDraft(WireSchema):
    """A reply not sent yet. Only its author can open it."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"content": {"text": "Thank you for"}}
    LIMITS: ClassVar[dict[str, Any]] = one_of("content", "sealed")

    content = fields.Nested(DraftContent)
    sealed = Bytes(validate=validate.Length(28, 200_000))

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _one_form(self, data: dict[str, Any], sent: Any, **_kwargs: Any) -> None:
        one_form(sent)


class Draft(WireSchema):
    sealed = Bytes(required=True, allow_none=True)
    content = fields.Nested(DraftContent)
