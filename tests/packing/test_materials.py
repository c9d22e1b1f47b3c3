"""The bill of materials fits the lock; what the audit could not ask about counts as failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from packing import audit, locks, sbom
from packing.audit import Verdict
from packing.locks import Pin

ROOT = Path(__file__).parents[2]


def test_the_bill_of_materials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    lock = ROOT / "locks" / "phone.txt"
    made = sbom.make(lock)
    sbom.check(json.dumps(made))
    assert made["metadata"]["component"]["name"] == "wren"
    one = next(one for one in made["components"] if one["name"] == "requests")
    assert one["purl"] == f"pkg:pypi/requests@{one['version']}"
    assert one["licenses"] == [{"license": {"name": "Apache Software License"}}]
    assert one["externalReferences"][0]["hashes"][0]["alg"] == "SHA-256"
    with pytest.raises(ValueError, match=r"not CycloneDX 1\.6"):
        sbom.check(json.dumps(made | {"bomFormat": "another"}))
    # A lock whose package the tool passes over.
    monkeypatch.setattr(locks, "read", lambda _lock: [Pin("wren-of-nowhere", "1.0")])
    with pytest.raises(ValueError, match="does not fit"):
        sbom.make(lock)


def test_locks() -> None:
    pins = locks.read(ROOT / "locks" / "all.txt")
    assert [one.version for one in pins if one.name == "puremagic"] == ["1.30", "2.2.0"]
    assert set(locks.read(ROOT / "locks" / "server.txt")) <= set(pins)
    assert set(locks.read(ROOT / "locks" / "phone.txt")) <= set(pins)


def test_a_lock_that_pins_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("flask>=3\n")
    with pytest.raises(ValueError, match="flask>=3"):
        locks.read(lock)


FLASK, ALTCHA, WERKZEUG = Pin("flask", "3.1.3"), Pin("altcha", "2.3"), Pin("werkzeug", "3.1")


def answer(*found: dict[str, object]) -> dict[str, object]:
    return {"dependencies": list(found), "fixes": []}


def test_what_an_answer_says() -> None:
    advisory = {"id": "PYSEC-0000-1", "fix_versions": ["3.2"], "aliases": [], "description": ""}
    verdict = audit.judge(
        [FLASK, ALTCHA, WERKZEUG],
        answer(
            {"name": "flask", "version": "3.1.3", "vulns": []},
            {"name": "werkzeug", "version": "3.1", "vulns": [advisory]},
            {"name": "altcha", "skip_reason": "Dependency not found on PyPI"},
        ),
    )
    assert verdict == Verdict(
        [FLASK],
        {WERKZEUG: ["PYSEC-0000-1 (mended in 3.2)"]},
        {ALTCHA: "Dependency not found on PyPI"},
    )
    assert not verdict.passed
    said = audit.tell(verdict)
    first, second, *_ = said.splitlines()
    assert first == "VULNERABLE  werkzeug 3.1: PYSEC-0000-1 (mended in 3.2)"
    assert second == "NOT ASKED   1 packages (Dependency not found on PyPI): altcha 2.3"
    assert said.endswith("1 packages without advisories, 1 with, 1 could not be asked about.\n")


@pytest.mark.parametrize("found", [
    answer(),
    answer({"name": "flask", "version": "3.1.2", "vulns": []}),
    answer({"name": "flask", "skip_reason": "no"}),
    {},
])  # fmt: skip
def test_silence_is_no_good_news(found: dict[str, object]) -> None:
    """No answer, one about another version, one that passes it over."""
    assert list(audit.judge([FLASK], found).unknown) == [FLASK]


def test_all_is_well() -> None:
    told = answer({"name": "flask", "version": "3.1.3", "vulns": []})
    assert audit.judge([FLASK], told).passed


def test_one_name_twice_is_asked_in_two_rounds() -> None:
    other = Pin("flask", "2.0")
    assert audit.rounds([FLASK, ALTCHA, other]) == [[FLASK, ALTCHA], [other]]


def test_without_a_network() -> None:
    """It fails, and says so: here the only way out is closed."""
    nowhere = "http://127.0.0.1:9"
    environ = {
        name: one for name, one in os.environ.items() if not name.lower().endswith("_proxy")
    }
    script = "from packing import audit; v = audit.ask([audit.Pin('flask', '3.1.3')]); "
    script += "print(audit.tell(v), v.passed)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environ | {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=150,
    )
    assert "NOT ASKED   1 packages (the advisory service was not reached)" in done.stdout
    assert done.stdout.endswith("False\n")
