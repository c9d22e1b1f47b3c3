"""A signed message or note inside its envelope.

signature (64 B) || JSON || 0x80 || zeros (ISO/IEC 7816-4), padded to one of four sizes, so
that a length says little. The signature covers the exact JSON bytes and their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from shared.errors import BadSignature, Damaged, TooLong, UnknownVersion
from shared.sealing.encoding import (
    b64,
    exact_json,
    read_day,
    read_id,
    read_json,
    sha256,
    unb64,
)
from shared.sealing.envelope import OVERHEAD, place, seal, unseal
from shared.sealing.keyring import check_signature

Kind = Literal["message", "note"]
TYPES = (
    "report", "text", "consent-request", "consent", "feedback", "status", "note", "classification",
)  # fmt: skip
SIZES = tuple(kib * 1024 for kib in (4, 16, 64, 192))
"""What the inside of a message or note is padded to, signature included, in bytes."""
ENVELOPE_SIZES = tuple(size + OVERHEAD for size in SIZES)

REPORTER, SERVICE = "reporter", "service"
_FIELDS = {"v", "author", "day", "seq", "after", "type", "body", "attachments"}
MOST_AFTER = 16


def handler(handler_id: UUID) -> str:
    """The author's name of a handler: `handler:<uuid>`."""
    return f"handler:{handler_id}"


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment that a message names: its id and the SHA-256 of its envelope."""

    id: UUID
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What an author signed. `day` is the author's word for it; the receipt has the service's."""

    author: str
    day: date
    seq: int
    type: str = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    after: tuple[bytes, ...] = ()
    attachments: tuple[Attached, ...] = ()

    def to_json(self) -> bytes:
        """The exact bytes that are signed."""
        return exact_json(
            {
                "v": 1,
                "author": self.author,
                "day": self.day.isoformat(),
                "seq": self.seq,
                "after": [b64(one) for one in self.after],
                "type": self.type,
                "body": self.body,
                "attachments": [
                    {"id": str(one.id), "sha256": b64(one.sha256)} for one in self.attachments
                ],
            }
        )


def as_content(message: Message) -> dict[str, Any]:
    """A message for people who don't open it themselves: its body, type and attachments."""
    attachments = [str(one.id) for one in message.attachments]
    return {**message.body, "type": message.type, "attachments": attachments}


def pad(data: bytes, sizes: Iterable[int]) -> bytes:
    """`data` || 0x80 || zeros up to the first size that holds it. Raises `TooLong`."""
    for size in sizes:
        if len(data) < size:
            return data + b"\x80" + bytes(size - len(data) - 1)
    raise TooLong


def unpad(padded: bytes, sizes: Iterable[int]) -> bytes:
    """What was padded, to any of these sizes. Raises `Damaged` for other padding."""
    data = padded.rstrip(b"\0")
    if not data.endswith(b"\x80") or len(padded) not in sizes:
        raise Damaged
    return data[:-1]


def _signed(kind: Kind, case_id: UUID, message_id: UUID, text: bytes) -> bytes:
    return f"wren/v1/signed/{kind}".encode() + b"\0" + place(case_id, message_id) + text


def write(
    kind: Kind,
    case_id: UUID,
    message_id: UUID,
    message: Message,
    sign_key: Ed25519PrivateKey,
    epoch_key: bytes,
) -> bytes:
    """The envelope of a message, signed by its author, sealed to the epoch's public key.

    Raises `TooLong` above 192 KiB, `Damaged` for what no reader would take (a float, say),
    and `BadKey` for a key that protects nothing.
    """
    text = message.to_json()
    signature = sign_key.sign(_signed(kind, case_id, message_id, text))
    inside = pad(signature + text, SIZES)
    _parse(text)
    return seal(kind, place(case_id, message_id), epoch_key, inside)


def read(
    kind: Kind,
    case_id: UUID,
    message_id: UUID,
    envelope: bytes,
    epoch_key: X25519PrivateKey,
    keys_of: Callable[[str], Iterable[bytes]],
) -> Message:
    """The message in an envelope, its signature checked.

    `keys_of(author)` gives the signing keys that this author may have used in this epoch.
    Raises what `unseal` raises, `Damaged`, `UnknownVersion`, or `BadSignature`.
    """
    inside = unpad(unseal(kind, place(case_id, message_id), epoch_key, envelope), SIZES)
    signature, text = inside[:64], inside[64:]
    message = _parse(text)
    for key in keys_of(message.author):
        try:
            check_signature(key, signature, _signed(kind, case_id, message_id, text))
        except BadSignature:
            continue
        return message
    raise BadSignature


def peek(
    kind: Kind,
    case_id: UUID,
    message_id: UUID,
    envelope: bytes,
    epoch_key: X25519PrivateKey,
) -> Mapping[str, Any]:
    """The body in an envelope, its signature not checked: only to look for words in.

    Raises as `read` does, but never `BadSignature`.
    """
    inside = unpad(unseal(kind, place(case_id, message_id), epoch_key, envelope), SIZES)
    return _parse(inside[64:]).body


def _parse(text: bytes) -> Message:
    fields = read_json(text)
    if fields.get("v") != 1 or isinstance(fields["v"], bool):
        raise UnknownVersion
    if fields.keys() != _FIELDS or fields["type"] not in TYPES:
        raise Damaged
    seq, after, body = fields["seq"], fields["after"], fields["body"]
    author, attached = fields["author"], fields["attachments"]
    right = (
        isinstance(author, str)
        and type(seq) is int
        and seq >= 1
        and isinstance(after, list)
        and len(after) <= MOST_AFTER
        and isinstance(body, dict)
        and isinstance(attached, list)
    )
    if not right:
        raise Damaged
    try:
        return Message(
            author=author,
            day=read_day(fields["day"]),
            seq=seq,
            type=fields["type"],
            body=body,
            after=tuple(_hash(one) for one in after),
            attachments=tuple(_attached(one) for one in attached),
        )
    except (TypeError, AttributeError):
        raise Damaged from None


def _attached(fields: Any) -> Attached:
    if fields.keys() != {"id", "sha256"}:
        raise Damaged
    return Attached(read_id(fields["id"]), _hash(fields["sha256"]))


def _hash(text: str) -> bytes:
    hashed = unb64(text)
    if len(hashed) != 32:
        raise Damaged
    return hashed


class Thread:
    """What has been seen of a thread, in order, to notice what is missing before a message.

    Give it every message and note from the first on; of each kind use one `Thread`. To
    begin further on, give the hashes of the envelopes before: then of each author the
    first number is taken as it comes.
    """

    def __init__(self, earlier: Iterable[bytes] = ()) -> None:
        self._seen: set[bytes] = set(earlier)
        self._from_start = not self._seen
        self._numbers: dict[str, set[int]] = {}
        self._newest: dict[str, bytes] = {}

    def add_unread(self, envelope: bytes) -> None:
        """An envelope that was delivered but could not be opened or checked."""
        self._seen.add(sha256(envelope))

    def add(self, message: Message, envelope: bytes) -> bool:
        """Takes a message; true if something before it is missing (`MissingEarlier`)."""
        numbers = self._numbers.setdefault(message.author, set())
        known = bool(numbers) or self._from_start
        gap = known and message.seq > 1 and message.seq - 1 not in numbers
        unknown = not self._seen.issuperset(message.after)
        hashed = sha256(envelope)
        numbers.add(message.seq)
        self._seen.add(hashed)
        self._newest.pop(message.author, None)
        self._newest[message.author] = hashed
        return gap or unknown

    def next_seq(self, author: str) -> int:
        """The number of this author's next message, from 1."""
        return max(self._numbers.get(author, {0})) + 1

    def after(self) -> tuple[bytes, ...]:
        """SHA-256 of the newest envelope of each author, at most 16, newest authors first."""
        return tuple(reversed(self._newest.values()))[:MOST_AFTER]
