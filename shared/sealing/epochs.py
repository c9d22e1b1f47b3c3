"""Who may read a case: a signed chain of epochs, each with a key of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.errors import BadKey, BadSignature, BrokenChain, Damaged, EpochChanged, WrongKey
from shared.sealing.encoding import REPORTER, sha256, u32
from shared.sealing.envelope import addressed_to, key_id
from shared.sealing.keyring import check_signature, seal_public
from shared.sealing.roster import Roster

MESSAGES, NOTES = 0, 1
_PREFIX = b"wren/v1/epoch\0"
_HEAD = len(_PREFIX) + 16 + 1 + 4 + 32 + 32 + 16
_PARTY = 16 + 32 + 32


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who reads: an id (sixteen zeros for the reporter) and the two public keys."""

    id: UUID
    seal_key: bytes
    sign_key: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """What is signed of an epoch. `readers` are in id order; `previous` is a SHA-256."""

    case_id: UUID
    purpose: int
    epoch: int
    case_key: bytes
    previous: bytes
    signer: UUID
    readers: tuple[Party, ...]

    def to_bytes(self) -> bytes:
        """The exact bytes that are hashed and signed, prefix included."""
        return b"".join(
            (
                _PREFIX,
                self.case_id.bytes,
                bytes((self.purpose,)),
                u32(self.epoch),
                self.case_key,
                self.previous,
                self.signer.bytes,
                *(one.id.bytes + one.seal_key + one.sign_key for one in self.readers),
            )
        )

    def reader(self, reader: UUID) -> Party | None:
        """This reader's keys in this epoch, if it is one."""
        return next((one for one in self.readers if one.id == reader), None)


NO_RECORD = bytes(32)
"""`previous` of the first record of a purpose."""


def parse(data: bytes) -> Record:
    """The record in these bytes.

    Raises `Damaged` (cut, another prefix or purpose), `BadKey`, or `BrokenChain` for
    readers that are not in id order, each once.
    """
    body = len(data) - _HEAD
    if body < 0 or body % _PARTY or not data.startswith(_PREFIX):
        raise Damaged
    at = len(_PREFIX)
    case_id, purpose = UUID(bytes=data[at : at + 16]), data[at + 16]
    epoch = int.from_bytes(data[at + 17 : at + 21], "big")
    case_key, previous = data[at + 21 : at + 53], data[at + 53 : at + 85]
    signer = UUID(bytes=data[at + 85 : at + 101])
    readers = []
    for start in range(_HEAD, len(data), _PARTY):
        party = data[start : start + _PARTY]
        readers.append(Party(UUID(bytes=party[:16]), party[16:48], party[48:]))
        seal_public(readers[-1].seal_key)
    if purpose not in (MESSAGES, NOTES):
        raise Damaged
    ids = [one.id.bytes for one in readers]
    if not ids or ids != sorted(set(ids)):
        raise BrokenChain
    seal_public(case_key)
    return Record(case_id, purpose, epoch, case_key, previous, signer, tuple(readers))


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record's exact bytes, and the Ed25519 signature over them."""

    record: bytes
    signature: bytes


def check_first(signed: SignedRecord, case_id: UUID, reporter: Party) -> Record:
    """Message epoch 0: signed by the reporter, who is the first of its readers.

    Raises `BrokenChain` where something is not the reporter's or the case's, and what
    `parse` raises. Whether the handlers are the right ones the caller checks.
    """
    record = parse(signed.record)
    if (record.case_id, record.purpose, record.epoch) != (case_id, MESSAGES, 0):
        raise BrokenChain
    if record.previous != NO_RECORD or record.signer != REPORTER:
        raise BrokenChain
    if record.reader(REPORTER) != reporter:
        raise BrokenChain
    _check_signature(reporter, signed)
    return record


def check_messages(
    chain: Sequence[SignedRecord],
    case_id: UUID,
    reporter: Party,
    roster: Roster,
    excluded: Collection[UUID] = (),
) -> tuple[Record, ...]:
    """The checked message epochs, from 0.

    Every one names the reporter; every later one is signed by a reader of the one before;
    handlers' keys are those of the roster; a record that names somebody excluded stands
    only if the reporter signed it. Raises `BrokenChain`, `BadKey` or `Damaged`.
    """
    if not chain:
        raise BrokenChain
    records = [check_first(chain[0], case_id, reporter)]
    for signed in chain[1:]:
        record = _check_next(signed, records[-1])
        if record.reader(REPORTER) != reporter:
            raise BrokenChain
        records.append(record)
    for record in records:
        check_readers(record, roster)
        check_excluded(record, excluded)
    return tuple(records)


def check_notes(
    chain: Sequence[SignedRecord], messages: Sequence[Record], roster: Roster
) -> tuple[Record, ...]:
    """The checked notes epochs, from 0 (none is allowed: there may be no notes yet).

    Each names handlers only; the first is signed by a handler of a message record, each
    later one by a reader of the one before. A chain begun anew, because none of the old
    readers remained, stands as epochs whose `previous` is zeros. Raises `BrokenChain`,
    `BadKey` or `Damaged`.
    """
    records: list[Record] = []
    for at, signed in enumerate(chain):
        record = parse(signed.record)
        if record.previous == NO_RECORD:
            _check_notes_start(signed, record, at, messages)
            if records and remaining(records[-1], record.readers):
                raise BrokenChain
        else:
            if not records:
                raise BrokenChain
            record = _check_next(signed, records[-1])
        if not _names_handlers_of(record, messages):
            raise BrokenChain
        check_readers(record, roster)
        records.append(record)
    return tuple(records)


def notes_allowed(notes: Record, messages: Record) -> bool:
    """True while the newest notes record names just the handlers of the message record."""
    return notes.readers == handlers_of(messages)


def remaining(before: Record, readers: Iterable[Party]) -> set[Party]:
    """Who of these read before, with the same keys: while there is one, it signs what follows."""
    return set(before.readers).intersection(readers)


def handlers_of(record: Record) -> tuple[Party, ...]:
    """The readers but the reporter, in id order."""
    return tuple(one for one in record.readers if one.id != REPORTER)


def _names_handlers_of(record: Record, messages: Sequence[Record]) -> bool:
    return any(record.readers == handlers_of(one) for one in messages)


def _check_notes_start(
    signed: SignedRecord, record: Record, at: int, messages: Sequence[Record]
) -> None:
    signer = record.reader(record.signer)
    in_place = record.case_id == messages[0].case_id and record.epoch == at
    if record.purpose != NOTES or not in_place or signer is None:
        raise BrokenChain
    _check_signature(signer, signed)


def _check_next(signed: SignedRecord, before: Record) -> Record:
    record = parse(signed.record)
    follows = (before.case_id, before.purpose, before.epoch + 1, sha256(before.to_bytes()))
    if (record.case_id, record.purpose, record.epoch, record.previous) != follows:
        raise BrokenChain
    signer = before.reader(record.signer)
    if signer is None:
        raise BrokenChain
    _check_signature(signer, signed)
    return record


def _check_signature(signer: Party, signed: SignedRecord) -> None:
    try:
        check_signature(signer.sign_key, signed.signature, signed.record)
    except (BadSignature, BadKey):
        raise BrokenChain from None


def check_current(case_keys: Sequence[bytes], envelope: bytes) -> None:
    """Returns if an envelope is sealed to the last of these epochs' public keys.

    Raises `EpochChanged` (an older one), `WrongKey` (none), `Damaged` or `UnknownVersion`.
    """
    ids = [key_id(one) for one in case_keys]
    named = addressed_to(envelope)
    if named not in ids:
        raise WrongKey
    if named != ids[-1]:
        raise EpochChanged


def check_readers(record: Record, roster: Roster) -> None:
    """Returns if every handler's keys are the roster's. Raises `BrokenChain`."""
    for one in handlers_of(record):
        if not roster.knows(one.id, one.seal_key, one.sign_key):
            raise BrokenChain


def check_excluded(record: Record, excluded: Collection[UUID]) -> None:
    """Returns unless somebody excluded was let in by another than the reporter."""
    if record.signer != REPORTER and any(one.id in excluded for one in record.readers):
        raise BrokenChain
