"""One thing to send, as it is kept and as screens show it. No Kivy here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from uuid import UUID

from shared.sealing.encoding import unb64
from shared.thread import Prepared

DRAFT, WAITING, SENDING, SENT, REFUSED = "draft", "waiting", "sending", "sent", "refused"
"""What becomes of an item: taken back to be changed, waits, on its way, arrived, refused."""

REPORT, TEXT, CONSENT, STOP, CLOSING = "report", "text", "consent", "stop", "closing"
EVIDENCE = "evidence"
"""What an item is: a report, or in a case a message, the answer to a consent-request, a consent
taken back, the answer to the closing question, a message with pieces of evidence."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One thing to send, as it is kept and as screens show it.

    `organisation` is its address; `case` the reference, of a report only once it arrived.
    `content` is what was written: of a report what `mobile.reporter.Answers` holds. `words` are
    a report's eight words. `sealed` are the tries whose answer is not known, the newest last;
    `current` says that the newest is of `content` as it is now. `why` (a sentence), `code` and
    `errors` (by field) are of the last try. `earlier`: what arrived was the text of an earlier
    try. `due` is in seconds of the wall clock; none: not by itself. `late`: how often its chosen
    moment passed while the app was closed, and was drawn anew. `held` is a report's place
    (`mobile.place`).
    """

    name: str
    kind: str
    organisation: str
    order: int = 0
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    case: str = ""
    words: str = field(default="", repr=False)
    state: str = WAITING
    why: str = ""
    code: str = ""
    errors: Mapping[str, Any] = field(default_factory=dict)
    sealed: tuple[Prepared, ...] = field(default=(), repr=False)
    current: bool = False
    earlier: bool = False
    tries: int = 0
    hours: int = 0
    late: int = 0
    due: float | None = None
    staged: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    done: tuple[int, int] = (0, 0)
    held: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def pieces(self) -> tuple[Mapping[str, Any], ...]:
        """The pieces of a message with evidence, as `mobile.enclosed` reads them."""
        return tuple(self.content.get("pieces", ()))

    @property
    def follows(self) -> str:
        """The name of the report that it waits for."""
        return str(self.content.get("report", "")) if self.kind == EVIDENCE else ""

    @property
    def may_have_arrived(self) -> bool:
        """Whether the service may hold it, or an earlier version, though no answer said so."""
        return bool(self.sealed) and self.state != SENT

    @property
    def delayed(self) -> bool:
        """Whether it waits for the random moment that was asked for."""
        return self.state == WAITING and bool(self.hours) and not self.tries

    @property
    def text(self) -> str:
        """The words of a message."""
        return str(self.content.get("text", ""))

    def unsaid(self) -> OutboxItem:
        """The same without what the last try gave."""
        return replace(self, why="", code="", errors={}, tries=0)

    def as_record(self) -> dict[str, Any]:
        """The item as JSON holds it."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        del found["done"]  # the service knows, and is asked
        return {**found, "sealed": [_as_record(one) for one in self.sealed]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> OutboxItem:
        """The item that `as_record` wrote; what a later version added is passed over."""
        known = {one.name: record[one.name] for one in fields(cls) if one.name in record}
        known.pop("done", None)
        return cls(**{**known, "sealed": tuple(_prepared(one) for one in record["sealed"])})


def _as_record(sealed: Prepared) -> dict[str, Any]:
    return {
        "id": str(sealed.id),
        "body": dict(sealed.body),
        "case_id": None if sealed.case_id is None else str(sealed.case_id),
        "call": sealed.call,
    }


def _prepared(record: Mapping[str, Any]) -> Prepared:
    case_id, body = record["case_id"], record["body"]
    place = body["sealed"].get("message", body["sealed"])  # of a report, of a message
    return Prepared(
        UUID(record["id"]),
        body,
        unb64(place["envelope"]),
        None if case_id is None else UUID(case_id),
        record["call"],
    )
