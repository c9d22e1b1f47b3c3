"""The one door to a case, for the phone and the API alike: open, unlock, read, write, grant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from shared.errors import BadKey, BrokenChain, Damaged, SealingError, WrongKey
from shared.sealing import epochs, message, stream
from shared.sealing.encoding import REPORTER, read_id, sha256
from shared.sealing.envelope import (
    EARLIER_EPOCH,
    addressed_to,
    key_id,
    key_place,
    seal,
    unseal,
)
from shared.sealing.epochs import MESSAGES, NOTES, Party, Record, SignedRecord
from shared.sealing.keyring import Keyring
from shared.sealing.message import Attached, Kind, Message
from shared.sealing.roster import Entry, Roster
from shared.sealing.stream import Description
from shared.sealing.stretch import Root


@dataclass(frozen=True, slots=True)
class SealedEpoch:
    """An epoch as one reader gets it: the record, and the private half sealed to that reader."""

    purpose: int
    epoch: int
    case_key: bytes
    record: bytes
    signature: bytes
    sealed_key: bytes | None = None
    previous_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """An epoch to be stored: the record, and the private half sealed to each reader."""

    purpose: int
    epoch: int
    case_key: bytes
    record: bytes
    signature: bytes
    readers: Mapping[UUID, bytes]
    previous_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class NewCase:
    """A sealed case, ready to be sent and sent again as it is."""

    verifier: bytes
    seal_key: bytes
    sign_key: bytes
    epoch: NewEpoch
    message_id: UUID
    envelope: bytes


def party(entry: Entry) -> Party:
    """A handler of the roster as a reader."""
    return Party(entry.id, entry.seal_key, entry.sign_key)


def reporter_party(seal_key: bytes, sign_key: bytes) -> Party:
    """The reporter as a reader."""
    return Party(REPORTER, seal_key, sign_key)


def readers_of(roster: Roster, desk: str, excluded: Collection[UUID]) -> tuple[Entry, ...]:
    """Who would read a new case: the desk's handlers less those excluded, in id order."""
    return tuple(one for one in roster.newest.desk(desk) if one.id not in excluded)


def open_case(
    case_id: UUID,
    message_id: UUID,
    root: Root,
    handlers: Iterable[Entry],
    report: Mapping[str, Any],
    day: date,
    author: tuple[str, Keyring] | None = None,
) -> NewCase:
    """Seals a new case: message epoch 0, and the report as its first message.

    `report` holds the signed body, `excluded` included. `author` is given when a handler
    records what came by another way: its name and keyring; epoch 0 is the reporter's all
    the same. Raises `TooLong` or `BadKey`.
    """
    me = reporter_party(root.keyring.seal_key, root.keyring.sign_key)
    epoch = _new_epoch(
        case_id, MESSAGES, 0, epochs.NO_RECORD, (me, *map(party, handlers)), REPORTER, root.keyring
    )
    name, keyring = author or (message.REPORTER, root.keyring)
    first = Message(author=name, day=day, seq=1, type="report", body=report)
    envelope = message.write(
        "message", case_id, message_id, first, keyring.sign_private, epoch.case_key
    )
    return NewCase(root.verifier, me.seal_key, me.sign_key, epoch, message_id, envelope)


def _new_epoch(
    case_id: UUID,
    purpose: int,
    number: int,
    previous: bytes,
    readers: Iterable[Party],
    signer: UUID,
    keyring: Keyring,
    earlier: X25519PrivateKey | None = None,
) -> NewEpoch:
    private = X25519PrivateKey.generate()
    public, half = private.public_key().public_bytes_raw(), private.private_bytes_raw()
    ordered = tuple(sorted(readers, key=lambda one: one.id.bytes))
    record = Record(case_id, purpose, number, public, previous, signer, ordered).to_bytes()
    sealed = {
        one.id: seal("case-key", key_place(case_id, one.id, purpose, number), one.seal_key, half)
        for one in ordered
    }
    previous_key = None
    if earlier is not None:
        context = key_place(case_id, EARLIER_EPOCH, purpose, number - 1)
        previous_key = seal("case-key", context, public, earlier.private_bytes_raw())
    return NewEpoch(purpose, number, public, record, keyring.sign(record), sealed, previous_key)


@dataclass(frozen=True, slots=True)
class _Key:
    record: Record
    private: X25519PrivateKey


@dataclass(frozen=True, slots=True)
class Case:
    """A case that one reader has unlocked. Made by `unlock`; holds keys, so never kept."""

    case_id: UUID
    me: UUID
    roster: Roster = field(repr=False)
    records: tuple[tuple[Record, ...], tuple[Record, ...]] = field(repr=False)
    keyring: Keyring = field(repr=False)
    keys: Mapping[bytes, _Key] = field(repr=False)
    faults: Mapping[bytes, SealingError] = field(repr=False)
    """By key id, the epochs whose private half was refused, and why."""

    def read(self, kind: Kind, message_id: UUID, envelope: bytes) -> Message:
        """The message or note in an envelope, checked.

        Its author must be a reader of the epoch that it is sealed to. A report also says
        who is excluded: then every epoch is held against that. Raises `WrongKey`,
        `Damaged`, `UnknownVersion`, `BadSignature` or `BrokenChain`.
        """
        key = self._key_for(kind, envelope)
        found = message.read(
            kind, self.case_id, message_id, envelope, key.private, lambda who: self._keys(who, key)
        )
        if kind == "message" and found.type == "report":
            self._check_excluded(found.body)
        return found

    def readers_of(self, kind: Kind, envelope: bytes) -> tuple[Party, ...]:
        """Who reads the epoch that an envelope is sealed to, by which keys. Raises `WrongKey`."""
        return self._key_for(kind, envelope).record.readers

    def write(self, kind: Kind, message_id: UUID, content: Message) -> bytes:
        """The envelope of a message or note, sealed to the newest epoch of its kind.

        Raises `TooLong`; `BrokenChain` for a note while the notes' readers are not the
        case's handlers (make the next notes epoch first).
        """
        newest = self._newest(kind)
        self._check_opened(newest)
        epoch_key = newest.case_key
        return message.write(
            kind, self.case_id, message_id, content, self.keyring.sign_private, epoch_key
        )

    def _newest(self, kind: Kind) -> Record:
        chain, messages = self.records[_purpose(kind)], self.records[MESSAGES][-1]
        if not chain or (kind == "note" and not epochs.notes_allowed(chain[-1], messages)):
            raise BrokenChain
        return chain[-1]

    def author(self) -> str:
        """How this reader signs: `reporter` or `handler:<uuid>`."""
        return message.REPORTER if self.me == REPORTER else message.handler(self.me)

    def attached(self, attachment_id: UUID, envelope: bytes) -> Attached:
        """How a message names an attachment."""
        return Attached(attachment_id, sha256(envelope))

    def seal_attachment(self, kind: Kind, attachment_id: UUID, description: Description) -> bytes:
        """The envelope of an attachment that a message or note will name.

        Raises `TooLong`, or `BrokenChain` as `write` does.
        """
        epoch_key = self._newest(kind).case_key
        return stream.seal_description(self.case_id, attachment_id, description, epoch_key)

    def open_attachment(self, kind: Kind, named: Attached, envelope: bytes) -> Description:
        """What a message or note says of an attachment: the very one that its author named.

        Raises `Damaged` for another envelope, and as `stream.open_description` does.
        """
        if sha256(envelope) != named.sha256:
            raise Damaged
        private = self._key_for(kind, envelope).private
        return stream.open_description(self.case_id, named.id, envelope, private)

    def grant(self, readers: Iterable[Party]) -> NewEpoch:
        """The next message epoch for exactly these readers, signed by this one.

        Those who join can read back: the private half before is sealed to the new key. Only
        the reporter can go on without it, after an epoch whose private half was refused.
        Raises that refusal, or `WrongKey` if this one does not read the newest epoch.
        """
        newest = self.records[MESSAGES][-1]
        refused = key_id(newest.case_key) in self.faults
        earlier = None if refused and self.me == REPORTER else self._key_of(newest)
        return _new_epoch(
            self.case_id,
            MESSAGES,
            newest.epoch + 1,
            sha256(newest.to_bytes()),
            readers,
            self.me,
            self.keyring,
            earlier,
        )

    def grant_notes(self) -> NewEpoch:
        """The next notes epoch, for the handlers of the newest message record.

        The first one, or one after which none of the readers before remains, starts a
        chain of its own: nothing older can be opened from it. Raises `BrokenChain` where
        it is for another to sign: one who reads the messages and, if any remains, the
        notes before.
        """
        readers, chain = epochs.handlers_of(self.records[MESSAGES][-1]), self.records[NOTES]
        mine = Party(self.me, self.keyring.seal_key, self.keyring.sign_key)
        number, previous, earlier = len(chain), epochs.NO_RECORD, None
        remaining = epochs.remaining(chain[-1], readers) if chain else set()
        if mine not in (remaining or readers):
            raise BrokenChain
        if remaining:
            previous, earlier = sha256(chain[-1].to_bytes()), self._key_of(chain[-1])
        return _new_epoch(
            self.case_id, NOTES, number, previous, readers, self.me, self.keyring, earlier
        )

    def _key_of(self, record: Record) -> X25519PrivateKey:
        self._check_opened(record)
        key = self.keys.get(key_id(record.case_key))
        if key is None:
            raise WrongKey
        return key.private

    def check_newest(self) -> None:
        """Returns unless this reader had to refuse the key of the newest message epoch."""
        self._check_opened(self.records[MESSAGES][-1])

    def _check_opened(self, record: Record) -> None:
        fault = self.faults.get(key_id(record.case_key))
        if fault is not None:
            raise fault

    def _key_for(self, kind: Kind, envelope: bytes) -> _Key:
        named = addressed_to(envelope)
        if named in self.faults:
            raise self.faults[named]
        key = self.keys.get(named)
        if key is None or key.record.purpose != _purpose(kind):
            raise WrongKey
        return key

    def _keys(self, author: str, key: _Key) -> Iterable[bytes]:
        if author == message.SERVICE:
            return self.roster.newest.receipt_keys
        return [
            one.sign_key
            for one in key.record.readers
            if author == (message.REPORTER if one.id == REPORTER else message.handler(one.id))
        ]

    def _check_excluded(self, report: Mapping[str, Any]) -> None:
        named = report.get("excluded", [])
        if not isinstance(named, list):
            raise Damaged
        excluded = {read_id(one) for one in named}
        # A notes record names the handlers of a message record, so it is held with that one.
        for record in self.records[MESSAGES]:
            epochs.check_excluded(record, excluded)


def _purpose(kind: Kind) -> int:
    return NOTES if kind == "note" else MESSAGES


def unlock(
    case_id: UUID,
    me: UUID,
    keyring: Keyring,
    sealed: Sequence[SealedEpoch],
    reporter: Party,
    roster: Roster,
    excluded: Collection[UUID] = (),
) -> Case:
    """Checks every record and opens every epoch's key that this reader can reach.

    `excluded` is whom the report shut out, for a client that has read it before. A private
    half that doesn't make the recorded key (`BadKey`), or can't be opened (`WrongKey`,
    `Damaged`), is refused and stands in `faults`; what was sealed to other epochs stays open.
    Raises `BrokenChain` for records that don't follow from each other or don't fit their
    keys, and what `epochs.parse` raises.
    """
    ordered = sorted(sealed, key=lambda one: (one.purpose, one.epoch))
    chains: tuple[list[SealedEpoch], list[SealedEpoch]] = ([], [])
    for one in ordered:
        if one.purpose not in (MESSAGES, NOTES):
            raise Damaged
        chains[one.purpose].append(one)
    messages = epochs.check_messages(
        _signed(chains[MESSAGES]), case_id, reporter, roster, excluded
    )
    notes = epochs.check_notes(_signed(chains[NOTES]), messages, roster)
    keys: dict[bytes, _Key] = {}
    faults: dict[bytes, SealingError] = {}
    for chain, records in zip(chains, (messages, notes), strict=True):
        keys |= _open_keys(me, keyring, chain, records, faults)
    return Case(case_id, me, roster, (messages, notes), keyring, keys, faults)


@dataclass(frozen=True, slots=True)
class QuickKeys:
    """A reader's keys to a case whose records were not checked. Made by `quick_keys`."""

    case_id: UUID
    keys: Mapping[bytes, tuple[X25519PrivateKey, Record]] = field(repr=False)

    def read(self, kind: Kind, message_id: UUID, envelope: bytes) -> Mapping[str, Any]:
        """The body in an envelope, to look for words in; nothing to rely on or to answer.

        The signature is not checked. Raises `WrongKey`, `Damaged` or `UnknownVersion`.
        """
        found = self.keys.get(addressed_to(envelope))
        if found is None or found[1].purpose != _purpose(kind):
            raise WrongKey
        return message.peek(kind, self.case_id, message_id, envelope, found[0])


def quick_keys(
    case_id: UUID, me: UUID, keyring: Keyring, sealed: Sequence[SealedEpoch]
) -> QuickKeys:
    """The keys this reader can reach, with none of the checks of `unlock`.

    For searching many cases: what is found is opened by `unlock` before it is relied on. An
    epoch that can't be opened is passed over.
    """
    ordered = sorted(sealed, key=lambda one: (one.purpose, one.epoch))
    keys: dict[bytes, tuple[X25519PrivateKey, Record]] = {}
    for purpose in (MESSAGES, NOTES):
        chain = [one for one in ordered if one.purpose == purpose]
        try:
            records = [epochs.parse(one.record) for one in chain]
            opened = _open_keys(me, keyring, chain, records, {})
        except SealingError:
            continue
        keys |= {name: (found.private, found.record) for name, found in opened.items()}
    return QuickKeys(case_id, keys)


def _signed(chain: Iterable[SealedEpoch]) -> list[SignedRecord]:
    return [SignedRecord(one.record, one.signature) for one in chain]


def _open_keys(
    me: UUID,
    keyring: Keyring,
    chain: Sequence[SealedEpoch],
    records: Sequence[Record],
    faults: dict[bytes, SealingError],
) -> dict[bytes, _Key]:
    found: dict[bytes, _Key] = {}
    newer: X25519PrivateKey | None = None
    for sealed, record in zip(reversed(chain), reversed(records), strict=True):
        if sealed.case_key != record.case_key:
            raise BrokenChain
        try:
            private = _open_key(me, keyring, sealed, record, newer, chain)
        except SealingError as error:
            private, faults[key_id(record.case_key)] = None, error
        if private is not None:
            found[key_id(record.case_key)] = _Key(record, private)
        newer = private
    return found


def _open_key(
    me: UUID,
    keyring: Keyring,
    sealed: SealedEpoch,
    record: Record,
    newer: X25519PrivateKey | None,
    chain: Sequence[SealedEpoch],
) -> X25519PrivateKey | None:
    """By this reader's own sealing of the key, else by way of the newer epoch's key.

    Who changed keys has sealings to the older ones, and reads back as a newcomer does.
    """
    case_id, purpose, number = record.case_id, record.purpose, record.epoch
    listed = record.reader(me)
    mine = listed is not None and listed.seal_key == keyring.seal_key
    follower = chain[number + 1].previous_key if number + 1 < len(chain) else None
    if mine and sealed.sealed_key is not None:
        context = key_place(case_id, me, purpose, number)
        half = unseal("case-key", context, keyring.seal_private, sealed.sealed_key)
    elif newer is not None and follower is not None:
        context = key_place(case_id, EARLIER_EPOCH, purpose, number)
        half = unseal("case-key", context, newer, follower)
    else:
        return None
    if len(half) != 32:
        raise BadKey
    private = X25519PrivateKey.from_private_bytes(half)
    if private.public_key().public_bytes_raw() != record.case_key:
        raise BadKey
    return private
