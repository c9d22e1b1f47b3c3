"""Vectors of rosters: chains of records that stand, and that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors.keys import Vector, vector
from tests.vectors.reference import b64, fixed, sha256
from tests.vectors.world import (
    ADA,
    ADA_AGAIN,
    BEN,
    CYD,
    DAY,
    FINGERPRINT,
    MAL,
    R1,
    R2,
    R3,
    REP,
    ROSTER,
    SLUG,
    roster_bytes,
    roster_signed,
)


def vectors() -> Iterator[Vector]:
    yield from _rosters()
    yield from _roster_shapes()


def _roster(records: list[Any], pin: dict[str, Any] | None = None, slug: str = SLUG) -> Any:
    return {"organisation": slug, "records": records, "pin": pin}


def _pin(version: int = 0, newest: bytes | None = None, fingerprint: bytes = FINGERPRINT) -> Any:
    return {
        "fingerprint": b64(fingerprint), "version": version,
        "newest": b64(sha256(newest)) if newest else None,
    }  # fmt: skip


def _stands(records: list[bytes], handlers: list[str]) -> dict[str, Any]:
    return {
        "version": len(records), "fingerprint": b64(sha256(records[0])[:16]),
        "newest": b64(sha256(records[-1])), "active": handlers,
    }  # fmt: skip


def _rosters() -> Iterator[Vector]:
    three = [str(one.id) for one in (ADA, BEN, CYD)]
    yield vector(
        "roster", "roster", "Three records, each signed by a handler of the one before.",
        _roster(ROSTER), _stands([R1, R2, R3], three),
    )  # fmt: skip
    yield vector(
        "roster-pinned", "roster", "The poster's fingerprint and an older version seen both fit.",
        _roster(ROSTER, _pin(2, R2)), _stands([R1, R2, R3], three),
    )  # fmt: skip
    left = [ADA.entry(), BEN.entry(until=DAY), CYD.entry("managers")]
    r4 = roster_bytes(4, left, R3, BEN)
    yield vector(
        "roster-left", "roster", "A handler who leaves stays listed, with a day.",
        _roster([*ROSTER, roster_signed(r4, BEN)]),
        _stands([R1, R2, R3, r4], [str(ADA.id), str(CYD.id)]),
    )  # fmt: skip
    changed = [ADA.entry(until=DAY), ADA_AGAIN.entry(), BEN.entry(), CYD.entry("managers")]
    c4 = roster_bytes(4, changed, R3, BEN)
    yield vector(
        "roster-new-keys", "roster", "Who changes keys has two entries, the older with a day.",
        _roster([*ROSTER, roster_signed(c4, BEN)]), _stands([R1, R2, R3, c4], three),
    )  # fmt: skip
    spaced = R1.replace(b",", b", ").replace(b"Ada, Guardian", b"Ada Guardian")
    yield vector(
        "roster-other-spelling", "roster", "Spaces in the JSON are signed and hashed as they are.",
        _roster([roster_signed(spaced, ADA)]), _stands([spaced], [str(ADA.id)]),
    )  # fmt: skip

    def after(*handlers: Any, signer: Any = BEN, by: Any = None, **change: Any) -> list[Any]:
        base = [ADA.entry(), BEN.entry(), CYD.entry("managers")]
        record = roster_bytes(4, list(handlers) or base, R3, signer, **change)
        return [*ROSTER, roster_signed(record, by or signer)]

    other = roster_bytes(3, [ADA.entry(), BEN.entry(), MAL.entry()], R2, ADA)
    last = roster_bytes(5, left, r4, BEN)
    moved = [ADA.entry(), BEN.entry(), CYD.entry(), MAL.entry()]
    bad: dict[str, tuple[str, Any]] = {
        "forged": ("A record signed with another's key", _roster(after(by=MAL))),
        "altered": ("A record altered after it was signed", _roster([
            {**ROSTER[0], "record": b64(R1.replace(b"Ada G", b"Ava G"))}])),
        "outsider": ("A signer who is not in the record before",
                     _roster(after(*moved, signer=MAL))),
        "newcomer": ("A newcomer who signs its own entry", _roster([
            roster_signed(R1, ADA),
            roster_signed(roster_bytes(2, [ADA.entry(), BEN.entry()], R1, BEN), BEN)])),
        "former-signer": ("A signer whose entry has until", _roster([
            *ROSTER, roster_signed(r4, BEN), roster_signed(last, BEN)])),
        "not-self-signed": ("A first record signed by somebody else", _roster([
            roster_signed(roster_bytes(1, [ADA.entry()], None, BEN), BEN)])),
        "previous": ("A wrong previous", _roster(after(previous=b64(sha256(R2))))),
        "previous-first": ("A first record with a previous", _roster([
            roster_signed(roster_bytes(1, [ADA.entry()], R1, ADA), ADA)])),
        "version": ("A version that is left out", _roster(after(version=5))),
        "left-out": ("A record that is left out", _roster([ROSTER[0], ROSTER[2]])),
        "none": ("No record", _roster([])),
        "organisation": ("Another organisation's roster", _roster(ROSTER, slug="west-ambulance")),
        "dropped-keys": ("A handler's keys that vanish",
                         _roster(after(ADA.entry(), BEN.entry()))),
        "replaced-keys": ("A handler's keys that are replaced", _roster(
            after(ADA_AGAIN.entry(), BEN.entry(), CYD.entry("managers")))),
        "dropped-receipt-key": ("A receipt key that vanishes", _roster(after(receipt_keys=[]))),
        "two-active": ("Two entries of one handler without until", _roster(
            after(ADA.entry(), ADA_AGAIN.entry(), BEN.entry(), CYD.entry()))),
        "fingerprint": ("Another fingerprint than the poster's",
                        _roster(ROSTER, _pin(fingerprint=fixed("poster", 16)))),
        "older": ("A roster older than the pinned one", _roster(ROSTER[:2], _pin(3, R3))),
        "other-branch": ("A roster that left the pinned one", _roster(
            [*ROSTER[:2], roster_signed(other, ADA)], _pin(3, R3))),
    }  # fmt: skip
    for name, (what, given) in bad.items():
        yield vector(f"roster-{name}", "roster", f"{what} is refused.", given, error="BrokenChain")


def _roster_shapes() -> Iterator[Vector]:
    entry = ADA.entry()
    bad: dict[str, tuple[str, bytes, str]] = {
        "duplicate-keys": ("Duplicate keys", R1[:-1] + b',"version":1}', "Damaged"),
        "float": ("A float", R1.replace(b'"version":1', b'"version":1.0'), "Damaged"),
        "not-json": ("What is not JSON", b"\0", "Damaged"),
        "field-more": ("A field more", R1[:-1] + b',"mood":1}', "Damaged"),
        "id-capitals": ("An id in capitals",
                        roster_bytes(1, [entry | {"id": entry["id"].upper()}], None, ADA),
                        "Damaged"),
        "id-reporter": ("An id of zeros, which is the reporter's,",
                        roster_bytes(1, [entry, MAL.entry() | {"id": str(REP.id)}], None, ADA),
                        "Damaged"),
        "desks-text": ("Desks that are no list",
                       roster_bytes(1, [entry | {"desks": "guardian"}], None, ADA), "Damaged"),
        "day": ("A day in another spelling", R1.replace(b"2026-03-02", b"2026-W10-1"), "Damaged"),
        "seal-key-zero": ("A public key of zeros",
                          roster_bytes(1, [entry | {"seal_key": b64(bytes(32))}], None, ADA),
                          "BadKey"),
        "sign-key-short": ("A signing key of 31 bytes",
                           roster_bytes(1, [entry, BEN.entry() | {"sign_key": b64(bytes(31))}],
                                        None, ADA), "BadKey"),
        "name-null": ("A name that is no text",
                      roster_bytes(1, [entry | {"name": None}], None, ADA), "Damaged"),
        "version-true": ("A version of true", roster_bytes(1, [entry], None, ADA, version=True),
                         "Damaged"),
        "entry-more": ("An entry with a field more",
                       roster_bytes(1, [entry | {"mood": "blue"}], None, ADA), "Damaged"),
        "receipt-key-short": ("A receipt key of 31 bytes",
                              roster_bytes(1, [entry], None, ADA, receipt_keys=[b64(bytes(31))]),
                              "BadKey"),
    }  # fmt: skip
    for name, (what, record, error) in bad.items():
        yield vector(
            f"roster-shape-{name}", "roster", f"{what} is refused.",
            _roster([roster_signed(record, ADA)]), error=error,
        )  # fmt: skip
