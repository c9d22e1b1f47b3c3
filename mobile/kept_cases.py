"""The cases that are kept on this phone: until it is closed, or under the PIN. No Kivy here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mobile.store import Store

KIND, TYPED = "case", "typed"
LONGEST = 60
"""Characters of a label."""


@dataclass(frozen=True)
class KeptCase:
    """One case. `label` is its user's own, or empty; `organisation` an address."""

    name: str
    organisation: str
    reference: str
    label: str
    words: str = field(repr=False)

    @property
    def title(self) -> str:
        """What it is called here."""
        return self.label or self.reference


class KeptCases:
    """Reads and writes them in the store in use. What writes raises `NotKept`.

    `changed()` is called after each change of which there are.
    """

    def __init__(self, store: Callable[[], Store], changed: Callable[[], None]) -> None:
        self._store, self._changed = store, changed

    def records(self) -> dict[str, dict[str, Any]]:
        """The records as they are stored, by name."""
        return self._store().all(KIND)

    def all(self) -> list[KeptCase]:
        """All, in the order in which they were added."""
        return [_of(name, record) for name, record in self.records().items()]

    def get(self, name: str) -> KeptCase | None:
        """One of them, if it is still there."""
        record = self._store().get(KIND, name)
        return _of(name, record) if record is not None else None

    def find(self, reference: str, organisation: str) -> KeptCase | None:
        """The case with this reference, if it is kept."""
        for one in self.all():
            if (one.reference, one.organisation) == (reference, organisation):
                return one
        return None

    def add(self, words: str, reference: str, organisation: str) -> KeptCase:
        """Keeps a case; if it is there already, that one."""
        known = self.find(reference, organisation)
        if known is not None:
            return known
        from uuid import uuid4  # after the first frame

        name = uuid4().hex
        record = {
            "organisation": organisation, "reference": reference, "words": words, "label": "",
            "agreed": [],
        }  # fmt: skip
        self._store().put(KIND, name, record)
        self._changed()
        return _of(name, record)

    def rename(self, name: str, label: str) -> None:
        """Gives it another label; without one it is called by its reference."""
        record = self._store().get(KIND, name)
        if record is not None:
            self._store().put(KIND, name, {**record, "label": label.strip()[:LONGEST]})

    def remove(self, name: str) -> None:
        """Forgets it, and a reply to it that was begun."""
        self._store().drop(TYPED, name)
        self._store().drop(KIND, name)
        self._changed()

    # --- a reply that was begun ---

    def typed(self, name: str) -> str:
        """What was typed and not sent."""
        return str((self._store().get(TYPED, name) or {}).get("text", ""))

    def keep_typed(self, name: str, text: str) -> None:
        """Keeps it until the case is opened again."""
        if text.strip():
            self._store().put(TYPED, name, {"text": text})
        else:
            self._store().drop(TYPED, name)


def _of(name: str, record: dict[str, Any]) -> KeptCase:
    return KeptCase(
        name,
        str(record.get("organisation", "")),
        str(record.get("reference", "")),
        str(record.get("label", "")),
        str(record.get("words", "")),
    )
