"""Hostile files are refused or made anew, and cost little: `python -m tests.evidence.hostile`."""

from __future__ import annotations

import pytest

from tests.evidence import hostile

REBUILT = {
    "PNG, 5000 x 5000 of nothing",
    "PNG, 5000 x 4100, turned, see-through",
    "PNG, rows missing",
    "JPEG, 9000 x 9000 of nothing",
    "JPEG with a ZIP behind it",
    "GIF with a JAR behind it",
    "GIF, 5000 x 5000 by its head",
    "WEBP, 2300 x 2300 of nothing",
}
OTHER = {
    # What is within is the business of mat2, which has limits of its own.
    "laughs in a document": "docx",
    "broken head of a PDF": "pdf",
    "16 MB without an end of line": "txt",
}

LONG = {
    "PNG, 30,000 x 30,000 of nothing",
    # Of each there is another that is made sooner, and `test_filetypes.py` has such packages.
    "office bomb of names",
    "PNG, colours that unpack to 200 MB",
    "PNG, 5000 x 4900, turned, see-through",
    "WEBP, 16,383 x 1500 of nothing",
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.ordeal) if one in LONG else one for one in hostile.FILES],
)
def test_it_works(name: str) -> None:
    found = hostile.cost(hostile.FILES[name]())
    expected = "rebuilt" if name in REBUILT else OTHER.get(name, "refused")
    assert found["came"] == expected
    assert int(str(found["mb"])) <= 150
