"""What the app keeps of its user's while it runs, and with a PIN also after: one interface.

Records have a kind and a name and hold what JSON can. `Memory` is for those who keep nothing;
`mobile.notebook` keeps the same under a PIN. No Kivy here.

| kind | name | holds |
| --- | --- | --- |
| `draft` | `report` | the answers of a report that was not sent (`mobile.draft`), and the step |
| `case` | chosen here | organisation's address, words, reference, label, whom one agreed to |
| `outbox` | chosen here | one thing to send, sealed or not (`mobile.outbox`) |
| `typed` | a case's | a reply that was begun |
| `settings` | `all` | what the user chose |
| `piece` | that of its parts | a piece of evidence that was not sent (`mobile.evidence`) |

A piece's bytes are kept beside its record, in parts of PART bytes, so that no large thing is ever
written, or read, at once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol

Record = Mapping[str, Any]

PIECE = "piece"

PART = 512 * 1024
"""Bytes of a part; the last one of a piece may be shorter."""

FILE = "notebook.db"
"""The notebook, in the app's own directory."""


class Store(Protocol):
    """Where records are kept. A record that `put` returned for is durable, if anything is."""

    def put(self, kind: str, name: str, record: Record) -> None:
        """Keeps a record in the place of what was there. Raises `mobile.notebook.NotKept`."""

    def put_all(self, records: Iterable[tuple[str, str, Record]]) -> None:
        """Keeps several, each as (kind, name, record): all or none. Raises `NotKept`."""

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """A copy of one record."""

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Copies of all of a kind, by name, in the order in which they first came."""

    def drop(self, kind: str, name: str) -> None:
        """Forgets one, if it is there. Raises `NotKept`."""

    def put_part(self, name: str, number: int, data: bytes) -> None:
        """Keeps a part of a piece's bytes. Raises `NotKept`."""

    def part(self, name: str, number: int) -> bytes | None:
        """A part; None if it is not there, or damaged."""

    def drop_parts(self, name: str) -> None:
        """Forgets all parts of a piece. Raises `NotKept`."""

    def tidy(self, names: Collection[str]) -> None:
        """Forgets parts of all pieces but these: what a killed app left. Raises `NotKept`."""


class Memory:
    """Keeps records until the app ends or is told to forget."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], str] = {}
        self._parts: dict[str, dict[int, bytes]] = {}

    def put(self, kind: str, name: str, record: Record) -> None:
        """Keeps a record in the place of what was there."""
        self._records[kind, name] = json.dumps(record)

    def put_all(self, records: Iterable[tuple[str, str, Record]]) -> None:
        """Keeps several, each as (kind, name, record)."""
        for one in records:
            self.put(*one)

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """A copy of one record."""
        found = self._records.get((kind, name))
        return None if found is None else dict(json.loads(found))

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Copies of all of a kind, by name, in the order in which they first came."""
        return {
            name: json.loads(record)
            for (one, name), record in self._records.items()
            if one == kind
        }

    def drop(self, kind: str, name: str) -> None:
        """Forgets one, if it is there."""
        self._records.pop((kind, name), None)

    def put_part(self, name: str, number: int, data: bytes) -> None:
        """Keeps a part of a piece's bytes."""
        self._parts.setdefault(name, {})[number] = data

    def part(self, name: str, number: int) -> bytes | None:
        """A part, if it is there."""
        return self._parts.get(name, {}).get(number)

    def parts(self) -> Iterator[tuple[str, int, bytes]]:
        """All parts, as (name, number, bytes)."""
        for name, parts in list(self._parts.items()):
            for number, data in sorted(parts.items()):
                yield name, number, data

    def drop_parts(self, name: str) -> None:
        """Forgets all parts of a piece."""
        self._parts.pop(name, None)

    def tidy(self, names: Collection[str]) -> None:
        """Forgets parts of all pieces but these."""
        self._parts = {name: one for name, one in self._parts.items() if name in names}

    def clear(self, but: str = "") -> None:
        """Forgets all, but for those of one kind and the parts that no record of a piece names:
        they belong to something that waits to be sent."""
        begun = {name for kind, name in self._records if kind == PIECE}
        self.tidy(self._parts.keys() - begun if but else ())
        self._records = {key: one for key, one in self._records.items() if key[0] == but}
