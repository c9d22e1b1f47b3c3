"""The roster: a signed chain that says whose keys an organisation's handlers' keys are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from shared.errors import BadKey, BadSignature, BrokenChain, Damaged
from shared.sealing.encoding import (
    REPORTER,
    b64,
    exact_json,
    read_day,
    read_id,
    read_json,
    sha256,
    unb64,
)
from shared.sealing.envelope import EARLIER_EPOCH
from shared.sealing.keyring import Keyring, check_signature, seal_public


@dataclass(frozen=True, slots=True)
class Entry:
    """One handler's key pair. With `until` (a day) it neither signs nor reads any more."""

    id: UUID
    name: str
    desks: tuple[str, ...]
    seal_key: bytes
    sign_key: bytes
    until: date | None = None

    def as_json(self) -> dict[str, Any]:
        """The entry as it stands in a record."""
        fields: dict[str, Any] = {
            "id": str(self.id),
            "name": self.name,
            "desks": list(self.desks),
            "seal_key": b64(self.seal_key),
            "sign_key": b64(self.sign_key),
        }
        return fields | ({"until": self.until.isoformat()} if self.until else {})


@dataclass(frozen=True, slots=True)
class Record:
    """One version of the roster."""

    version: int
    organisation: str
    handlers: tuple[Entry, ...]
    receipt_keys: tuple[bytes, ...]
    day: date
    previous: bytes | None
    signer: UUID

    def to_bytes(self) -> bytes:
        """The exact bytes that are signed."""
        return exact_json(
            {
                "version": self.version,
                "organisation": self.organisation,
                "handlers": [entry.as_json() for entry in self.handlers],
                "receipt_keys": [b64(key) for key in self.receipt_keys],
                "day": self.day.isoformat(),
                "previous": b64(self.previous) if self.previous is not None else None,
                "signer": str(self.signer),
            }
        )

    def active(self, handler: UUID) -> Entry | None:
        """The entry with which this handler signs and reads now, if there is one."""
        return next((one for one in self.handlers if one.id == handler and not one.until), None)

    def desk(self, slug: str) -> tuple[Entry, ...]:
        """The desk's handlers who read now, in id order."""
        found = [one for one in self.handlers if slug in one.desks and not one.until]
        return tuple(sorted(found, key=lambda one: one.id.bytes))


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record's exact bytes, and the Ed25519 signature over them (64 bytes)."""

    record: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Pin:
    """What a client remembers of a roster: where it began, and the newest it has seen."""

    fingerprint: bytes
    version: int = 0
    newest: bytes | None = None


def _signed(record: bytes) -> bytes:
    return b"wren/v1/roster\0" + record


def sign(record: Record, keyring: Keyring) -> SignedRecord:
    """The record with its signature (RFC 8032)."""
    data = record.to_bytes()
    return SignedRecord(data, keyring.sign(_signed(data)))


def fingerprint(first_record: bytes) -> bytes:
    """The first 16 bytes of the SHA-256 of the first record: what posters carry."""
    return sha256(first_record)[:16]


_ENTRY = {"id", "name", "desks", "seal_key", "sign_key"}


def parse(data: bytes) -> Record:
    """The record in these bytes. Raises `Damaged` or `BadKey`."""
    fields = read_json(data)
    try:
        if fields.keys() != set(Record.__slots__):
            raise Damaged
        previous = fields["previous"]
        found = Record(
            version=_integer(fields["version"]),
            organisation=_text(fields["organisation"]),
            handlers=tuple(_entry(one) for one in _list(fields["handlers"])),
            receipt_keys=tuple(unb64(_text(key)) for key in _list(fields["receipt_keys"])),
            day=read_day(fields["day"]),
            previous=None if previous is None else unb64(_text(previous)),
            signer=read_id(fields["signer"]),
        )
    except (ValueError, TypeError, AttributeError, KeyError):
        raise Damaged from None
    if any(len(key) != 32 for key in found.receipt_keys):
        raise BadKey
    return found


def _entry(fields: dict[str, Any]) -> Entry:
    if fields.keys() - {"until"} != _ENTRY:
        raise Damaged
    entry = Entry(
        id=read_id(fields["id"]),
        name=_text(fields["name"]),
        desks=tuple(_text(desk) for desk in _list(fields["desks"])),
        seal_key=unb64(_text(fields["seal_key"])),
        sign_key=unb64(_text(fields["sign_key"])),
        until=read_day(fields["until"]) if "until" in fields else None,
    )
    if entry.id in (REPORTER, EARLIER_EPOCH):
        raise Damaged("An id stands for the reporter or an earlier epoch.")
    if len(entry.sign_key) != 32:
        raise BadKey
    seal_public(entry.seal_key)
    return entry


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Damaged
    return value


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise Damaged
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Damaged
    return value


@dataclass(frozen=True, slots=True)
class Roster:
    """A checked chain. `newest` is what counts now; `signed` has all records, oldest first."""

    records: tuple[Record, ...]
    signed: tuple[SignedRecord, ...]

    @property
    def newest(self) -> Record:
        """The newest record."""
        return self.records[-1]

    @property
    def fingerprint(self) -> bytes:
        """What posters carry: 16 bytes."""
        return fingerprint(self.signed[0].record)

    def pin(self) -> Pin:
        """What to remember, so that an older or another roster is refused next time."""
        return Pin(self.fingerprint, self.newest.version, sha256(self.signed[-1].record))

    def name_of(self, handler: UUID) -> str:
        """A handler's newest name; empty for somebody who was never on it."""
        names = (
            one.name
            for record in reversed(self.records)
            for one in record.handlers
            if one.id == handler
        )
        return next(names, "")

    def knows(self, handler: UUID, seal_key: bytes, sign_key: bytes) -> bool:
        """True if these are, or were, this handler's keys."""
        return any(
            (one.id, one.seal_key, one.sign_key) == (handler, seal_key, sign_key)
            for one in self.newest.handlers
        )


def check(signed: Sequence[SignedRecord], slug: str, pin: Pin | None = None) -> Roster:
    """The roster in these records, oldest first, every signature and link checked.

    Raises `BrokenChain` where the chain, a signer, a signature or the pin does not fit or
    the roster is older than the pinned one, `Damaged` or `BadKey`.
    """
    if not signed:
        raise BrokenChain
    records: list[Record] = []
    for at, one in enumerate(signed):
        record = parse(one.record)
        before = records[-1] if records else None
        previous = sha256(signed[at - 1].record) if at else None
        if (record.version, record.organisation, record.previous) != (at + 1, slug, previous):
            raise BrokenChain
        check_next(record, before)
        signer = (before or record).active(record.signer)
        if signer is None:
            raise BrokenChain
        try:
            check_signature(signer.sign_key, one.signature, _signed(one.record))
        except BadSignature:
            raise BrokenChain from None
        records.append(record)
    roster = Roster(tuple(records), tuple(signed))
    if pin is not None:
        _check_pin(roster, pin)
    return roster


def check_next(record: Record, before: Record | None) -> None:
    """Returns if `record` may follow `before`: nobody is listed twice, nobody's keys vanish.

    Keys of former handlers and receipt keys stay, so that old signatures verify. Raises
    `BrokenChain`.
    """
    current = [one.id for one in record.handlers if not one.until]
    if len(set(current)) != len(current):
        raise BrokenChain
    if before is None:
        return
    listed = {_keys(one) for one in record.handlers}
    if not listed.issuperset(map(_keys, before.handlers)):
        raise BrokenChain
    if not set(record.receipt_keys).issuperset(before.receipt_keys):
        raise BrokenChain


def _keys(entry: Entry) -> tuple[UUID, bytes, bytes]:
    return entry.id, entry.seal_key, entry.sign_key


def _check_pin(roster: Roster, pin: Pin) -> None:
    if roster.fingerprint != pin.fingerprint or roster.newest.version < pin.version:
        raise BrokenChain
    if pin.newest is not None and sha256(roster.signed[pin.version - 1].record) != pin.newest:
        raise BrokenChain


def first(organisation: str, entry: Entry, receipt_keys: Iterable[bytes], day: date) -> Record:
    """The first record, which its only handler signs for itself."""
    return Record(1, organisation, (entry,), tuple(receipt_keys), day, None, entry.id)


def following(
    roster: Roster,
    handlers: Iterable[Entry],
    signer: UUID,
    day: date,
    receipt_keys: Iterable[bytes] | None = None,
) -> Record:
    """The record that comes next, to be signed by `signer`, a handler of the newest one."""
    newest = roster.newest
    return Record(
        newest.version + 1,
        newest.organisation,
        tuple(handlers),
        newest.receipt_keys if receipt_keys is None else tuple(receipt_keys),
        day,
        sha256(roster.signed[-1].record),
        signer,
    )
