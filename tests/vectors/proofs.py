"""Vectors of receipts, proof files and the signature of case files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors import reference as ref
from tests.vectors.keys import Vector, vector
from tests.vectors.reference import b64, fixed, fixed_id, sha256
from tests.vectors.world import (
    ADA,
    BEN,
    CASE,
    CYD,
    DAY,
    FINGERPRINT,
    MAL,
    NOTE_ID,
    REP,
    REPLY_ID,
    REPORT,
    REPORT_ID,
    ROSTER,
    SALT,
    SERVICE,
    SLUG,
    TOKEN,
    Chain,
    Person,
    envelope,
    fields,
    one_epoch,
    receipt,
    three_epochs,
)


def vectors() -> Iterator[Vector]:
    yield from _receipts()
    yield from _proofs()
    yield from _case_files()


def _receipts() -> Iterator[Vector]:
    sealed, other = fixed("an envelope"), fixed("another envelope")

    def given(**change: Any) -> dict[str, Any]:
        return {
            "case_id": str(CASE), "message_id": str(REPORT_ID), "organisation": SLUG,
            "receipt_keys": [b64(fixed("older receipt key")), b64(SERVICE.sign_key)],
            "envelope": b64(sealed), "receipt": receipt(REPORT_ID, sealed),
        } | change  # fmt: skip

    yield vector(
        "receipt", "receipt", "A receipt holds for its case, message, envelope, slug and day.",
        given(), {"holds": True},
    )  # fmt: skip
    good = receipt(REPORT_ID, sealed)
    bad: dict[str, tuple[str, Any, str]] = {
        "other-case": ("for another case", given(case_id=str(fixed_id("x"))), "BadSignature"),
        "other-message": ("for another message", given(message_id=str(NOTE_ID)), "BadSignature"),
        "other-envelope": ("for another envelope", given(envelope=b64(other)), "BadSignature"),
        "other-organisation": ("of another organisation", given(organisation="x"), "BadSignature"),
        "other-day": ("with another day", given(receipt=good | {"day": "2026-03-01"}),
                      "BadSignature"),
        "short": ("with a signature of 63 bytes",
                  given(receipt=good | {"signature": b64(bytes(63))}), "BadSignature"),
        "forged": ("by another key under the right key id", given(
            receipt=receipt(REPORT_ID, sealed, MAL) | {"key_id": good["key_id"]}), "BadSignature"),
        "unknown-key": ("by a key that is not the organisation's",
                        given(receipt=receipt(REPORT_ID, sealed, MAL)), "WrongKey"),
    }  # fmt: skip
    for name, (what, changed, error) in bad.items():
        yield vector(
            f"receipt-{name}", "receipt", f"A receipt {what} is refused.", changed, error=error
        )


COST = {"profile": "TOKEN", "salt": b64(SALT), "t": 2, "m": 19 * 1024, "p": 1}


def whole_proof() -> dict[str, Any]:
    """A proof of a report and a reply, which holds."""
    chain = three_epochs()
    report = envelope("message", REPORT_ID, REPORT, REP, chain.private[0])
    reply_fields = fields(ADA.author, after=[b64(sha256(report))])
    reply = envelope("message", REPLY_ID, reply_fields, ADA, chain.private[2])
    messages = [
        {
            "id": str(item), "number": number, "author": author, "envelope": b64(sealed),
            "receipt": receipt(item, sealed),
        }
        for number, (item, author, sealed) in enumerate(
            [(REPORT_ID, "reporter", report), (REPLY_ID, ADA.author, reply)], 1
        )
    ]  # fmt: skip
    return {
        "format": "wren-proof/1",
        "organisation": SLUG,
        "case_id": str(CASE),
        "stretch": COST,
        "roster": ROSTER,
        "epochs": chain.for_reader(REP),
        "messages": messages,
    }


def _proofs() -> Iterator[Vector]:
    proof = whole_proof()
    first, second = proof["messages"]

    def given(token: str | None = None, fingerprint: bytes = FINGERPRINT, **change: Any) -> Any:
        return {"proof": proof | change, "fingerprint": b64(fingerprint), "token": token}

    def shown(*items: tuple[int, str, str | None]) -> dict[str, Any]:
        return {
            "organisation": SLUG, "case_id": str(CASE),
            "items": [{"number": n, "author": who, "day": DAY, "problem": bad}
                      for n, who, bad in items],
            "holds": bool(items) and all(bad is None for *_, bad in items),
        }  # fmt: skip

    ada = ADA.author
    forged = first | {"receipt": receipt(REPORT_ID, b"something else")}
    later = first | {"receipt": first["receipt"] | {"day": "2025-12-24"}}
    good: dict[str, tuple[str, Any, Any]] = {
        "": ("A proof holds, without the words.", given(),
             shown((1, "reporter", None), (2, ada, None))),
        "-with-token": ("A proof holds, and with the words its text opens.", given(TOKEN),
                        shown((1, "reporter", None), (2, ada, None))),
        "-receipt-forged": ("A receipt for something else shows on its message.",
                            given(messages=[forged, second]),
                            shown((1, "reporter", "bad_signature"), (2, ada, None))),
        "-first-left-out": ("With the words, a report that was left out shows.",
                            given(TOKEN, messages=[second]), shown((2, ada, "missing_earlier"))),
        "-empty": ("A proof of no message holds nothing.", given(messages=[]), shown()),
    }  # fmt: skip
    for name, (what, changed, output) in good.items():
        yield vector(f"proof{name}", "proof", what, changed, output)
    day = shown((1, "reporter", "bad_signature"), (2, ada, None))
    day["items"][0]["day"] = "2025-12-24"
    yield vector(
        "proof-other-day", "proof", "Another day than the receipt's shows on its message.",
        given(messages=[later, second]), day,
    )  # fmt: skip
    silent = [dict(one) for one in proof["epochs"]]
    silent[0]["record"] = b64(one_epoch().records[0] + CYD.id.bytes + CYD.seal_key + CYD.sign_key)
    other = ref.token(fixed("other token", 10))
    bad: dict[str, tuple[str, Any, str]] = {
        "fingerprint": ("another fingerprint", given(fingerprint=bytes(16)), "BrokenChain"),
        "reader-added": ("a reader added", given(epochs=silent), "BrokenChain"),
        "reporter-missing": ("an epoch 0 without the reporter", given(
            epochs=Chain(0).add([ADA, BEN], REP).for_reader(REP)), "BrokenChain"),
        "notes-forged": ("a forged notes record", given(epochs=[
            *proof["epochs"], *Chain(1).add([ADA, CYD], ADA, by=MAL).for_reader(REP)]),
            "BrokenChain"),
        "other-token": ("the words of another case", given(other), "WrongKey"),
        "bad-token": ("words that are no token", given("one two"), "BadToken"),
        "other-cost": ("another cost of stretching",
                       given(TOKEN, stretch=COST | {"m": 8}), "BadKey"),
        "format": ("another format", given(format="wren-proof/2"), "UnknownVersion"),
        "field-missing": ("a missing field", given() | {
            "proof": {name: one for name, one in proof.items() if name != "roster"}}, "Damaged"),
        "not-base64url": ("an envelope that is not base64url",
                          given(messages=[first | {"envelope": "++"}]), "Damaged"),
        "epochs-text": ("epochs that are no list", given(epochs="none"), "Damaged"),
    }  # fmt: skip
    for name, (what, changed, error) in bad.items():
        yield vector(
            f"proof-{name}", "proof", f"A proof with {what} is refused.", changed, error=error
        )


def _case_files() -> Iterator[Vector]:
    manifest = b'{"format": "wren-case-file/1", "files": []}\n'

    def given(signer: Person = SERVICE, signed: bytes = manifest, **change: Any) -> dict[str, Any]:
        return {
            "receipt_keys": [b64(fixed("older receipt key")), b64(SERVICE.sign_key)],
            "manifest": b64(manifest),
            "key_id": b64(ref.key_id(signer.sign_key)),
            "signature": b64(signer.sign(b"wren/v1/case-file\0" + signed)),
        } | change

    yield vector(
        "case-file", "case-file", "A manifest's signature holds for its exact bytes.",
        given(), {"holds": True},
    )  # fmt: skip
    receipt_of_it = SERVICE.sign(b"wren/v1/receipt\0" + manifest)
    bad: dict[str, tuple[str, Any, str]] = {
        "other-bytes": ("of other bytes", given(signed=manifest + b" "), "BadSignature"),
        "forged": ("by another key under the right key id",
                   given(MAL, key_id=given()["key_id"]), "BadSignature"),
        "as-receipt": ("made for a receipt", given(signature=b64(receipt_of_it)), "BadSignature"),
        "short": ("of 63 bytes", given(signature=b64(bytes(63))), "BadSignature"),
        "unknown-key": ("by a key that is not the organisation's", given(MAL), "WrongKey"),
    }  # fmt: skip
    for name, (what, changed, error) in bad.items():
        yield vector(
            f"case-file-{name}", "case-file", f"A case file's signature {what} is refused.",
            changed, error=error,
        )  # fmt: skip
