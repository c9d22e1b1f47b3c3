"""Writes the test vectors of the format: `python -m tests.vectors.generate`.

One property or one failure a file. Built with the reference in this folder, never with the
code that they test; running it again writes the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.vectors import attached, cases, epochs, keys, places, proofs, rosters, streams

FOLDER = Path(__file__).parent / "sealing"


def vectors() -> dict[str, dict[str, Any]]:
    """Every vector, by its name."""
    found: dict[str, dict[str, Any]] = {}
    for part in (keys, places, rosters, epochs, cases, proofs, attached, streams):
        for one in part.vectors():
            if one["name"] in found:
                raise ValueError(f"two vectors are called {one['name']}")
            found[one["name"]] = one
    return found


def as_text(vector: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Writes all, and removes files that no longer belong."""
    FOLDER.mkdir(exist_ok=True)
    wanted = vectors()
    for old in FOLDER.glob("*.json"):
        if old.stem not in wanted:
            old.unlink()
    for name, one in wanted.items():
        (FOLDER / f"{name}.json").write_text(as_text(one), encoding="utf-8")


if __name__ == "__main__":
    main()
