"""A case that is open on the phone: its thread, and what waits to be sent. No Kivy here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from shared.conversation import Prepared, ReporterCase, ThreadMessage
from shared.errors import (
    EpochChanged,
    LineError,
    MissingEarlier,
    SignIn,
    SlowDown,
    Unavailable,
    WrenError,
)

WAITING, SENT, REFUSED = "waiting", "sent", "refused"
STATUS = {
    "new": "Received. Nobody has picked it up yet.",
    "acknowledged": "They have seen your report.",
    "in_progress": "They are working on it.",
    "awaiting_reporter": "They are waiting for your answer.",
    "closed": "Closed. You can still read it and write.",
}
LABELS = {
    "story": "", "when": "When", "place": "Group or place", "people": "Involved",
    "who_knows": "Who else knows", "wanted": "You would like", "told_before": "Told before",
    "immediate_danger": "In danger",
}  # fmt: skip
TO_READ = {
    "status": "The status of your case changed.",
    "consent-request": "You are asked for consent. Update the app to answer.",
}
NEW_READER = "Somebody new can read this case. Say first whether that is all right."


@dataclass(frozen=True)
class Item:
    """One message as it is shown. `warning` says what does not check; then trust nothing."""

    key: str
    mine: bool
    author: str
    day: str
    text: str = field(repr=False)
    state: str = SENT
    why: str = ""
    warning: str = ""


@dataclass
class Outgoing:
    """A message that was written here. Its sealed bytes stay the same until it arrived."""

    key: str
    text: str = field(repr=False)
    state: str = WAITING
    why: str = ""
    prepared: Prepared | None = field(default=None, repr=False)


@dataclass(frozen=True)
class View:
    """What the conversation shows."""

    reference: str
    status: str
    readers: tuple[str, ...]
    new_readers: tuple[str, ...]
    items: tuple[Item, ...] = field(repr=False)


class Talk:
    """One case. `refresh` and `flush` block; `write`, `agree` and `view` do not."""

    def __init__(
        self, case: ReporterCase, directory: Mapping[str, Any], name_of: Callable[[str], str]
    ) -> None:
        self._case, self._directory, self._name_of = case, directory, name_of
        self._found: Mapping[str, Any] = {}
        self._names: dict[str, str] = {}
        self._agreed: frozenset[str] | None = None
        self._items: tuple[Item, ...] = ()
        self._outbox: list[Outgoing] = []
        self._written = 0
        self._behind = False

    def refresh(self) -> View:
        """Fetches and checks the case and what is new in its thread."""
        self._fetch_case()
        self._fetch_thread()
        return self.view()

    def _fetch_case(self) -> None:
        self._found = self._case.refresh()
        for one in self._found["handlers"]:
            key = str(one["id"])
            self._names.setdefault(key, self._name_of(key))
        if self._agreed is None:  # the first look: they are shown at the head of the thread
            self._agreed = frozenset(self._now())

    def _now(self) -> list[str]:
        return [str(one["id"]) for one in self._found["handlers"]]

    def _fetch_thread(self) -> None:
        messages = self._case.thread()
        done = {str(one.id) for one in messages}
        self._outbox = [
            one for one in self._outbox if not (one.prepared and str(one.prepared.id) in done)
        ]
        known = {item.key for item in self._items}
        new = tuple(self._item(one) for one in messages if str(one.id) not in known)
        self._items += new
        self._behind = False
        if new:
            self._case.read(max(one.number for one in messages))

    def _item(self, one: ThreadMessage) -> Item:
        mine = one.author == "reporter"
        text = readable(one.content, self._directory) if one.content is not None else ""
        warning = one.problem.detail if one.problem is not None else ""
        if one.problem is not None and not isinstance(one.problem, MissingEarlier):
            text = ""  # what does not check is never shown as somebody's words
        author = "You" if mine else self._author(one.author)
        return Item(str(one.id), mine, author, str(one.day), text, SENT, "", warning)

    def _author(self, author: str) -> str:
        kind, _, handler = author.partition(":")
        if kind != "handler":
            return "The service"
        if handler not in self._names:
            self._names[handler] = self._name_of(handler)
        return self._names[handler]

    def write(self, text: str) -> View:
        """Puts a message behind those that wait; `flush` sends it."""
        self._written += 1
        self._outbox.append(Outgoing(f"out-{self._written}", text))
        return self.view()

    def take_back(self, key: str) -> str:
        """Takes a refused message out of the list; returns its text, to be changed."""
        for one in self._outbox:
            if one.key == key and one.state == REFUSED:
                self._outbox.remove(one)
                return one.text
        return ""

    def agree(self) -> View:
        """Accepts that those who are readers now may read what comes."""
        self._agreed = frozenset(self._now())
        return self.view()

    def unsent(self) -> int:
        """How many messages have not arrived."""
        return sum(one.state != SENT for one in self._outbox)

    def flush(self) -> View:
        """Sends what waits, in order. What can't be sent now goes on waiting, and says why."""
        for one in list(self._outbox):
            if one.state != WAITING:
                continue
            try:
                self._send(one)
            except (LineError, SlowDown, Unavailable, SignIn) as error:
                one.why = error.detail
                break
            except _NewReader:
                one.why = NEW_READER
                break
            except WrenError as error:
                one.state, one.why, one.prepared = REFUSED, error.detail, None
        if self._behind:
            with suppress(LineError, SlowDown, Unavailable):  # it arrived: that is what counts
                self._fetch_thread()
        return self.view()

    def _send(self, one: Outgoing) -> None:
        if self._behind:  # messages are numbered: the next one goes after what is there
            self._fetch_thread()
            if not any(one is left for left in self._outbox):
                return  # it had arrived, only the answer was lost
        try:
            self._send_sealed(one)
        except EpochChanged:  # not stored: sealed again, for those who read now
            one.prepared = None
            self._fetch_case()
            self._fetch_thread()
            self._send_sealed(one)
        one.state, one.why, self._behind = SENT, "", True

    def _send_sealed(self, one: Outgoing) -> None:
        if self.new_readers():
            raise _NewReader
        if one.prepared is None:
            one.prepared = self._case.prepare(one.text)
        self._case.send(one.prepared)

    def new_readers(self) -> list[str]:
        """Names of readers who came after the case was first shown, and were not agreed to."""
        return [self._names[one] for one in self._now() if one not in (self._agreed or ())]

    def view(self) -> View:
        """The case as it is known here, with what waits at the end."""
        waiting = [
            Item(one.key, True, "You", "", one.text, one.state, one.why) for one in self._outbox
        ]
        status = str(self._found.get("status", ""))
        return View(
            str(self._found.get("reference", "")),
            STATUS.get(status, "Your case is open."),
            tuple(self._names[one] for one in self._now()),
            tuple(self.new_readers()),
            (*self._items, *waiting),
        )

    def sign_out(self) -> None:
        """Ends the session at the service."""
        self._case.sign_out()


class _NewReader(Exception):
    """Somebody has to be agreed to first."""


def readable(content: Mapping[str, Any], directory: Mapping[str, Any]) -> str:
    """The words of an opened message, with a report's answers under short labels."""
    if content.get("type") != "report":
        text = str(content.get("text") or "")
        return text or TO_READ.get(str(content.get("type")), "A message this app can't show.")
    parts = []
    for name, label in LABELS.items():
        if content.get(name):
            parts.append(f"{label}\n{content[name]}" if label else str(content[name]))
    listed = {one["code"]: one["name"] for one in (*directory["concerns"], *directory["channels"])}
    codes = [*content.get("concerns", ()), *filter(None, [content.get("channel")])]
    if codes:
        parts.insert(0, ", ".join(str(listed.get(one, one)) for one in codes))
    return "\n\n".join(parts)
