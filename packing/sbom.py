"""`python -m packing.sbom`: what is in Wren, as CycloneDX 1.6 (ECMA-424), from the locks.

Writes `build/sbom-server.json` (what a server installs) and `build/sbom-phone.json` (what the app
brings), each with versions, hashes and licences. A package of the lock that is not in it is an
error. The same lock gives the same file, but for licences of what is not installed here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from packing import locks

LOCKS = ("server", "phone")
OUT = Path("build")
_LONGEST = 60


def make(lock: Path) -> dict[str, Any]:
    """The bill of materials of a lock. Raises `ValueError` if it lacks a package of it."""
    made = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", str(lock)),
            *("--pyproject", "pyproject.toml", "--output-reproducible", "--no-validate"),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    bom: dict[str, Any] = json.loads(made)
    for one in bom["components"]:
        one.pop("description", None)  # the lock's line with all hashes, once more
        if found := licence(one["name"]):
            one["licenses"] = [found]
    there = sorted((one["name"], one["version"]) for one in bom["components"])
    if there != sorted(map(tuple, locks.read(lock))):
        raise ValueError(f"The bill of materials does not fit {lock}.")
    return bom


def licence(name: str) -> dict[str, Any] | None:
    """The licence that an installed package names; None for one that is not installed here."""
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return None
    if expression := found.json.get("license_expression"):
        return {"expression": str(expression)}
    kinds = [one for one in found.get_all("Classifier") or () if one.startswith("License ::")]
    named = [one.rsplit(" :: ", 1)[-1] for one in kinds]
    text = (named[0] if named else str(found.json.get("license", ""))).strip()
    return {"license": {"name": text}} if text and len(text) <= _LONGEST else None


def check(text: str) -> None:
    """Returns if this is CycloneDX. Raises `ValueError`."""
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        raise ValueError(f"This is not CycloneDX 1.6: {fault}")


def main() -> None:
    """Writes one for each lock, and says how much is in it."""
    OUT.mkdir(exist_ok=True)
    for name in LOCKS:
        text = json.dumps(make(Path("locks") / f"{name}.txt"), indent=1, sort_keys=True) + "\n"
        check(text)
        place = OUT / f"sbom-{name}.json"
        place.write_text(text, "utf-8")
        count = len(json.loads(text)["components"])
        sys.stdout.write(f"{place}: {count} packages\n")


if __name__ == "__main__":
    main()
