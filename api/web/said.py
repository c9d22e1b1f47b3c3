"""What a form says of files that were added: who may see each, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from flask import request

from api.web.pages import several, text
from shared.evidence import FOR_HANDLER, SHARING

NAMED, OUT, SURE, RAW = "attached", "leave-out", "sure-file", "raw"
"""Fields with files: all of the form; left out; sent as they are; those that can't be cleaned."""


@dataclass(frozen=True, slots=True)
class Said:
    """Of one file. `out`: it is left out; `sure`: it goes as it is; `raw`: it is not cleaned."""

    id: UUID
    sharing: str = FOR_HANDLER
    transcript: str = field(default="", repr=False)
    out: bool = False
    sure: bool = False
    raw: bool = False

    def kept(self) -> dict[str, Any]:
        """As it is put aside; `of_kept` gives it back."""
        return asdict(self) | {"id": str(self.id)}


def of_kept(kept: Mapping[str, Any]) -> Said:
    """What was put aside."""
    return Said(**{**kept, "id": UUID(kept["id"])})


def ids(name: str) -> list[UUID]:
    """Ids among what the form sent, each once, in order."""
    found = dict[UUID, None]()
    for one in several(name):
        try:
            found[UUID(one)] = None
        except ValueError:
            continue
    return list(found)


def of_form() -> list[Said]:
    """Of each file that the form names."""
    out, sure, raw = set(ids(OUT)), set(ids(SURE)), set(ids(RAW))
    return [
        Said(one, _sharing(one), text(f"transcript-{one}"), one in out, one in sure, one in raw)
        for one in ids(NAMED)
    ]


def _sharing(one: UUID) -> str:
    given = request.form.get(f"sharing-{one}", "")
    return given if given in SHARING else FOR_HANDLER
