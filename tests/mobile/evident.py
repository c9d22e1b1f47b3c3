"""Evidence in the hand of a test: pieces of any size, and what the other side got of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mobile.evidence import REPORT, Piece, Pieces, owner_of
from mobile.store import Store
from shared.evidence import FILE, MESSAGES, pieces
from shared.handling import HandlerCase

LIMITS = {"attachment_bytes": 50_000_000, "case_bytes": 200_000_000, "attachment_types": []}


def bytes_of(size: int, seed: int = 7) -> bytes:
    """Invented bytes that repeat nowhere near."""
    block = bytes((seed * at * at + at // 251) % 256 for at in range(4093))
    return (block * (size // len(block) + 1))[:size]


def begun(store: Store, owner: str = REPORT, limits: Any = LIMITS) -> Pieces:
    """The pieces of a report that is being written, or of a case."""
    return Pieces(lambda: store, owner, lambda: limits)


def of_case(store: Store, address: str, reference: str) -> Pieces:
    return begun(store, owner_of(address, reference))


def add_file(there: Pieces, size: int, seed: int = 7, label: str = "") -> Piece:
    return there.add(bytes_of(size, seed), "pdf", "application/pdf", "pdf", FILE, label)


def add_messages(there: Pieces, text: str) -> Piece:
    return there.add(text.encode(), "text", "text/plain", "txt", MESSAGES)


def got(case: HandlerCase) -> Iterator[tuple[str, str, str, str, bytes]]:
    """Each piece of a case in order: its name, sharing, source, transcript and bytes."""
    case.refresh()
    for message in case.thread():
        assert message.problem is None
        for said, named in zip(pieces(message.content or {}), message.attached, strict=True):
            data = b"".join(case.fetch(named))
            name = case.describe(named).name
            yield name, said.sharing, said.source, said.transcript, data
