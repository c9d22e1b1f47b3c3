"""What a program that cleans can see."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.rules import workshop
from tests import need


def test_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need.apart("bwrap")
    monkeypatch.setattr(workshop, "apartness", lambda: "bwrap")
    # Below /tmp, as of a service that is installed there.
    named, hidden = tmp_path / "named", tmp_path / "hidden"
    for one in (named, hidden):
        one.mkdir()
    with workshop.alone("test") as folder:
        for seen, found in ((named, True), (hidden, False)):
            code = workshop.run(["ls", str(seen)], folder, 10, also=[str(named)])
            assert (code == 0) is found
        assert workshop.run(["touch", str(named / "new")], folder, 10, also=[str(named)])
