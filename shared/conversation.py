"""A case as its reader has it open at a client: sealed, checked and opened here.

Nothing that these classes return was taken on the service's word.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from shared.client import Client
from shared.errors import BadKey, Damaged, MissingEarlier, SignIn, WrenError
from shared.schemas import base, cases, messages
from shared.sealing import case as sealing
from shared.sealing import receipt, stretch
from shared.sealing.encoding import REPORTER, b64
from shared.sealing.epochs import Party
from shared.sealing.keyring import PASSWORD, Keyring, unlock
from shared.sealing.message import Message, Thread, as_content
from shared.sealing.roster import Pin, Roster

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Sealed and ready: sent again as often as needed, it is stored once."""

    id: UUID
    body: Mapping[str, Any] = field(repr=False)
    envelope: bytes = field(repr=False)
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message: `content` if it was opened, `problem` if something is wrong with it.

    `content` holds `type`, the body's fields and `attachments`. With `MissingEarlier` both
    are there; with any other problem there is no content.
    """

    id: UUID
    number: int
    author: str
    day: date
    content: Mapping[str, Any] | None = field(repr=False)
    problem: WrenError | None


def today(directory: Mapping[str, Any]) -> date:
    """The day it is for the organisation."""
    return datetime.now(ZoneInfo(directory["time_zone"])).date()


def _salt(directory: Mapping[str, Any]) -> bytes:
    if directory["stretch"]["profile"] != stretch.TOKEN.name:
        raise BadKey("The service asks for another cost of stretching than this client knows.")
    return bytes(directory["stretch"]["salt"])


def prepare_report(
    directory: Mapping[str, Any],
    checked: Roster,
    token: str,
    desk: str,
    excluded: Collection[UUID],
    report: Mapping[str, Any],
    *,
    urgent: bool = False,
) -> Prepared:
    """Stretches the token and seals a report for the desk's handlers less those excluded.

    Raises `Invalid` (fields of the report, by name, under `content`), `BadToken`,
    `TooLong` or `BadKey`.
    """
    case_id, message_id = uuid4(), uuid4()
    base.load(cases.Report(), report)
    cases.check_codes(report, directory)
    left_out = sorted(str(one) for one in excluded)
    new = sealing.open_case(
        case_id,
        message_id,
        stretch.root(token, _salt(directory)),
        sealing.readers_of(checked, desk, set(excluded)),
        {**report, "excluded": left_out},
        today(directory),
    )
    sealed = {
        "verifier": new.verifier,
        "seal_key": new.seal_key,
        "sign_key": new.sign_key,
        "epoch": {
            "case_key": new.epoch.case_key,
            "record": new.epoch.record,
            "signature": new.epoch.signature,
            "readers": [
                {"reader": reader, "sealed_key": key} for reader, key in new.epoch.readers.items()
            ],
        },
        "message": {"id": message_id, "envelope": new.envelope},
    }
    values = {"case_id": case_id, "desk": desk, "excluded": list(excluded), "urgent": urgent}
    body = cases.OpenCase().dump({**values, "sealed": sealed})
    return Prepared(message_id, body, new.envelope, case_id)


def send_report(client: Client, slug: str, checked: Roster, report: Prepared) -> dict[str, Any]:
    """Sends a prepared report and checks the receipt. Returns `reference` and `receipt`."""
    answer = client.open_case(slug, report.body)
    if report.case_id is None:
        raise Damaged
    _check_receipt(answer, checked, report.case_id, report)
    return answer


def _check_receipt(
    answer: Mapping[str, Any], checked: Roster, case_id: UUID, sent: Prepared
) -> None:
    given = receipt.Receipt(**answer["receipt"])
    keys, slug = checked.newest.receipt_keys, checked.newest.organisation
    receipt.check(given, keys, case_id, sent.id, sent.envelope, slug)


class _Conversation(ABC):
    """A case that is open at this client: what both kinds of reader do with it."""

    path: str
    me: UUID

    def __init__(
        self, client: Client, bearer: str, keyring: Keyring, directory: Mapping[str, Any]
    ) -> None:
        self.client, self.directory = client, directory
        self._bearer, self._keyring = bearer, keyring
        self._pin: Pin | None = None
        self._thread = Thread()
        self._cursor: str | None = None
        self._messages: list[ThreadMessage] = []
        self._excluded: frozenset[UUID] = frozenset()

    def use_pin(self, pin: Pin) -> None:
        """From now on refuses any roster that does not go on from this one."""
        self._pin = pin

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
        return found

    def thread(self) -> list[ThreadMessage]:
        """The whole thread, each message opened and checked; fetches only what is new."""
        while True:
            page = self._signed_in(
                lambda bearer: self.client.messages(self.path, bearer, self._cursor)
            )
            for one in page["items"]:
                self._messages.append(self._open(one))
                self._cursor = str(one["number"])
            if page["next"] is None:
                return list(self._messages)

    def prepare(self, text: str) -> Prepared:
        """Seals a message that goes after what `thread` has returned so far.

        Prepare the next one only when this one was sent: they are numbered. Raises
        `Invalid` or `TooLong`.
        """
        base.load(messages.TextContent(), {"text": text})
        message_id, author = uuid4(), self._case.author()
        content = Message(
            author=author,
            day=today(self.directory),
            seq=self._thread.next_seq(author),
            type="text",
            body={"text": text},
            after=self._thread.after(),
        )
        envelope = self._case.write("message", message_id, content)
        body = {"id": str(message_id), "sealed": {"envelope": b64(envelope)}}
        return Prepared(message_id, body, envelope)

    def send(self, prepared: Prepared) -> dict[str, Any]:
        """Sends a prepared message and checks its receipt. Returns `number` and `receipt`.

        Raises `EpochChanged`: call `refresh`, and prepare it again.
        """
        answer = self._signed_in(
            lambda bearer: self.client.post_message(self.path, prepared.body, bearer)
        )
        _check_receipt(answer, self._case.roster, self._case.case_id, prepared)
        return answer

    def sign_out(self) -> None:
        """Ends the session at the service."""
        self.client.sign_out(self._bearer)

    def _open(self, one: Mapping[str, Any]) -> ThreadMessage:
        envelope, content = one["sealed"]["envelope"], None
        problem: WrenError | None
        author, day = one["author"], one["day"]
        try:
            found = self._case.read("message", one["id"], envelope)
            content, author, day = as_content(found), found.author, found.day
            if found.type == "report":
                # Kept, so that a later epoch that lets one of them in is refused too.
                self._excluded |= {UUID(id_) for id_ in found.body.get("excluded", ())}
            problem = MissingEarlier() if self._thread.add(found, envelope) else None
        except WrenError as error:
            self._thread.add_unread(envelope)
            problem = error
        return ThreadMessage(one["id"], one["number"], author, day, content, problem)

    @abstractmethod
    def _fetch(self, bearer: str) -> dict[str, Any]: ...

    def _reporter(self, found: Mapping[str, Any]) -> Party:
        return sealing.reporter_party(**found["reporter"])

    def _sign_in_again(self) -> str:
        raise SignIn

    def _signed_in(self, call: Callable[[str], Answer]) -> Answer:
        try:
            return call(self._bearer)
        except SignIn:
            self._bearer = self._sign_in_again()
        return call(self._bearer)


class ReporterCase(_Conversation):
    """The reporter's own case. Made by `sign_in`."""

    path, me = "/case", REPORTER
    _key: Mapping[str, str]

    @classmethod
    def sign_in(
        cls, client: Client, token: str, directory: Mapping[str, Any], pin: Pin | None = None
    ) -> ReporterCase:
        """Stretches the words, signs in with the access key alone, fetches and checks the case.

        Raises `BadToken` before anything is sent, `UnknownToken`, and as `refresh` does.
        """
        root = stretch.root(token, _salt(directory))
        key = {"access_key": b64(root.access_key)}
        bearer = str(client.start_session(key)["session"])
        made = cls(client, bearer, root.keyring, directory)
        made._key, made._pin = key, pin
        return made

    def read(self, number: int) -> int:
        """Notes what was read; returns how many messages are unread."""
        return self._signed_in(lambda bearer: self.client.read_up_to(number, bearer))

    def proof(self) -> dict[str, Any]:
        """The proof file."""
        return self._signed_in(self.client.proof)

    def _fetch(self, bearer: str) -> dict[str, Any]:
        return self.client.case(bearer)

    def _reporter(self, _found: Mapping[str, Any]) -> Party:
        return sealing.reporter_party(self._keyring.seal_key, self._keyring.sign_key)

    def _sign_in_again(self) -> str:
        return str(self.client.start_session(self._key)["session"])


@dataclass(frozen=True, slots=True)
class HandlerSession:
    """A signed-in handler whose keyring was opened here."""

    client: Client
    handler_id: UUID
    bearer: str = field(repr=False)
    keyring: Keyring = field(repr=False)

    @classmethod
    def sign_in(cls, client: Client, username: str, password: str, code: str) -> HandlerSession:
        """Signs in and opens the seed. Raises `WrongSignIn` or `Damaged`."""
        found = client.sign_in(username, password, code)
        keys = found["keyring"]
        stretched = stretch.stretch(password.encode(), keys["salt"], stretch.PASSWORD)
        seed = unlock(stretched, PASSWORD, keys["handler_id"], keys["sealed_seed"])
        return cls(client, keys["handler_id"], found["session"], Keyring.from_seed(seed))

    def case(self, reference: str, directory: Mapping[str, Any]) -> HandlerCase:
        """One case; call `refresh` on it first."""
        return HandlerCase(self, reference, directory)


class HandlerCase(_Conversation):
    """A case as one of its handlers has it open."""

    def __init__(
        self, session: HandlerSession, reference: str, directory: Mapping[str, Any]
    ) -> None:
        super().__init__(session.client, session.bearer, session.keyring, directory)
        self.path, self.me, self.reference = f"/cases/{reference}", session.handler_id, reference

    def change(self, **change: Any) -> dict[str, Any]:
        """Changes the status; returns the case."""
        return self.client.change_case(self.reference, change, self._bearer)

    def _fetch(self, bearer: str) -> dict[str, Any]:
        return self.client.handler_case(self.reference, bearer)
