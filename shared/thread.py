"""A case that is open at a client, and its thread: what both kinds of reader do with it.

Nothing that these classes return was taken on the service's word.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from shared import attaching
from shared.attaching import Staged
from shared.client import Client
from shared.errors import (
    BrokenChain,
    MissingEarlier,
    NotWren,
    ReadersChanged,
    SealingError,
    SignIn,
    WrenError,
)
from shared.evidence import Piece
from shared.schemas import base, messages, readers
from shared.sealing import case as sealing
from shared.sealing import receipt
from shared.sealing.encoding import REPORTER, b64
from shared.sealing.envelope import addressed_to
from shared.sealing.epochs import MESSAGES, Party, handlers_of
from shared.sealing.keyring import Keyring
from shared.sealing.message import Attached, Kind, Message, Thread, as_content
from shared.sealing.roster import Pin, Roster
from shared.sealing.stream import Description

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Sealed and ready: sent again as often as needed, it is stored once.

    `call` is the last part of the address that it goes to.
    """

    id: UUID
    body: Mapping[str, Any] = field(repr=False)
    envelope: bytes = field(repr=False)
    case_id: UUID | None = None
    call: str = "messages"


@dataclass(frozen=True, slots=True)
class PreparedEpoch:
    """A signed change of readers. `readers` are those of the new record, the reporter too."""

    epoch: int
    readers: frozenset[UUID]
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message: `content` if it was opened, `problem` if something is wrong with it.

    `content` holds `type`, the body's fields and `attachments`. With `MissingEarlier` both
    are there; with any other problem there is no content. `sealed_to` are the readers of the
    record that it is sealed to, with their keys. `attached` is what hangs on it, as signed.
    """

    id: UUID
    number: int
    author: str
    day: date
    content: Mapping[str, Any] | None = field(repr=False)
    problem: WrenError | None
    sealed_to: tuple[Party, ...] = field(default=(), repr=False)
    attached: tuple[Attached, ...] = field(default=(), repr=False)

    @property
    def read_by(self) -> frozenset[UUID]:
        """Ids of those whom it is sealed to."""
        return frozenset(one.id for one in self.sealed_to)


def today(directory: Mapping[str, Any]) -> date:
    """The day it is for the organisation."""
    return datetime.now(ZoneInfo(directory["time_zone"])).date()


def open_message(
    case: sealing.Case,
    thread: Thread,
    envelope: bytes,
    message_id: UUID,
    number: int,
    author: str,
    day: date,
    *,
    kind: Kind = "message",
) -> ThreadMessage:
    """A message, opened and checked; `thread` notes it. What is wrong with it, it says itself.

    Author and day are those that were signed; the given ones stand if it can't be opened.
    """
    try:
        found = case.read(kind, message_id, envelope)
        sealed_to = case.readers_of(kind, envelope)
    except WrenError as error:
        thread.add_unread(envelope)
        return ThreadMessage(message_id, number, author, day, None, error)
    problem = MissingEarlier() if thread.add(found, envelope) else None
    content = as_content(found)
    return ThreadMessage(
        message_id, number, found.author, found.day, content, problem, sealed_to, found.attachments
    )


def left_out(message: ThreadMessage) -> frozenset[UUID]:
    """Whom a report shut out by name; nobody for any other message."""
    content = message.content or {}
    named = content.get("excluded", ()) if content.get("type") == "report" else ()
    return frozenset(UUID(one) for one in named)


def check_receipt(
    answer: Mapping[str, Any], checked: Roster, case_id: UUID, sent: Prepared
) -> None:
    """Returns if the receipt in an answer is the organisation's for just what was sent.

    Raises `NotWren` for any other: then it is not known whether that was stored, and the same
    bytes may be sent again.
    """
    given = receipt.Receipt(**answer["receipt"])
    keys, slug = checked.newest.receipt_keys, checked.newest.organisation
    try:
        receipt.check(given, keys, case_id, sent.id, sent.envelope, slug)
    except SealingError:
        raise NotWren from None


def epoch_body(new: sealing.NewEpoch) -> dict[str, Any]:
    """A new epoch as the calls take it."""
    values: dict[str, Any] = {
        "case_key": new.case_key,
        "record": new.record,
        "signature": new.signature,
        "readers": [{"reader": who, "sealed_key": key} for who, key in new.readers.items()],
    }
    if new.previous_key is not None:
        values["previous_key"] = new.previous_key
    return dict(readers.SealedEpoch().dump(values))


class OpenCase(ABC):
    """A case that is open at this client: what both kinds of reader do with it."""

    path: str
    me: UUID

    def __init__(
        self, client: Client, bearer: str, keyring: Keyring, directory: Mapping[str, Any]
    ) -> None:
        self.client, self.directory = client, directory
        self._bearer, self._keyring = bearer, keyring
        self._pin: Pin | None = None
        self._threads: dict[Kind, Thread] = {"message": Thread(), "note": Thread()}
        self._cursor: str | None = None
        self._messages: list[ThreadMessage] = []
        self._excluded: frozenset[UUID] = frozenset()
        self._strange: set[bytes] = set()

    def use_pin(self, pin: Pin) -> None:
        """From now on refuses any roster that does not go on from this one."""
        self._pin = pin

    @property
    def keys(self) -> sealing.Case:
        """The records and keys, as `refresh` checked and opened them."""
        return self._case

    @property
    def excluded(self) -> frozenset[UUID]:
        """Whom the report shut out; known once `thread` has read it."""
        return self._excluded

    def refresh(self) -> dict[str, Any]:
        """Fetches and checks the case and its keys; returns the case.

        Raises `BrokenChain`, `BadKey`, `WrongKey` or `Damaged` where they don't hold.
        """
        found = self._signed_in(self._fetch)
        slug = str(found["organisation"])
        checked = self.client.roster(slug, self._pin)
        self._pin = checked.pin()
        epochs = [sealing.SealedEpoch(**one) for one in found["epochs"]]
        reporter = self._reporter(found)
        self._case = sealing.unlock(
            found["case_id"], self.me, self._keyring, epochs, reporter, checked, self._excluded
        )
        self._case.check_newest()
        return found

    def thread(self) -> list[ThreadMessage]:
        """The whole thread, each message opened and checked; fetches only what is new.

        Where the readers changed meanwhile it fetches the case too, and raises as `refresh`.
        """
        while True:
            page = self._signed_in(
                lambda bearer: self.client.messages(self.path, bearer, self._cursor)
            )
            for one in page["items"]:
                self._know(one["sealed"]["envelope"])
                self._messages.append(self._open(one))
                self._cursor = str(one["number"])
            if page["next"] is None:
                return list(self._messages)

    def message(self, message_id: UUID) -> ThreadMessage | None:
        """The message with this id, if `thread` has returned it."""
        return next((one for one in self._messages if one.id == message_id), None)

    def prepare(
        self, text: str, attached: Sequence[Attached] = (), evidence: Iterable[Piece] = ()
    ) -> Prepared:
        """Seals a message that goes after what `thread` has returned so far.

        What is `attached` has to be uploaded before it is sent (`attach`); `evidence` says of
        it what may be done with it. Prepare the next one only when this one was sent: they are
        numbered. Raises `Invalid` or `TooLong`.
        """
        content: dict[str, Any] = {"text": text}
        if said := [one.as_body() for one in evidence]:
            content["evidence"] = said
        named = {"attachments": [str(one.id) for one in attached]} if attached else {}
        base.load(messages.TextContent(), content | named)
        return self._seal("text", content, attached=attached)

    def attach(self, staged: Staged, progress: attaching.Progress | None = None) -> None:
        """Uploads a staged attachment, or goes on with it; as `attaching.upload`."""
        self._signed_in(
            lambda bearer: attaching.upload(self.client, self.path, bearer, staged, progress)
        )

    def describe(self, named: Attached, kind: Kind = "message") -> Description:
        """Name, type and size of what a message names; as `attaching.describe`."""
        return self._signed_in(
            lambda bearer: attaching.describe(
                self.client, self.path, bearer, named, self._case, kind
            )
        )

    def fetch(self, named: Attached, kind: Kind = "message") -> Iterator[bytes]:
        """The checked bytes of what a message names; as `attaching.fetch`."""
        return self._signed_in(
            lambda bearer: attaching.fetch(self.client, self.path, bearer, named, self._case, kind)
        )

    def _seal(
        self,
        type_: str,
        body: Mapping[str, Any],
        call: str = "messages",
        attached: Sequence[Attached] = (),
        **beside: Any,
    ) -> Prepared:
        kind: Kind = "note" if type_ in ("note", "classification") else "message"
        message_id, author, thread = uuid4(), self._case.author(), self._threads[kind]
        content = Message(
            author=author,
            day=today(self.directory),
            seq=thread.next_seq(author),
            type=type_,
            body=body,
            after=thread.after(),
            attachments=tuple(attached),
        )
        envelope = self._case.write(kind, message_id, content)
        if attached:
            beside |= {"attachments": [str(one.id) for one in attached]}
        sent = {"id": str(message_id), "sealed": {"envelope": b64(envelope)}, **beside}
        return Prepared(message_id, sent, envelope, call=call)

    def send(self, prepared: Prepared) -> dict[str, Any]:
        """Sends a prepared message and checks its receipt. Returns `number` and `receipt`.

        Raises `EpochChanged`: call `refresh`, and prepare it again.
        """
        answer = self._signed_in(
            lambda bearer: self.client.post_message(
                self.path, prepared.body, bearer, prepared.call
            )
        )
        check_receipt(answer, self._case.roster, self._case.case_id, prepared)
        return answer

    def prepare_epoch(
        self, handlers: Iterable[UUID], newcomer: UUID | None = None, **beside: Any
    ) -> PreparedEpoch:
        """Signs the next record: the reporter, and those of these handlers who still read.

        Their keys are the roster's as `refresh` found it, so who left is left out. Raises
        `ReadersChanged` if a `newcomer` is not on it.
        """
        newest, parties = self._case.roster.newest, [self._reporter_now()]
        came = set() if newcomer is None else {newcomer}
        for one in sorted({*handlers, *came}, key=str):
            entry = newest.active(one)
            if entry is not None:
                parties.append(sealing.party(entry))
            elif one == newcomer:
                raise ReadersChanged
        new = self._case.grant(parties)
        body = {"epoch": epoch_body(new), **beside}
        return PreparedEpoch(new.epoch, frozenset(one.id for one in parties), body)

    def send_epoch(self, prepared: PreparedEpoch) -> None:
        """Sends a signed change of readers; call `refresh` afterwards.

        Raises `EpochChanged` if another change was faster: refresh, and look again.
        """
        self._signed_in(lambda bearer: self.client.post_epoch(self.path, prepared.body, bearer))

    def handlers(self) -> list[UUID]:
        """Who reads besides the reporter, by the newest signed record."""
        return [one.id for one in handlers_of(self._case.records[MESSAGES][-1])]

    def sign_out(self) -> None:
        """Ends the session at the service."""
        self.client.sign_out(self._bearer)

    def name_of(self, handler: UUID) -> str:
        """A handler's name by the signed roster; empty for somebody who was never on it."""
        return self._case.roster.name_of(handler)

    def _open(self, one: Mapping[str, Any], kind: Kind = "message") -> ThreadMessage:
        envelope = one["sealed"]["envelope"]
        given = (one["id"], one["number"], one["author"], one["day"])
        opened = open_message(self._case, self._threads[kind], envelope, *given, kind=kind)
        # Kept, so that a later epoch that lets one of them in is refused too.
        self._excluded |= left_out(opened)
        return opened

    def _know(self, envelope: bytes) -> None:
        """Fetches the case anew for what is sealed to a key that came after `refresh`."""
        try:
            named = addressed_to(envelope)
        except WrenError:
            return  # `_open` says what is wrong with it
        if named not in self._case.keys and named not in self._strange:
            self.refresh()
            self._strange.add(named)

    @abstractmethod
    def _fetch(self, bearer: str) -> dict[str, Any]: ...

    def _reporter(self, found: Mapping[str, Any]) -> Party:
        return sealing.reporter_party(**found["reporter"])

    def _reporter_now(self) -> Party:
        found = self._case.records[MESSAGES][-1].reader(REPORTER)
        if found is None:  # `unlock` refuses such a record
            raise BrokenChain
        return found

    def _sign_in_again(self) -> str:
        raise SignIn

    def _signed_in(self, call: Callable[[str], Answer]) -> Answer:
        try:
            return call(self._bearer)
        except SignIn:
            self._bearer = self._sign_in_again()
        return call(self._bearer)
