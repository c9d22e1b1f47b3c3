"""A roster that does not check is told at the end of a restore, and keeps nothing from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from tests.backup import places
from tests.conftest import BOTH
from tests.service import Service


@pytest.mark.parametrize("kind", BOTH)
def test_one_that_does_not_check(
    service: Service, request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    service.open_case()
    with service.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE roster_records SET signature = :none WHERE organisation_id = 1"),
            {"none": bytes(64)},
        )
    file = places.backed_up(service, tmp_path)
    told = places.restored(file, places.nowhere(request, kind, tmp_path), tmp_path)
    assert told.rosters["eeast"].startswith("does not check")
    assert (told.rows["cases"], len(told.rosters["elsewhere"])) == (1, 22)
    assert (tmp_path / "restored" / "secret").exists()


@pytest.mark.parametrize("kind", BOTH)
def test_the_secret_stays_with_what_was_committed(
    service: Service, request: pytest.FixtureRequest, kind: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The answer to the commit is lost: the database may have all of it."""
    service.open_case()
    file = places.backed_up(service, tmp_path)
    url = places.nowhere(request, kind, tmp_path)
    real = Connection.commit

    def lost(connection: Connection) -> None:
        real(connection)
        raise OSError(104, "Connection reset by peer")

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "commit", lost)
        with pytest.raises(OSError, match="reset"):
            places.restored(file, url, tmp_path)
    assert (tmp_path / "restored" / "secret").exists()
