"""A file's name as an attacker writes it: a long one would take hours (CWE-1333)."""

from __future__ import annotations

import pytest

from shared import filetypes


@pytest.mark.parametrize("atom", [" ", "0", ". ", "a.", "/", "\u0301\u0323"])
def test_it_works(atom: str) -> None:
    kind = filetypes.kind_of(b"Invented.")
    assert len(filetypes.clean_name(atom * 1_000_000 + "!", kind)) <= filetypes.MOST_OF_NAME
