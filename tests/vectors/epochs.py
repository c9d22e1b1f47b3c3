"""Vectors of the epochs' records, for messages and for notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors import reference as ref
from tests.vectors.keys import Vector, vector
from tests.vectors.reference import b64, fixed, fixed_id, sha256
from tests.vectors.world import (
    ADA,
    ADA_AGAIN,
    BEN,
    CASE,
    CYD,
    MAL,
    REP,
    REPORTER_KEYS,
    ROSTER,
    SLUG,
    Chain,
    one_epoch,
    three_epochs,
)


def vectors() -> Iterator[Vector]:
    yield from _epochs()
    yield from _notes()


def _chain(
    messages: Chain, of_notes: Chain | None = None, excluded: Any = (), /, **change: Any
) -> dict[str, Any]:
    return {
        "case_id": str(CASE),
        "reporter": REPORTER_KEYS,
        "organisation": SLUG,
        "roster": ROSTER,
        "excluded": [str(one.id) for one in excluded],
        "messages": messages.signed(),
        "notes": of_notes.signed() if of_notes else [],
    } | change


def _read(messages: Chain, notes: Chain | None = None) -> dict[str, Any]:
    return {
        "messages": [b64(sha256(one)) for one in messages.records],
        "notes": [b64(sha256(one)) for one in notes.records] if notes else [],
    }


def _epochs() -> Iterator[Vector]:
    good = {
        "one": ("One epoch, signed by the reporter.", one_epoch(), ()),
        "three": ("Three epochs, each signed by a reader of the one before.", three_epochs(), ()),
        "excluded-by-reporter": (
            "Somebody excluded may read where the reporter signed it.",
            one_epoch().add([REP, ADA, BEN, CYD], REP), (CYD,)),
    }  # fmt: skip
    for name, (what, chain, excluded) in good.items():
        yield vector(f"epochs-{name}", "epochs", what, _chain(chain, None, excluded), _read(chain))
    first, three = one_epoch(), three_epochs().signed()
    silent = first.records[0] + CYD.id.bytes + CYD.seal_key + CYD.sign_key
    added = [{**one_epoch().signed()[0], "record": b64(silent)}]
    other_reporter = {"seal_key": b64(MAL.seal_key), "sign_key": b64(MAL.sign_key)}
    bad: dict[str, tuple[str, Any]] = {
        "forged-first": ("An epoch 0 that the reporter did not sign",
                         _chain(Chain(0).add([REP, ADA, BEN], REP, by=MAL))),
        "first-not-by-reporter": ("An epoch 0 that names another signer than the reporter",
                                  _chain(Chain(0).add([REP, ADA, BEN], ADA, by=REP))),
        "first-without-reporter": ("An epoch 0 without the reporter",
                                   _chain(Chain(0).add([ADA, BEN], REP))),
        "first-by-handler": ("An epoch 0 signed by a handler",
                             _chain(Chain(0).add([REP, ADA, BEN], ADA))),
        "forged-signer": ("A later epoch with a forged signature",
                          _chain(one_epoch().add([REP, ADA, BEN, CYD], ADA, by=MAL))),
        "outsider-signer": ("A signer who is no reader of the record before",
                            _chain(one_epoch().add([REP, ADA, BEN, CYD], CYD))),
        "removed-signer": ("A signer who was removed before", _chain(
            one_epoch().add([REP, ADA], ADA).add([REP, ADA, BEN], BEN))),
        "previous": ("A wrong previous",
                     _chain(one_epoch().add([REP, ADA], ADA, previous=fixed("previous")))),
        "previous-zeros": ("A later epoch that begins anew",
                           _chain(one_epoch().add([REP, ADA], ADA, previous=bytes(32)))),
        "previous-first": ("An epoch 0 with a record before",
                           _chain(Chain(0).add([REP, ADA], REP, previous=fixed("previous")))),
        "number": ("A number that is left out",
                   _chain(one_epoch().add([REP, ADA], ADA, epoch=2))),
        "left-out": ("A record that is left out",
                     _chain(first, messages=[three[0], three[2]])),
        "none": ("No record", _chain(first, messages=[])),
        "reader-added": ("A reader added without a signature", _chain(first, messages=added)),
        "excluded-by-handler": ("Somebody excluded, let in by a handler,",
                                _chain(three_epochs(), None, (CYD,))),
        "excluded-kept-by-handler": (
            "Somebody excluded, let in by the reporter and kept by a handler,",
            _chain(one_epoch().add([REP, ADA, BEN, CYD], REP).add([REP, ADA, CYD], ADA),
                   None, (CYD,))),
        "order": ("Readers out of order", _chain(Chain(0).add(
            ref.in_order([REP, ADA, BEN])[::-1], REP, unordered=True))),
        "reader-twice": ("A reader named twice", _chain(Chain(0).add([REP, ADA, ADA], REP))),
        "not-in-roster": ("A reader who is not in the roster",
                          _chain(Chain(0).add([REP, ADA, MAL], REP))),
        "other-keys": ("A handler with keys that are not the roster's",
                       _chain(Chain(0).add([REP, ADA_AGAIN], REP))),
        "without-reporter": ("A record without the reporter",
                             _chain(one_epoch().add([ADA, BEN], ADA))),
        "no-readers": ("A record without readers", _chain(Chain(0).add([], REP))),
        "other-case": ("Another case's record", _chain(
            Chain(0).add([REP, ADA], REP, case=fixed_id("other case")))),
        "purpose": ("A notes record among the messages'",
                    _chain(one_epoch().add([REP, ADA], ADA, purpose=1))),
        "other-reporter": ("Another reporter's chain", _chain(first, reporter=other_reporter)),
    }  # fmt: skip
    for name, (what, given) in bad.items():
        yield vector(f"epochs-{name}", "epochs", f"{what} is refused.", given, error="BrokenChain")
    head = len(b"wren/v1/epoch\0") + 21
    record = first.records[0]
    shapes: dict[str, tuple[str, bytes, str]] = {
        "cut": ("A record cut by a byte", record[:-1], "Damaged"),
        "empty": ("An empty record", b"", "Damaged"),
        "short": ("A record that is too short by a reader's 80 bytes", record[:35], "Damaged"),
        "prefix": ("Another prefix", b"wren/v2" + record[7:], "Damaged"),
        "unknown-purpose": ("An unknown purpose",
                            record[: head - 5] + b"\2" + record[head - 4 :], "Damaged"),
        "zero-key": ("An epoch key of zeros",
                     record[:head] + bytes(32) + record[head + 32 :], "BadKey"),
        "reader-zero-key": ("A reader's key of zeros",
                            record[:-64] + bytes(32) + record[-32:], "BadKey"),
    }  # fmt: skip
    for name, (what, changed, error) in shapes.items():
        signed = {"record": b64(changed), "signature": b64(REP.sign(changed))}
        yield vector(
            f"epochs-shape-{name}", "epochs", f"{what} is refused.",
            _chain(first, messages=[signed]), error=error,
        )  # fmt: skip


def _notes() -> Iterator[Vector]:
    messages = three_epochs()
    notes = Chain(1).add([ADA, BEN], BEN).add([ADA, BEN, CYD], BEN).add([ADA, CYD], ADA)
    left = one_epoch().add([REP, CYD], ADA)
    anew = Chain(1).add([ADA, BEN], ADA).add([CYD], CYD, previous=bytes(32), read_back=False)
    good = {
        "three": ("Notes follow the handlers of the messages' records.", messages, notes),
        "anew": ("Where none of its readers remains, a newcomer begins a chain.", left, anew),
    }
    for name, (what, chain, of_notes) in good.items():
        yield vector(
            f"notes-{name}", "epochs", what, _chain(chain, of_notes), _read(chain, of_notes)
        )
    first = Chain(1).add([ADA, BEN], ADA)
    bad: dict[str, tuple[str, Chain, Chain]] = {
        "reporter": ("A notes record that names the reporter", one_epoch(),
                     Chain(1).add([REP, ADA, BEN], ADA)),
        "by-reporter": ("Notes begun by the reporter", one_epoch(), Chain(1).add([ADA, BEN], REP)),
        "forged": ("Notes with a forged signature", one_epoch(),
                   Chain(1).add([ADA, BEN], ADA, by=MAL)),
        "other-readers": ("Notes for fewer than the handlers", one_epoch(),
                          Chain(1).add([ADA], ADA)),
        "outsider": ("Notes begun by one who reads no messages", one_epoch(),
                     Chain(1).add([ADA, BEN], CYD)),
        "newcomer": ("Notes carried on by a newcomer while others remain", messages,
                     Chain(1).add([ADA, BEN], ADA).add([ADA, BEN, CYD], CYD)),
        "anew-early": ("Notes begun anew while one of their readers remains", messages,
                       Chain(1).add([ADA, BEN], ADA).add([ADA, CYD], CYD, previous=bytes(32))),
        "previous": ("Notes with a wrong previous", messages, Chain(1).add([ADA, BEN], ADA).add(
            [ADA, CYD], ADA, previous=fixed("previous"))),
        "number": ("Notes whose numbers skip", one_epoch(),
                   Chain(1).add([ADA, BEN], ADA, epoch=1)),
        "other-case": ("Another case's notes", one_epoch(),
                       Chain(1).add([ADA, BEN], ADA, case=fixed_id("other case"))),
        "purpose": ("A messages record among the notes'", one_epoch(),
                    Chain(1).add([ADA, BEN], ADA, purpose=0)),
    }  # fmt: skip
    for name, (what, chain, of_notes) in bad.items():
        yield vector(
            f"notes-{name}", "epochs", f"{what}: refused.", _chain(chain, of_notes),
            error="BrokenChain",
        )  # fmt: skip
    yield vector(
        "notes-anew-first", "epochs", "Notes that go on from nothing: refused.",
        _chain(one_epoch(), first, notes=Chain(1).add(
            [ADA, BEN], ADA, previous=fixed("previous")).signed()),
        error="BrokenChain",
    )  # fmt: skip
