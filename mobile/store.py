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
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Record = Mapping[str, Any]

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
        """Forgets one, if it is there."""


class Memory:
    """Keeps records until the app ends or is told to forget."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], str] = {}

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

    def clear(self, but: str = "") -> None:
        """Forgets all, but for those of one kind."""
        self._records = {key: one for key, one in self._records.items() if key[0] == but}
