"""What a thread says of consent: what was asked, what the reporter signed, and until when.

Read from the messages themselves, never from the service's own list of consents.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from shared.errors import MissingEarlier
from shared.thread import ThreadMessage

WAITING, GRANTED, REFUSED, TAKEN_BACK = "waiting", "granted", "refused", "taken_back"
ENDED, PASSED, LEFT_OUT, UNLISTED = "ended", "passed", "left_out", "unlisted"
"""Where a request stands. `ENDED`: it was granted, and is over. Never answered, and not to be
answered any more: its last day has `PASSED`, it names somebody whom the report left out
(`LEFT_OUT`), or who is not on the signed list (`UNLISTED`)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A consent-request: whom a handler would let in, as what, for what, until which day."""

    id: UUID
    author: str
    handlers: tuple[UUID, ...]
    until: date
    role: str = field(repr=False)
    purpose: str = field(repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    """The reporter's newest signed answer to a request; `id` is that of the message.

    `before` is true if an earlier answer granted it: a refusal then takes it back.
    """

    id: UUID
    request: UUID
    granted: bool
    handlers: frozenset[UUID]
    until: date
    day: date
    role: str = field(repr=False)
    before: bool = False

    def holds(self, day: date) -> bool:
        """Whether it was granted, not taken back, and its last day has not passed."""
        return self.granted and day <= self.until


def asked(messages: Iterable[ThreadMessage]) -> dict[UUID, Asked]:
    """The requests of handlers by their ids; one that can't be read is left out."""
    found = {}
    for one, content in _of_type(messages, "consent-request"):
        request = as_asked(one.id, one.author, content)
        if request is not None and one.author != "reporter":
            found[one.id] = request
    return found


def as_asked(message_id: UUID, author: str, content: Mapping[str, Any]) -> Asked | None:
    """The request in a message's content, or None if something of it is missing or odd."""
    try:
        return Asked(
            message_id,
            author,
            tuple(UUID(one) for one in content["handlers"]),
            date.fromisoformat(content["until"]),
            str(content["role"]),
            str(content["purpose"]),
            str(content.get("text") or ""),
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def given(messages: Iterable[ThreadMessage]) -> dict[UUID, Consent]:
    """The newest answer that the reporter signed to each request, by the request's id."""
    found: dict[UUID, Consent] = {}
    for one, content in _of_type(messages, "consent"):
        if one.author != "reporter":
            continue
        try:
            request = UUID(content["request"])
            earlier = found.get(request)
            answer = Consent(
                one.id,
                request,
                content["granted"] is True,
                frozenset(UUID(who) for who in content["handlers"]),
                date.fromisoformat(content["until"]),
                one.day,
                str(content["role"]),
                earlier is not None and (earlier.granted or earlier.before),
            )
        except (KeyError, ValueError, TypeError, AttributeError):
            continue
        found[answer.request] = answer
    return found


def state(
    asked: Asked,
    answer: Consent | None,
    today: date,
    *,
    ended: Collection[UUID] = (),
    left_out: Collection[UUID] = (),
    listed: Callable[[UUID], object] = lambda _who: True,
) -> str:
    """Where a request stands: one of the eight codes above.

    `ended` are answers (by message id) that ended before their day, `left_out` whom the report
    shut out; `listed` says whether somebody is on the signed list.
    """
    if answer is not None:
        if answer.granted:
            return GRANTED if answer.holds(today) and answer.id not in ended else ENDED
        return TAKEN_BACK if answer.before else REFUSED
    if any(one in left_out for one in asked.handlers):
        return LEFT_OUT
    if not all(listed(one) for one in asked.handlers):
        return UNLISTED
    return WAITING if today <= asked.until else PASSED


def _of_type(
    messages: Iterable[ThreadMessage], type_: str
) -> Iterable[tuple[ThreadMessage, Mapping[str, Any]]]:
    for one in messages:
        sound = one.problem is None or isinstance(one.problem, MissingEarlier)
        if sound and one.content is not None and one.content.get("type") == type_:
            yield one, one.content
