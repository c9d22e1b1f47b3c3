"""The directory: what a reporter must know of an organisation before reporting."""

from __future__ import annotations

import re
from datetime import time
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.filetypes import GROUPS
from shared.schemas.base import STORY, Bytes, Id, Line, Slug, Text, WireSchema


class Zone(fields.String):
    """A time zone by its IANA name: one that this machine knows, or no day could be told."""

    default_error_messages = {"zone": "Use the name of a time zone, as Europe/London."}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        name = super()._deserialize(value, attr, data, **kwargs)
        try:
            ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.make_error("zone") from None
        return name


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
    attachment_bytes = fields.Integer(
        load_default=0, metadata={"description": "bytes of one attachment at most"}
    )
    case_bytes = fields.Integer(
        load_default=0, metadata={"description": "bytes of a case's attachments together"}
    )
    attachment_types = fields.List(
        fields.String(),
        load_default=list,
        metadata={"example": list(GROUPS), "description": "the kinds of files that are taken"},
    )


MB = 1_000_000

DEFAULTS: dict[str, Any] = {
    "acknowledge_days": 2,
    "feedback_months": 3,
    "due_soon_days": 7,
    "backup_days": 30,
    "retention_months": 24,
    "figures_after_days": 20,
    "notice_hours": 4,
    "notice_wait_minutes": 30,
    "notice_spread_minutes": 60,
    "idle_minutes": 15,
    "attachment_bytes": 50 * MB,
    "case_bytes": 200 * MB,
    "attachment_types": list(GROUPS),
}


def _setting(name: str, least: int, most: int, what: str) -> fields.Integer:
    return fields.Integer(
        strict=True,
        validate=validate.Range(least, most, error=f"Use a number from {least} to {most}."),
        metadata={"example": DEFAULTS[name], "description": what},
    )


def _each_once(kinds: list[str]) -> None:
    if len(set(kinds)) != len(kinds):
        raise ValidationError("Name each kind once.")


class Settings(WireSchema):
    """What an organisation sets for itself; what it leaves out is as in `DEFAULTS`."""

    acknowledge_days = _setting(
        "acknowledge_days", 1, 30, "working days until a case is to be acknowledged"
    )
    feedback_months = _setting("feedback_months", 1, 12, "months until feedback is due")
    due_soon_days = _setting("due_soon_days", 1, 60, "days before a deadline that it is shown")
    backup_days = _setting("backup_days", 0, 400, "days that backups are kept")
    figures_after_days = _setting(
        "figures_after_days", 7, 90, "days after a quarter's end until its figures are published"
    )
    # From 13: the last check for detriment is after 12.
    retention_months = _setting(
        "retention_months", 13, 240, "months after closing until a case is deleted"
    )
    notice_hours = _setting(
        "notice_hours", 1, 24, "hours between two notices by email to one person, at least"
    )
    notice_wait_minutes = _setting(
        "notice_wait_minutes", 0, 720, "minutes that a notice by email waits, at least"
    )
    notice_spread_minutes = _setting(
        "notice_spread_minutes", 30, 720, "minutes over which it is then sent, at random"
    )
    idle_minutes = _setting("idle_minutes", 1, 60, "minutes until the console locks")
    attachment_bytes = _setting(
        "attachment_bytes", 0, 1000 * MB, "bytes of one attachment at most; 0: none is taken"
    )
    case_bytes = _setting(
        "case_bytes", 0, 10_000 * MB, "bytes of a case's attachments together, at most"
    )
    attachment_types = fields.List(
        fields.String(validate=validate.OneOf(GROUPS, error="Use the kinds that there are.")),
        validate=_each_once,
        metadata={"example": list(GROUPS), "description": "the kinds of files that are taken"},
    )


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
    time_zone = Zone(required=True, metadata={"example": "Europe/London"})
    release = fields.Raw(
        required=True, metadata={"description": '"at once", or the times of release'}
    )


# --- what administrators set ----------------------------------------------------------------

PHONE = re.compile(r"[+ ]*[0-9][0-9+ ]*\Z")
MOST = 100
"""The most contacts, texts, replies, categories or regions."""


class Release(fields.Raw):
    """When handlers learn what reporters did: `at once`, or times of the day as `07:00`."""

    default_error_messages = {"release": "Use times as 07:00, or the words: at once"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if value == "at once":
            return value
        if not isinstance(value, list) or not 1 <= len(value) <= 24:
            raise self.make_error("release")
        if not all(isinstance(one, str) and re.fullmatch(r"\d\d:\d\d", one) for one in value):
            raise self.make_error("release")
        try:
            times = [time.fromisoformat(one) for one in value]
        except ValueError:
            raise self.make_error("release") from None
        return sorted({one.strftime("%H:%M") for one in times})


def _checked_on() -> fields.Date:
    return fields.Date(
        metadata={"description": "last checked; may be left out where nothing else changed"}
    )


class NewDesk(WireSchema):
    slug = Slug(required=True, metadata={"example": "guardian"})
    name = Line(200, required=True, metadata={"example": "Freedom to Speak Up guardian"})
    about = Text(500, required=True)


class NewContact(WireSchema):
    name = Line(200, required=True, metadata={"example": "Police"})
    kind = fields.String(
        required=True, validate=validate.OneOf(("phone", "link"), error="Use phone or link.")
    )
    value = Line(300, required=True, metadata={"example": "999"})
    detail = Text(500, required=True)
    checked_on = _checked_on()

    @validates_schema
    def _fits_its_kind(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data["kind"] == "phone" and not PHONE.match(data["value"]):
            raise ValidationError("Use digits, spaces and + only.", "value")
        if data["kind"] == "link" and not _is_link(data["value"]):
            raise ValidationError("Use an address that begins with https://", "value")


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    return (
        text.startswith("https://")
        and bool(host)
        and "@" not in parts.netloc
        and not re.search(r"[\s\\<>\"']", text)
    )


class NewGuidance(WireSchema):
    slug = Slug(required=True, metadata={"example": "what-counts"})
    title = Line(200, required=True)
    text = Text(
        STORY, blank=False, required=True, metadata={"description": "Markdown, kept as it is"}
    )
    checked_on = _checked_on()


class Reply(WireSchema):
    name = Line(100, required=True, metadata={"example": "Acknowledge"})
    text = Text(STORY, blank=False, required=True)


class LocalChoice(WireSchema):
    code = Slug(required=True, metadata={"example": "system-process"})
    name = Line(100, required=True, metadata={"example": "System and Process"})


def _list(schema: type[WireSchema], least: int = 0, **kwargs: Any) -> fields.List[Any]:
    return fields.List(
        fields.Nested(schema),
        validate=validate.Length(least, MOST, error=f"Give {least} to {MOST} of them."),
        **kwargs,
    )


class LocalCategories(WireSchema):
    categories = _list(LocalChoice, required=True)
    regions = _list(LocalChoice, required=True)

    @validates_schema(skip_on_field_errors=True)
    def _once_each(self, data: dict[str, Any], **_kwargs: Any) -> None:
        for name, items in data.items():
            _check_once(name, items, "code")


def _check_once(name: str, items: list[dict[str, Any]], key: str) -> None:
    if len({one[key] for one in items}) != len(items):
        raise ValidationError(f"Use each {key} once.", name)


class ChangeOrganisation(WireSchema):
    """What is left out stays as it is. A list takes the place of the whole list before."""

    EXAMPLE: ClassVar[dict[str, Any]] = {"settings": {"acknowledge_days": 2}}

    name = Line(200)
    release = Release(metadata={"example": ["07:00", "13:00", "19:00"]})
    settings = fields.Nested(Settings)
    desks = _list(NewDesk, 1)
    contacts = _list(NewContact)
    guidance = _list(NewGuidance)
    categories = fields.Nested(LocalCategories)
    replies = _list(Reply)

    @validates_schema(skip_on_field_errors=True)
    def _once_each(self, data: dict[str, Any], **_kwargs: Any) -> None:
        for name, key in (("desks", "slug"), ("guidance", "slug"), ("replies", "name")):
            _check_once(name, data.get(name, []), key)


class Categories(WireSchema):
    version = fields.Integer(required=True, metadata={"description": "0: there are none yet"})
    since = fields.Date(required=True, allow_none=True)
    categories = fields.List(fields.Nested(LocalChoice), required=True)
    regions = fields.List(fields.Nested(LocalChoice), required=True)


class National(WireSchema):
    version = fields.String(required=True, metadata={"example": "2026"})
    elements = fields.List(fields.Nested(Choice), required=True)
    outcomes = fields.List(fields.Nested(Choice), required=True)
    feedback_answers = fields.List(fields.Nested(Choice), required=True)


class OrganisationSettings(OrganisationName):
    time_zone = Zone(required=True, metadata={"example": "Europe/London"})
    release = fields.Raw(required=True)
    settings = fields.Nested(Settings, required=True)
    desks = fields.List(fields.Nested(Desk), required=True)
    contacts = fields.List(fields.Nested(Contact), required=True)
    guidance = fields.List(fields.Nested(Guidance), required=True)
    replies = fields.List(fields.Nested(Reply), required=True)
    categories = fields.Nested(Categories, required=True)
    national = fields.Nested(National, required=True)
