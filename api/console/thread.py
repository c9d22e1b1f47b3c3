"""A case's report and thread as pages show them.

What is opened was sealed by somebody's client: nothing of it is taken to be of the right kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from api.console.naming import REPORT
from api.rules import viewing
from api.rules.viewing import Shown
from shared import evidence
from shared.sealing.message import REPORTER, handler

SHOWN = 100
"""Messages on a page: the newest, and links to those before."""

DANGER = "immediate_danger"
"""What of a report is shown before all else."""

_TEXTS = ("text", "answer", "comment", "event", "told", "reason", "role", "purpose")


def as_text(value: Any) -> str:
    """The value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def as_number(value: str | None) -> int | None:
    """The number in an address or hidden field, if it is one of a reasonable size."""
    text = value or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def report(item: Mapping[str, Any], directory: Mapping[str, Any]) -> dict[str, Any]:
    """The report in words: `danger`, `story`, `concerns`, `channel`, `group`, `fields`, `raised`.

    `problem` says why it is not to be relied on; without a `story` it could not be opened.
    """
    content = item.get("content") or {}

    def called(field: str, listed: str) -> list[str]:
        names = {one["code"]: one["name"] for one in directory[listed]}
        given = content.get(field)
        codes = [given] if isinstance(given, str) else _texts(given)
        return [names.get(one, one) for one in codes]

    return {
        "opened": "content" in item,
        "problem": item.get("problem"),
        "author": item["author"],
        "story": as_text(content.get("story")),
        "concerns": called("concerns", "concerns"),
        "channel": ", ".join(called("channel", "channels")),
        "group": ", ".join(called("professional_group", "professional_groups")),
        "raised": as_text(content.get("raised")),
        "danger": as_text(content.get(DANGER)),
        "fields": [
            (name, as_text(content.get(name)))
            for name in REPORT
            if name != DANGER and as_text(content.get(name))
        ],
    }


def days(
    items: Iterable[Mapping[str, Any]],
    me: UUID,
    requests: Mapping[UUID, Mapping[str, Any]],
    hung: Mapping[UUID, list[Shown]],
) -> list[tuple[date, list[dict[str, Any]]]]:
    """The messages day by day, each ready to be shown; `hung` has what hangs on them."""
    shown = [
        _entry(one, me, requests)
        | {"pieces": pieces(hung.get(one["id"], ()), of_reporter=one["author"] == REPORTER)}
        for one in items
    ]
    return [(day, list(some)) for day, some in groupby(shown, key=lambda one: one["day"])]


def pieces(found: Iterable[Shown], *, of_reporter: bool) -> list[dict[str, Any]]:
    """Attachments in words; what the reporter alone can say of one is theirs alone."""
    return [
        {
            "id": one.piece.attachment_id,
            "name": viewing.plain_name(one.told.name) if one.told else "",
            "size": one.told.size if one.told else 0,
            "problem": one.problem,
            "sharing": one.piece.sharing if of_reporter else "",
            "from_export": one.piece.source == evidence.MESSAGES,
            "transcript": one.piece.transcript,
        }
        for one in found
    ]


def _entry(
    item: Mapping[str, Any], me: UUID, requests: Mapping[UUID, Mapping[str, Any]]
) -> dict[str, Any]:
    author, content = item["author"], item.get("content") or {}
    side = "reporter" if author == REPORTER else "mine" if author == handler(me) else "handler"
    return {
        "id": item["id"],
        "number": item["number"],
        "day": item["day"],
        "author": author,
        "side": side,
        "problem": item.get("problem"),
        "opened": "content" in item,
        "type": as_text(content.get("type")),
        **{name: as_text(content.get(name)) for name in _TEXTS},
        "until": _day(content.get("until")),
        "names": _texts(content.get("names")),
        "granted": content.get("granted") is True,
        "request": _request(item, content, requests),
    }


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(as_text(value))
    except ValueError:
        return None


def _request(
    item: Mapping[str, Any],
    content: Mapping[str, Any],
    requests: Mapping[UUID, Mapping[str, Any]],
) -> Mapping[str, Any] | None:
    """The request that a message is, or that it answers, if that can be read."""
    if content.get("type") == "consent-request":
        return requests.get(item["id"])
    if content.get("type") == "consent":
        try:
            return requests.get(UUID(as_text(content.get("request"))))
        except ValueError:
            return None
    return None
