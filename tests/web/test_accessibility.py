"""The statement about accessibility says what the tests find, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.web import accessibility
from tests.web.accessibility import WAYS, axe_version
from tests.web.hands import Hands
from tests.web.samples import pages

AGAIN = "run `make accessibility`"


def test_it_works(page_hands: Hands) -> None:
    tried = accessibility.tried()
    page_hands.go("/accessibility")
    for way in tried.ways:
        assert str(accessibility.WAYS[way]) in page_hands.text
    for name, version in tried.tools:
        assert f"{name} {version}" in page_hands.text
    assert f"{len(tried.pages)} pages were tried:" in page_hands.text
    assert "they found no fault" in page_hands.text
    assert "nobody who uses a screen reader" in page_hands.text


def test_it_is_of_these_pages_and_ways(page_hands: Hands) -> None:
    tried = accessibility.tried()
    assert set(tried.pages) == pages(page_hands.service), AGAIN
    assert set(tried.ways) == set(accessibility.WAYS) == set(WAYS), AGAIN
    assert dict(tried.tools)["axe-core"] == axe_version(), AGAIN


def test_it_tells_of_no_fault_because_there_is_none() -> None:
    """Each of these tests refuses any fault at all."""
    assert accessibility.tried().violations == 0, AGAIN
    for one in WAYS.values():
        name, _, test = one.partition("::")
        source = (Path(__file__).parent / name).read_text("utf-8")
        assert f"def {test or 'test_it_works'}(" in source, one


def test_faults_are_told(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    found = replace(
        accessibility.tried(), violations=3, known=("An invented fault of an invented page.",)
    )
    monkeypatch.setattr(accessibility, "tried", lambda: found)
    page_hands.go("/accessibility")
    assert "These pages keep to it in part." in page_hands.text
    assert "An invented fault of an invented page." in page_hands.text
    assert "3 faults that a program finds" in page_hands.text
    assert "they found no fault" not in page_hands.text
