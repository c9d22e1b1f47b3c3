"""The proof file: what was reported and when, checked with no help from the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from shared.errors import (
    BadKey,
    BrokenChain,
    Damaged,
    MissingEarlier,
    SealingError,
    UnknownVersion,
    WrongKey,
)
from shared.sealing import receipt, roster, stretch
from shared.sealing.case import Case, SealedEpoch, reporter_party, unlock
from shared.sealing.encoding import REPORTER, read_day, read_id, sha256, unb64
from shared.sealing.epochs import Party, check_messages, check_notes, parse
from shared.sealing.epochs import SignedRecord as EpochRecord
from shared.sealing.message import Message, Thread
from shared.sealing.receipt import Receipt
from shared.sealing.roster import Roster

FORMAT = "wren-proof/1"


@dataclass(frozen=True, slots=True)
class File:
    """A file that a checked message names: how it was sent, or what is wrong with its entry."""

    id: UUID
    problem: SealingError | None
    name: str = field(default="", repr=False)
    type: str = ""
    size: int = 0
    sha256: bytes = b""


@dataclass(frozen=True, slots=True)
class Item:
    """One message of a proof: its number, day, the SHA-256 of its envelope, and its faults.

    `files` are those that it names; they and `message` are only known with the words.
    """

    number: int
    id: UUID
    author: str
    day: date
    sha256: bytes
    problem: SealingError | None
    message: Message | None = field(default=None, repr=False)
    files: tuple[File, ...] = field(default=(), repr=False)

    @property
    def holds(self) -> bool:
        """True if neither the message nor the entry of one of its files has a fault."""
        return self.problem is None and all(one.problem is None for one in self.files)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof shows. `holds` is false as soon as one item has a fault.

    `unnamed` is how many attachments it has that no message was seen to name: without the
    words all of them.
    """

    organisation: str
    case_id: UUID
    roster: Roster
    items: tuple[Item, ...]
    unnamed: int = 0

    @property
    def files(self) -> tuple[File, ...]:
        """All files that its messages name, in order."""
        return tuple(one for item in self.items for one in item.files)

    @property
    def holds(self) -> bool:
        """True if there is a message, and every receipt, signature and chain stands."""
        return bool(self.items) and all(item.holds for item in self.items)


def verify(
    proof: Mapping[str, Any], fingerprint: bytes | None = None, token: str | None = None
) -> Verified:
    """Checks roster, epochs and every receipt; with the words also opens and checks the text.

    `fingerprint` is the poster's (16 bytes). Raises `Damaged` for a file of another shape,
    `BrokenChain`, `BadSignature` or `BadKey` where the chains don't stand, `BadToken`, and
    `WrongKey` for the words of another case.
    """
    try:
        return _verify(proof, fingerprint, token)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Damaged from None


def _verify(proof: Mapping[str, Any], fingerprint: bytes | None, token: str | None) -> Verified:
    if proof.get("format") != FORMAT:
        newer = str(proof.get("format")).startswith("wren-proof/")
        raise UnknownVersion if newer else Damaged("This is not a proof file of Wren.")
    slug, case_id = proof["organisation"], read_id(proof["case_id"])
    pin = roster.Pin(fingerprint) if fingerprint is not None else None
    checked = roster.check(
        [
            roster.SignedRecord(unb64(one["record"]), unb64(one["signature"]))
            for one in proof["roster"]
        ],
        slug,
        pin,
    )
    sealed = [_epoch(one) for one in proof["epochs"]]
    reporter = _check_epochs(sealed, case_id, checked)
    opened = _opened(proof, sealed, case_id, checked, reporter, token)
    attached = {read_id(one["id"]): unb64(one["envelope"]) for one in proof.get("attachments", ())}
    thread, items = Thread(), []
    for one in proof["messages"]:
        items.append(_item(one, slug, case_id, checked, opened, thread, attached))
    named = {one.id for item in items for one in item.files}
    return Verified(slug, case_id, checked, tuple(items), len(attached.keys() - named))


def _epoch(fields: Mapping[str, Any]) -> SealedEpoch:
    return SealedEpoch(
        fields["purpose"],
        fields["epoch"],
        *(unb64(fields[name]) for name in ("case_key", "record", "signature")),
        *(
            unb64(fields[name]) if fields[name] is not None else None
            for name in ("sealed_key", "previous_key")
        ),
    )


def _check_epochs(sealed: list[SealedEpoch], case_id: UUID, checked: Roster) -> Party:
    chains = [[one for one in sealed if one.purpose == purpose] for purpose in (0, 1)]
    if not chains[0]:
        raise BrokenChain
    first = parse(chains[0][0].record).reader(REPORTER)
    if first is None:
        raise BrokenChain
    signed = [[EpochRecord(one.record, one.signature) for one in chain] for chain in chains]
    messages = check_messages(signed[0], case_id, first, checked)
    check_notes(signed[1], messages, checked)
    return first


def _opened(
    proof: Mapping[str, Any],
    sealed: list[SealedEpoch],
    case_id: UUID,
    checked: Roster,
    reporter: Party,
    token: str | None,
) -> Case | None:
    if token is None:
        return None
    given, cost = proof["stretch"], stretch.TOKEN
    asked = tuple(given[name] for name in ("profile", "t", "m", "p"))
    if asked != (cost.name, cost.t, cost.m, cost.p):
        raise BadKey("Words are stretched at one cost only.")
    keyring = stretch.root(token, unb64(given["salt"])).keyring
    me = reporter_party(keyring.seal_key, keyring.sign_key)
    if reporter != me:
        raise WrongKey("These are the words of another case.")
    return unlock(case_id, REPORTER, keyring, sealed, me, checked)


def _item(
    fields: Mapping[str, Any],
    slug: str,
    case_id: UUID,
    checked: Roster,
    opened: Case | None,
    thread: Thread,
    attached: Mapping[UUID, bytes],
) -> Item:
    message_id, envelope = read_id(fields["id"]), unb64(fields["envelope"])
    given = fields["receipt"]
    day = read_day(given["day"])
    stored = Receipt(unb64(given["key_id"]), day, unb64(given["signature"]))
    problem: SealingError | None = None
    message = None
    try:
        receipt.check(stored, checked.newest.receipt_keys, case_id, message_id, envelope, slug)
        message = opened.read("message", message_id, envelope) if opened else None
    except SealingError as error:
        problem = error
    if message is None:
        thread.add_unread(envelope)
    elif thread.add(message, envelope):
        problem = MissingEarlier()
    author = message.author if message else str(fields["author"])
    files = tuple(_files(opened, message, attached)) if opened and message else ()
    return Item(
        fields["number"], message_id, author, day, sha256(envelope), problem, message, files
    )


def _files(opened: Case, message: Message, attached: Mapping[UUID, bytes]) -> Iterator[File]:
    for named in message.attachments:
        try:
            if named.id not in attached:
                raise MissingEarlier("The proof has no entry for this file.")
            found = opened.open_attachment("message", named, attached[named.id])
        except SealingError as error:
            yield File(named.id, error)
        else:
            yield File(named.id, None, found.name, found.type, found.size, found.sha256)
