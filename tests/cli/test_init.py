"""`wren init`: from nothing to a service that can serve."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.cli.conftest import Deployment
from tests.journeys.marks import rows


def test_it_works(empty: Deployment) -> None:
    result = empty.wren("init")
    said = "No backups yet: run wren backup-key on another machine.\n"
    assert (result.exit_code, result.output) == (0, f"{said}Ready. Next: wren organisation add\n")
    assert len(rows(empty.url)["deployment"]) == 1


def test_only_the_owner_can_read_the_secret(empty: Deployment) -> None:
    empty.wren("init")
    for path in (empty.place, empty.place / "secret"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_a_second_time_changes_nothing(empty: Deployment) -> None:
    empty.wren("init")
    before = rows(empty.url), (empty.place / "secret").read_text()
    assert empty.wren("init").exit_code == 0
    assert (rows(empty.url), (empty.place / "secret").read_text()) == before


def test_the_secret_may_lie_elsewhere(empty: Deployment, tmp_path: Path) -> None:
    elsewhere = tmp_path / "keys" / "wren"
    assert empty.wren("init", SECRET_FILE=str(elsewhere)).exit_code == 0
    assert elsewhere.exists()
    assert not (empty.place / "secret").exists()
    assert not empty.place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def test_a_secret_that_is_none_is_not_replaced(empty: Deployment) -> None:
    empty.place.mkdir()
    (empty.place / "secret").write_text("this is not a secret")
    assert "is not a secret" in empty.refused("init")
    assert (empty.place / "secret").read_text() == "this is not a secret"


def test_a_place_that_can_not_be_made(empty: Deployment) -> None:
    empty.place.write_text("a file where the directory should be")
    assert str(empty.place) in empty.refused("init")
