"""An organisation as it is kept on the phone, and its shape in a file. No Kivy here.

Nothing here needs more than JSON, since it is read before the first frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shared.halves import halved


@dataclass(frozen=True)
class Accepted:
    """Somebody of a roster whom the user accepted, with the fingerprint of their keys."""

    id: str
    name: str
    desks: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True)
class Kept:
    """An organisation as it was last seen.

    `directory` is as the service sends it: JSON, with days as `2026-11-27`. `records` are the
    roster's, oldest first, each with its signature, as base64url. `poster` is the fingerprint
    that came by a poster's code; empty: the roster was taken on trust.
    """

    slug: str
    directory: Mapping[str, Any]
    records: tuple[tuple[str, str], ...]
    accepted: tuple[Accepted, ...]
    fetched_on: date
    poster: str = ""

    @property
    def name(self) -> str:
        """The organisation's name."""
        return str(self.directory["name"])


def with_accepted(kept: Kept, people: tuple[Accepted, ...]) -> Kept:
    """The same organisation, with these people accepted."""
    return replace(kept, accepted=people)


def kept_of(one: Any) -> Kept:
    """The organisation in this part of a file. Raises `ValueError`, `TypeError` or `KeyError`."""
    fields = object_of(one)
    if halved(fields):
        raise ValueError
    return Kept(
        slug=text_of(fields["slug"]),
        directory=_directory(fields["directory"]),
        records=tuple((text_of(record), text_of(signed)) for record, signed in fields["records"]),
        accepted=tuple(_accepted(each) for each in fields["accepted"]),
        fetched_on=date.fromisoformat(text_of(fields["fetched_on"])),
        poster=text_of(fields["poster"]),
    )


def _directory(value: Any) -> Mapping[str, Any]:
    """What screens show of it before its schema was loaded has to be there."""
    found = object_of(value)
    text_of(found["name"])
    for kind, needed in (("guidance", ("slug", "title", "text")), ("contacts", ("name", "value"))):
        for each in found[kind]:
            for name in needed:
                text_of(object_of(each)[name])
    return found


def _accepted(each: Any) -> Accepted:
    fields = object_of(each)
    desks = tuple(text_of(desk) for desk in fields["desks"])
    return Accepted(
        text_of(fields["id"]), text_of(fields["name"]), desks, text_of(fields["fingerprint"])
    )


def object_of(value: Any) -> dict[str, Any]:
    """The value, if it is an object of JSON. Raises `TypeError`."""
    if not isinstance(value, dict):
        raise TypeError
    return value


def text_of(value: Any) -> str:
    """The value, if it is a text. Raises `TypeError`."""
    if not isinstance(value, str):
        raise TypeError
    return value
