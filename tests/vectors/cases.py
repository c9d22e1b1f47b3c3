"""Vectors of cases as one reader unlocks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors import reference as ref
from tests.vectors.keys import Vector, vector
from tests.vectors.reference import b64, fixed
from tests.vectors.world import (
    ADA,
    BEN,
    CASE,
    CYD,
    NOTE_ID,
    REP,
    REPLY_ID,
    REPORT,
    REPORT_ID,
    REPORTER_KEYS,
    ROSTER,
    SLUG,
    Chain,
    envelope,
    fields,
    one_epoch,
    three_epochs,
)


def vectors() -> Iterator[Vector]:
    yield from _cases()
    yield from _current()


def _case(me: ref.Person, *chains: Chain, **change: Any) -> dict[str, Any]:
    return {
        "case_id": str(CASE),
        "me": str(me.id),
        "seed": b64(me.seed),
        "reporter": REPORTER_KEYS,
        "organisation": SLUG,
        "roster": ROSTER,
        "excluded": [],
        "epochs": [one for chain in chains for one in chain.for_reader(me)],
        "read": [],
    } | change


def _opened(*epochs: tuple[int, int], read: list[Any] | None = None) -> dict[str, Any]:
    return {"keys": sorted(list(one) for one in epochs), "read": read or []}


def _item(kind: str, item: Any, content: Any, signer: ref.Person, epoch: bytes) -> dict[str, str]:
    sealed = envelope(kind, item, content, signer, epoch)
    return {"kind": kind, "id": str(item), "envelope": b64(sealed)}


def _cases() -> Iterator[Vector]:
    three, both = three_epochs(), [(0, 0), (0, 1), (0, 2)]
    notes = Chain(1).add([ADA, BEN], BEN).add([ADA, CYD], ADA)
    report = _item("message", REPORT_ID, REPORT, REP, three.private[0])
    of_cyd = fields(CYD.author, type="note", body={"text": "Rang at ten."})
    note = _item("note", NOTE_ID, of_cyd, CYD, notes.private[1])
    yield vector(
        "case-reporter", "case", "The reporter opens every epoch of the messages.",
        _case(REP, three, read=[report]), _opened(*both, read=[REPORT]),
    )  # fmt: skip
    yield vector(
        "case-newcomer", "case", "A newcomer reads back, by the earlier keys sealed to the newer.",
        _case(CYD, three, notes, read=[report, note]),
        _opened(*both, (1, 0), (1, 1), read=[REPORT, of_cyd]),
    )  # fmt: skip
    yield vector(
        "case-removed", "case", "Who was removed opens nothing newer.",
        _case(BEN, three, notes), _opened((0, 0), (0, 1), (1, 0)),
    )  # fmt: skip
    outside = fields(CYD.author)
    early = _item("message", REPLY_ID, outside, CYD, three.private[0])
    yield vector(
        "case-author-later", "case", "An author who joined later is no reader of the first epoch.",
        _case(ADA, three, read=[early]), error="BadSignature",
    )  # fmt: skip
    newest = _item("message", REPLY_ID, fields("reporter"), REP, three.private[2])
    yield vector(
        "case-closed-to-removed", "case", "What is sealed to a newer epoch is for others.",
        _case(BEN, three, read=[newest]), error="WrongKey",
    )  # fmt: skip
    as_message = _item("message", NOTE_ID, of_cyd, CYD, notes.private[1])
    yield vector(
        "case-note-as-message", "case", "A message is not sealed to the notes' key.",
        _case(CYD, three, notes, read=[as_message]), error="WrongKey",
    )  # fmt: skip
    shut_out = REPORT | {"body": REPORT["body"] | {"excluded": [str(CYD.id)]}}
    refused = _item("message", REPORT_ID, shut_out, REP, three.private[0])
    yield vector(
        "case-excluded-let-in", "case", "The report's excluded are held against every epoch.",
        _case(ADA, three, read=[refused]), error="BrokenChain",
    )  # fmt: skip
    yield vector(
        "case-excluded-known", "case", "Whom the report shut out is refused on unlocking too.",
        _case(ADA, three, excluded=[str(CYD.id)]), error="BrokenChain",
    )  # fmt: skip
    by_reporter = one_epoch().add([REP, ADA, BEN, CYD], REP)
    with_notes = Chain(1).add([ADA, BEN, CYD], CYD)
    yield vector(
        "case-excluded-by-reporter", "case", "Whom the reporter lets in reads, notes included.",
        _case(CYD, by_reporter, with_notes, read=[refused]),
        _opened((0, 0), (0, 1), (1, 0), read=[shut_out]),
    )  # fmt: skip
    spoilt = REPORT | {"body": REPORT["body"] | {"excluded": ""}}
    yield vector(
        "case-excluded-text", "case", "Excluded is a list of ids.",
        _case(ADA, three, read=[_item("message", REPORT_ID, spoilt, REP, three.private[0])]),
        error="Damaged",
    )  # fmt: skip
    yield from _private_halves(three)


def _private_halves(three: Chain) -> Iterator[Vector]:
    def given(me: ref.Person, chain: Chain, at: int = 0, **change: Any) -> dict[str, Any]:
        made = _case(me, chain)
        made["epochs"][at] |= change
        return made

    other = Chain(0).add([REP, ADA, BEN], REP, half=fixed("other half"))
    short = Chain(0).add([REP, ADA, BEN], REP, half=fixed("other half", 31))
    context = ref.key_context(CASE, ref.EARLIER, 0, 0)
    false_half = ref.seal("case-key", context, three.public(1), fixed("other half"))
    for_ben = three.for_reader(BEN)[0]["sealed_key"]
    bad: dict[str, tuple[str, Any, str]] = {
        "half": ("A private half that does not make the recorded key",
                 given(ADA, other), "BadKey"),
        "short-half": ("A private half of 31 bytes", given(ADA, short), "BadKey"),
        "earlier-half": ("An earlier private half that does not make the recorded key",
                         given(CYD, three, 1, previous_key=b64(false_half)), "BadKey"),
        "anothers": ("Another reader's sealed key",
                     given(ADA, three, sealed_key=for_ben), "WrongKey"),
        "other-public": ("A public key that is not the record's",
                         given(ADA, three, case_key=b64(three.public(1))), "BrokenChain"),
        "sealed-key-cut": ("A sealed key that was cut",
                           given(ADA, three, sealed_key=b64(b"\1\1")), "Damaged"),
        "purpose-2": ("A third purpose", given(ADA, three, purpose=2), "Damaged"),
    }  # fmt: skip
    for name, (what, made, error) in bad.items():
        yield vector(f"case-{name}", "case", f"{what} is refused.", made, error=error)


def _current() -> Iterator[Vector]:
    three = three_epochs()

    def given(epoch: bytes) -> dict[str, Any]:
        sealed = ref.seal("message", CASE.bytes + REPLY_ID.bytes, ref.public_of(epoch), b"")
        return {"records": [b64(one) for one in three.records], "envelope": b64(sealed)}

    yield vector(
        "current", "current", "A message sealed to the newest epoch is taken.",
        given(three.private[2]), {"current": True},
    )  # fmt: skip
    yield vector(
        "current-old", "current", "A message sealed to an older epoch is refused.",
        given(three.private[1]), error="EpochChanged",
    )  # fmt: skip
    yield vector(
        "current-none", "current", "A message sealed to no epoch of the case is refused.",
        given(fixed("another key")), error="WrongKey",
    )  # fmt: skip
    nobody = Chain(0).add([], REP).records
    yield vector(
        "current-nobody", "current", "A record has one reader at least.",
        given(three.private[2]) | {"records": [b64(one) for one in nobody]}, error="BrokenChain",
    )  # fmt: skip
