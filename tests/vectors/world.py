"""The people, keys and chains that the vectors tell of, built with the reference alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.vectors.reference import (
    EARLIER,
    Person,
    argon2id,
    b64,
    epoch_record,
    exact,
    fixed,
    fixed_id,
    hkdf,
    in_order,
    key_context,
    key_id,
    pad,
    public_of,
    receipt_text,
    seal,
    sha256,
    signed_message,
    token,
)

SALT, SLUG, DAY = fixed("salt", 16), "east-ambulance", "2026-03-02"
TOKEN_BYTES = fixed("token", 10)
TOKEN = token(TOKEN_BYTES)
ROOT = argon2id(TOKEN_BYTES, SALT, 2, 19 * 1024)

REP = Person(UUID(int=0), "", hkdf(ROOT, "wren/v1/keyring"))
ADA = Person(fixed_id("ada"), "Ada Guardian", fixed("ada"))
BEN = Person(fixed_id("ben"), "Ben Guardian", fixed("ben"))
CYD = Person(fixed_id("cyd"), "Cŷd Manager", fixed("cyd"))
MAL = Person(fixed_id("mallory"), "Mallory", fixed("mallory"))
ADA_AGAIN = Person(ADA.id, ADA.name, fixed("ada's second seed"))
SERVICE = Person(fixed_id("service"), "service", fixed("service"))

REPORTER_KEYS = {"seal_key": b64(REP.seal_key), "sign_key": b64(REP.sign_key)}
CASE, REPORT_ID, REPLY_ID = fixed_id("case"), fixed_id("report"), fixed_id("reply")
NOTE_ID, ATTACHMENT_ID = fixed_id("note"), fixed_id("attachment")


# --- rosters ------------------------------------------------------------------------------


def roster_bytes(
    number: int, handlers: list[Any], previous: bytes | None, signer: Person, /, **change: Any
) -> bytes:
    return exact(
        {
            "version": number,
            "organisation": SLUG,
            "handlers": handlers,
            "receipt_keys": [b64(SERVICE.sign_key)],
            "day": DAY,
            "previous": b64(sha256(previous)) if previous else None,
            "signer": str(signer.id),
        }
        | change
    )


def roster_signed(record: bytes, signer: Person) -> dict[str, str]:
    signature = signer.sign(b"wren/v1/roster\0" + record)
    return {"record": b64(record), "signature": b64(signature)}


R1 = roster_bytes(1, [ADA.entry()], None, ADA)
R2 = roster_bytes(2, [ADA.entry(), BEN.entry()], R1, ADA)
R3 = roster_bytes(3, [ADA.entry(), BEN.entry(), CYD.entry("managers")], R2, BEN)
ROSTER = [roster_signed(R1, ADA), roster_signed(R2, ADA), roster_signed(R3, BEN)]
FINGERPRINT = sha256(R1)[:16]


# --- epochs -------------------------------------------------------------------------------


class Chain:
    """The epochs of one purpose, oldest first, with every private half."""

    def __init__(self, purpose: int) -> None:
        self.purpose = purpose
        self.records: list[bytes] = []
        self.signers: list[Person] = []
        self.private: list[bytes] = []
        self.sealed: list[dict[bytes, bytes]] = []
        self.previous_keys: list[bytes | None] = []

    def add(self, readers: list[Person], signer: Person, **change: Any) -> Chain:
        """The next epoch. `change`: `previous`, `read_back`, `epoch`, `case`, `purpose`,
        `half`, `by` (who really signs) or `unordered`."""
        number = len(self.records)
        private = fixed(f"epoch {self.purpose} {number}")
        public = public_of(private)
        before = sha256(self.records[-1]) if self.records else bytes(32)
        record = epoch_record(
            change.get("case", CASE),
            change.get("purpose", self.purpose),
            change.get("epoch", number),
            public,
            change.get("previous", before),
            signer.id,
            readers if change.get("unordered") else in_order(readers),
        )
        half = change.get("half", private)
        self.sealed.append(
            {
                one.id.bytes: seal(
                    "case-key",
                    key_context(CASE, one.id.bytes, self.purpose, number),
                    one.seal_key,
                    half,
                )
                for one in readers
            }
        )
        earlier = None
        if number and change.get("read_back", True):
            context = key_context(CASE, EARLIER, self.purpose, number - 1)
            earlier = seal("case-key", context, public, self.private[-1])
        self.previous_keys.append(earlier)
        self.records.append(record)
        self.signers.append(change.get("by", signer))
        self.private.append(private)
        return self

    def public(self, number: int) -> bytes:
        return public_of(self.private[number])

    def signed(self) -> list[dict[str, str]]:
        pairs = zip(self.records, self.signers, strict=True)
        return [{"record": b64(one), "signature": b64(who.sign(one))} for one, who in pairs]

    def for_reader(self, reader: Person) -> list[dict[str, Any]]:
        """As the API gives a case's epochs to one reader."""
        return [
            signed
            | {
                "purpose": self.purpose,
                "epoch": at,
                "case_key": b64(self.public(at)),
                "sealed_key": _maybe(self.sealed[at].get(reader.id.bytes)),
                "previous_key": _maybe(self.previous_keys[at]),
            }
            for at, signed in enumerate(self.signed())
        ]


def _maybe(data: bytes | None) -> str | None:
    return None if data is None else b64(data)


def one_epoch() -> Chain:
    return Chain(0).add([REP, ADA, BEN], REP)


def three_epochs() -> Chain:
    """Cyd is let in by Ada, then Ben leaves."""
    return one_epoch().add([REP, ADA, BEN, CYD], ADA).add([REP, ADA, CYD], CYD)


# --- messages -----------------------------------------------------------------------------


def fields(author: str, **more: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "author": author,
        "day": DAY,
        "seq": 1,
        "after": [],
        "type": "text",
        "body": {"text": "Diolch. Who else knew?"},
        "attachments": [],
    } | more


def envelope(kind: str, item: UUID, content: object, signer: Person, epoch: bytes,
             **change: Any) -> bytes:  # fmt: skip
    """A message or note. `change`: `signed_as` (kind), `signed_for` (id), `inside`, `text`."""
    text = change.get("text", exact(content))
    signed_as, signed_for = change.get("signed_as", kind), change.get("signed_for", item)
    inside = pad(signed_message(signed_as, CASE, signed_for, text, signer))
    context = CASE.bytes + item.bytes
    return seal(kind, context, public_of(epoch), change.get("inside", inside))


REPORT = fields(
    "reporter",
    type="report",
    body={"concerns": ["bullying"], "story": "A group chat — “the lads’ room”.", "excluded": []},
)


def receipt(message: UUID, sealed: bytes, signer: Person = SERVICE, day: str = DAY,
            slug: str = SLUG, case: UUID = CASE) -> dict[str, str]:  # fmt: skip
    return {
        "key_id": b64(key_id(signer.sign_key)),
        "day": day,
        "signature": b64(signer.sign(receipt_text(case, message, sealed, slug, day))),
    }
