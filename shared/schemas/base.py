"""What all schemas share: strict fields, and one way to load that never repeats the input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from shared.errors import Damaged, Invalid, NotWren
from shared.halves import halved
from shared.sealing.encoding import REPORTER, b64, unb64
from shared.sealing.message import ENVELOPE_SIZES

STORY, ANSWER = 20_000, 2_000
"""The longest story or message, and the longest other answer, in code points."""

EXAMPLE_ID = "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7c"
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_CONTROL = re.compile(f"[{_CONTROLS}]")


class Filled(str):
    """A sentence with its values put in; it still has both, so that it can be translated."""

    __slots__ = ("sentence", "values")

    sentence: str
    values: Mapping[str, object]


class Sentence(str):
    """What is wrong with a field, as a sentence with places for values: `{most}`."""

    __slots__ = ()

    def format(self, *_args: object, **values: object) -> Filled:
        made = Filled(super().format(**values))
        made.sentence, made.values = str(self), values
        return made


class WireSchema(Schema):
    """The base of every request and answer: unknown fields are refused.

    `EXAMPLE` stands in the Swagger document where the fields' own examples, all at once,
    would not be a request that works.
    """

    EXAMPLE: ClassVar[dict[str, Any] | None] = None
    LIMITS: ClassVar[dict[str, Any]] = {}
    """What fields of a request mean to each other, as JSON Schema: for the OpenAPI document."""

    class Meta:
        unknown = RAISE


class Id(fields.UUID):
    """A UUIDv4 in lower case, as RFC 9562 writes it."""

    default_error_messages = {"invalid_uuid": "Use a version 4 UUID in lower case."}
    limits: ClassVar[dict[str, Any]] = {
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    }
    """What it lets through, as JSON Schema: for the OpenAPI document."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> UUID:
        found = super()._deserialize(value, attr, data, **kwargs)
        if found is None or found.version != 4 or str(found) != value:
            raise self.make_error("invalid_uuid")
        return found


class Reader(fields.String):
    """Who reads: `reporter`, or a handler's id."""

    limits: ClassVar[dict[str, Any]] = {
        "pattern": f"^reporter$|{Id.limits['pattern']}",
    }

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return REPORTER if value == "reporter" else Id()._deserialize(value, attr, data)

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return "reporter" if value == REPORTER else str(value)


def _in_base64(sizes: tuple[int, ...]) -> dict[str, Any]:
    """What unpadded base64url of these numbers of bytes looks like, as JSON Schema."""
    lengths = [-(-4 * one // 3) for one in sizes]
    if not lengths:
        return {"pattern": "^[A-Za-z0-9_-]*$"}
    # The bits at the end that stand for nothing are zero.
    last = {0: "[A-Za-z0-9_-]", 1: "[AQgw]", 2: "[AEIMQUYcgkosw048]"}[sizes[0] % 3]
    if len(lengths) > 1:
        last = "[A-Za-z0-9_-]"
    return {
        "pattern": f"^[A-Za-z0-9_-]*{last}$",
        "minLength": min(lengths),
        "maxLength": max(lengths),
    }


class Bytes(fields.String):
    """Bytes as unpadded base64url, of one of these sizes."""

    default_error_messages = {
        "invalid_bytes": "Use unpadded base64url.",
        "size": "This has the wrong number of bytes.",
    }

    def __init__(self, *sizes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = sizes
        self.limits = _in_base64(sizes)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            found = unb64(str(text))
        except (Damaged, ValueError):
            raise self.make_error("invalid_bytes") from None
        if self.sizes and len(found) not in self.sizes:
            raise self.make_error("size")
        return found

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else b64(value)


class Envelope(Bytes):
    """A sealed message: one of four sizes, so that its length says little."""

    default_error_messages = {"size": "An envelope has one of the four sizes of the format."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(*ENVELOPE_SIZES, **kwargs)


class Text(fields.String):
    """Text for people, up to `most` code points; no control characters, no half characters."""

    default_error_messages = {
        "control": "Take out control characters: only line breaks and tabs are allowed.",
        "half": "This holds half of a character. Type it again.",
        "blank": "Write something here.",
        "long": Sentence("This is too long: use at most {most} characters."),
    }

    def __init__(self, most: int, *, blank: bool = True, **kwargs: Any) -> None:
        metadata = {"maxLength": most} | kwargs.pop("metadata", {})
        super().__init__(metadata=metadata, **kwargs)
        self.most, self.blank = most, blank
        allowed = f"[^{_CONTROLS}]"
        middle = "" if blank else f"[^\\s{_CONTROLS}]{allowed}*"
        self.limits = {"pattern": f"^{allowed}*{middle}$"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if len(text) > self.most:
            raise self.make_error("long", most=self.most)
        if halved(text):
            raise self.make_error("half")
        if _CONTROL.search(text):
            raise self.make_error("control")
        if not self.blank and not text.strip():
            raise self.make_error("blank")
        return text


class Line(Text):
    """A name or the like: text in one line, and not blank."""

    default_error_messages = {"line": "Write this in one line."}

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(most, blank=False, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if not text.isprintable():
            raise self.make_error("line")
        return text


class Flag(fields.Boolean):
    """`true` or `false`, nothing that only looks like it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class WordFlag(fields.Boolean):
    """`true` or `false` as a word, in a query or a form; not `yes`, `1` or `on`."""

    truthy = {"true"}
    falsy = {"false"}


class Slug(fields.String):
    """A short name in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        rule = validate.Regexp(
            r"[a-z0-9][a-z0-9-]{0,49}\Z", error="Use a short name from the directory."
        )
        metadata = {"pattern": "^[a-z0-9][a-z0-9-]{0,49}$"} | kwargs.pop("metadata", {})
        super().__init__(validate=rule, metadata=metadata, **kwargs)


def one_of(*names: str) -> dict[str, Any]:
    """Exactly one of these fields, as JSON Schema."""
    return {"oneOf": [{"required": [name]} for name in names]}


WIDE, LONG = 200, 2_000
"""Names of an object, and items of a list, that a request may have: no call asks for as many."""


def check_bounds(data: Any) -> None:
    """Raises `Invalid` for a value that is wider than any request.

    Each item that is wrong would be told by itself: a megabyte of them takes seconds to be looked
    at, and fifteen to be answered.
    """
    left, waiting = 10 * LONG, [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            left -= len(one) if len(one) <= WIDE else left + 1
            waiting.extend(one.values())
        elif isinstance(one, list):
            left -= len(one) if len(one) <= LONG else left + 1
            waiting.extend(one)
        if left < 0:
            raise Invalid(errors={"_unknown": ["This has more fields or items than any call."]})


def load(schema: Schema, data: Any) -> Any:
    """The checked values of a request.

    Raises `Invalid`: its `errors` name the fields at fault, unknown ones as `_unknown`, and
    never hold what was sent.
    """
    check_bounds(data)
    try:
        return schema.load(data)
    except ValidationError as error:
        errors = clean(error.messages_dict)
    raise Invalid(errors=errors)


def read(schema: Schema, data: Any) -> Any:
    """The values of an answer; fields of a newer service are passed over.

    Raises `NotWren`, also for half of a character: whatever shows or keeps it would fail.
    """
    try:
        found = schema.load(known(schema, data))
    except ValidationError:
        raise NotWren from None
    if halved(found):
        raise NotWren
    return found


def known(schema: Schema, data: Any) -> Any:
    """The data without fields that the schema doesn't have, at whatever depth.

    marshmallow's own `EXCLUDE` goes no deeper than the first level.
    """
    if not isinstance(data, Mapping):
        return data
    names = {one.data_key or name: one for name, one in schema.fields.items()}
    return {name: _known(names[name], value) for name, value in data.items() if name in names}


def _known(field: fields.Field[Any], value: Any) -> Any:
    if isinstance(field, fields.List) and isinstance(value, list):
        return [_known(field.inner, one) for one in value]
    if isinstance(field, fields.Nested):
        many = field.many and isinstance(value, list)
        return [known(field.schema, one) for one in value] if many else known(field.schema, value)
    if isinstance(field, fields.Dict) and isinstance(value, dict) and field.value_field:
        return {name: _known(field.value_field, one) for name, one in value.items()}
    return value


def clean(messages: Mapping[Any, Any]) -> dict[str, Any]:
    """marshmallow's messages with the names of unknown fields, which are input, taken out."""
    found: dict[str, Any] = {}
    for name, fault in messages.items():
        if fault == ["Unknown field."]:
            found["_unknown"] = ["Take out the fields that this call does not have."]
        else:
            found[str(name)] = clean(fault) if isinstance(fault, Mapping) else fault
    return found


def page(items: type[Schema], name: str) -> type[Schema]:
    """The schema of a list: `items`, and the cursor `next` (null on the last page)."""
    members = {
        "items": fields.List(fields.Nested(items), required=True),
        "next": fields.String(
            required=True, allow_none=True, metadata={"description": "cursor of the next page"}
        ),
    }
    return type(name, (WireSchema,), members)


class PageQuery(WireSchema):
    """`after` is the cursor that the page before gave as `next`."""

    after = fields.String(load_default=None, validate=validate.Length(max=100))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
