"""`python -m packing.audit`: asks an advisory database about every package of the lock.

By pip-audit, which asks PyPI's advisories (https://pypi.org, the PyPA advisory database). Ends
with 1 if one is known to be vulnerable, and also if one could not be asked about: silence is not
good news. Nothing is sent but names and versions. It needs the network, so `make check` does
not do it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packing import locks
from packing.locks import Pin

LOCK = Path("locks/all.txt")
TIMEOUT = 15


@dataclass
class Verdict:
    """What came back: pins that are good, those with advisories, those nobody answered about."""

    good: list[Pin] = field(default_factory=list)
    bad: dict[Pin, list[str]] = field(default_factory=dict)
    unknown: dict[Pin, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether each was asked about, and none is vulnerable."""
        return not self.bad and not self.unknown


def rounds(pins: Iterable[Pin]) -> list[list[Pin]]:
    """The pins in lists that have each name once, as pip-audit wants them."""
    found: list[dict[str, Pin]] = []
    for pin in pins:
        free = next((one for one in found if pin.name not in one), None)
        if free is None:
            free = {}
            found.append(free)
        free[pin.name] = pin
    return [list(one.values()) for one in found]


def judge(pins: Sequence[Pin], answer: Mapping[str, Any], why: str = "") -> Verdict:
    """What an answer of pip-audit says of these pins; `why` is told of those not in it."""
    told = {
        (one["name"], one.get("version")): one
        for one in answer.get("dependencies", ())
        if "skip_reason" not in one
    }
    skipped = {
        one["name"]: one["skip_reason"]
        for one in answer.get("dependencies", ())
        if "skip_reason" in one
    }
    verdict = Verdict()
    for pin in pins:
        found = told.get((pin.name, pin.version))
        if found is None:
            verdict.unknown[pin] = skipped.get(pin.name, why or "no answer")
        elif found["vulns"]:
            verdict.bad[pin] = [
                f"{one['id']} (mended in {', '.join(one['fix_versions']) or 'no version yet'})"
                for one in found["vulns"]
            ]
        else:
            verdict.good.append(pin)
    return verdict


def ask(pins: Sequence[Pin]) -> Verdict:
    """Asks about these pins, of which no two have one name."""
    with tempfile.TemporaryDirectory(prefix="wren-audit-") as place:
        wanted, out = Path(place) / "wanted.txt", Path(place) / "answer.json"
        wanted.write_text("".join(f"{one.name}=={one.version}\n" for one in pins), "utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "-r", str(wanted), "--no-deps"),
                *("--disable-pip", "--format", "json", "--output", str(out)),
                *("--progress-spinner", "off", "--timeout", str(TIMEOUT)),
                *("--cache-dir", str(Path(place) / "cache")),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        answer = json.loads(out.read_text("utf-8")) if out.exists() else {}
    lines = [one for one in done.stderr.splitlines() if "ERROR" in one or "Error" in one]
    return judge(pins, answer, "the advisory service was not reached" if lines else "")


def tell(verdict: Verdict) -> str:
    """What to show of it."""
    lines = [f"VULNERABLE  {one.name} {one.version}: {', '.join(ids)}"
             for one, ids in sorted(verdict.bad.items())]  # fmt: skip
    reasons: dict[str, list[str]] = {}
    for one, why in sorted(verdict.unknown.items()):
        reasons.setdefault(why, []).append(f"{one.name} {one.version}")
    for why, names in reasons.items():
        lines.append(f"NOT ASKED   {len(names)} packages ({why}): {', '.join(names)}")
    counts = len(verdict.good), len(verdict.bad), len(verdict.unknown)
    lines.append("{} packages without advisories, {} with, {} could not be asked about."
                 .format(*counts))  # fmt: skip
    return "\n".join(lines) + "\n"


def main() -> None:
    """Asks about the whole lock."""
    whole = Verdict()
    for some in rounds(locks.read(LOCK)):
        found = ask(some)
        whole.good += found.good
        whole.bad |= found.bad
        whole.unknown |= found.unknown
    sys.stdout.write(tell(whole))
    raise SystemExit(0 if whole.passed else 1)


if __name__ == "__main__":
    main()
