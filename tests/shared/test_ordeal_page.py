"""The page of what the ordeal found: figures of one name are added up, and nothing is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import ordeal


def test_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = tmp_path / "figures"
    monkeypatch.setenv(ordeal.FIGURES, str(notes))
    ordeal.tell("attack", "calls of an outsider", tried=10, lost=0)
    ordeal.tell("faults", "kills", tried=3, lost=1, note="SQLite")
    ordeal.tell("faults", "kills", tried=4, lost=0)
    found = ordeal.added_up(notes.read_text("utf-8").splitlines())
    assert found == [
        ordeal.Figure("faults", "kills", 7, 1, "SQLite"),
        ordeal.Figure("attack", "calls of an outsider", 10, 0),
    ]
    page = ordeal.page(found, [], "2026-11-28")
    assert "| kills | 7 | 1 | SQLite |" in page
    assert page.index("Killed") < page.index("Attacks")


def test_outside_an_ordeal_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ordeal.FIGURES, raising=False)
    ordeal.tell("faults", "kills", tried=1, lost=0)
